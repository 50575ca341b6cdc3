"""governance.yaml as a whole: people, roles, who owns which part of a baseline, rules and calendar."""

from typing import Annotated

from pydantic import Field

from stockrail.model.schema_values import Currency, Name, Row
from stockrail.workbench.governance.schema_calendar import CalendarRules
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.governance.schema_monitoring import MonitoringRules
from stockrail.workbench.governance.schema_root_cause import RootCauseRules
from stockrail.workbench.governance.schema_rules import AnyRule
from stockrail.workbench.governance.schema_sign_in import SignInRules
from stockrail.workbench.governance.schema_tradeoffs import TradeoffRules
from stockrail.workbench.permissions import Permission

REST = "rest"
"""In `ownership`: every table and column that nobody else owns."""


class Role(Row):
    """What a role answers for, and what its people may do."""

    owns: str = ""
    permissions: tuple[Permission, ...] = ()


class RunRules(Row):
    """How many runs may go at the same time."""

    at_once: Annotated[int, Field(ge=1, le=64)] = 1


class Document(Row):
    """The contents of governance.yaml.

    Attributes
    ----------
    people : name of a user to the roles they have.
    ownership : role to what it owns of a baseline: tables, `table.column`, `settings.NAME`, or `rest`. The longest name that
        fits decides.
    display_currencies : currencies in which amounts can be shown as well: units of it for one of the baseline's currency. They decide
        nothing but how pages write amounts.
    """

    people: dict[Name, tuple[Name, ...]]
    roles: Annotated[dict[Name, Role], Field(min_length=1)]
    ownership: dict[Name, tuple[Name, ...]]
    rules: tuple[AnyRule, ...] = ()
    calendar: CalendarRules = CalendarRules()
    runs: RunRules = RunRules()
    monitoring: MonitoringRules = MonitoringRules()
    tradeoffs: TradeoffRules = TradeoffRules()
    master_data: MasterDataRules = MasterDataRules()
    root_cause: RootCauseRules = RootCauseRules()
    sign_in: SignInRules = SignInRules()
    display_currencies: dict[Currency, Annotated[float, Field(gt=0.0, allow_inf_nan=False)]] = Field(
        default_factory=dict
    )
