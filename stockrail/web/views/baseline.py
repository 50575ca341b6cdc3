"""One version of the baseline: what is in it, and what of it looks wrong."""

import datetime as dt

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model import Instance
from stockrail.model.schema import TABLES
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.web.files import instance_of
from stockrail.web.views.baselines import VersionView, version_view
from stockrail.workbench import baselines
from stockrail.workbench.data_health.finding import Finding
from stockrail.workbench.data_health.health import contents, findings
from stockrail.workbench.scenario_editing.table_grid import BY_PERIOD
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Actual


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class ContentsView(_View):
    """What a baseline is made of; money in its currency."""

    items: int
    suppliers: int
    segments: int
    guardrails: int
    open_orders: int
    periods: int
    period_length_days: int
    first_day: dt.date
    last_day: dt.date = Field(description="Of the horizon.")
    stock_value: float = Field(description="Opening stock at landed cost.")
    on_order_value: float = Field(description="Open orders at landed cost.")
    revenue: float = Field(description="Expected in the horizon, if all demand is served.")


class ExampleView(_View):
    """A row that a finding is about."""

    row: str
    words: str


class FindingView(_View):
    """Something that is valid, and probably not meant."""

    key: str
    title: str
    meaning: str = Field(description="What follows from it, and what to do.")
    table: str
    column: str = Field(description="Blank for rows as a whole.")
    owner: str = Field(description="Role that may change it.")
    count: int
    of: int = Field(description="Rows there are.")
    money: float | None = Field(
        description="At stake, in the baseline's currency; null where it has no amount."
    )
    money_meaning: str
    examples: tuple[ExampleView, ...]


class TableView(_View):
    """A table of the baseline."""

    table: str
    rows: int
    owner: str = Field(description="Role that owns most of it.")


class BaselineView(_View):
    """A version with its contents."""

    version: VersionView
    currency: str
    contents: ContentsView
    tables: tuple[TableView, ...] = Field(description="Those with rows, and the settings.")
    empty_tables: tuple[str, ...]
    findings: tuple[FindingView, ...] = Field(description="Those with the most money first.")
    files: tuple[str, ...]
    other_versions: tuple[int, ...] = Field(description="To compare with, the latest first.")


def view(store: Store, baseline_id: int) -> BaselineView:
    """A version.

    Raises
    ------
    NotFoundError
        There is no such version.
    """
    version = baselines.get(store, baseline_id)
    all_versions = baselines.versions(store)
    instance = instance_of(store, baseline_id)
    owner_of = store.governance.owner_of
    counts = row_counts(instance)
    return BaselineView(
        version=version_view(version, all_versions),
        currency=instance.settings.currency,
        contents=ContentsView.model_validate(vars(contents(instance))),
        tables=tuple(
            TableView(table=name, rows=count, owner=owner_of(name)) for name, count in counts.items() if count
        ),
        empty_tables=tuple(name for name, count in counts.items() if not count),
        findings=tuple(
            _finding(finding, owner_of(finding.table, finding.column or None))
            for finding in findings(instance, items_with_history(store))
        ),
        files=tuple(sorted(version.manifest)),
        other_versions=tuple(one.id for one in all_versions if one.id != baseline_id),
    )


def row_counts(instance: Instance) -> dict[str, int]:
    """Rows by table as the grid shows them, the settings first."""
    found = {SETTINGS_TABLE: 1}
    for name in TABLES:
        found[name] = len(instance.items) if name in BY_PERIOD else len(getattr(instance, name))
    return found


def items_with_history(store: Store) -> frozenset[str] | None:
    """Items of which demand that happened is known; None where there is none of any."""
    with store.read() as session:
        found = frozenset(session.scalars(sa.select(Actual.item).where(Actual.kind == "demand").distinct()))
    return found or None


def _finding(finding: Finding, owner: str) -> FindingView:
    examples = tuple(ExampleView(row=one.row, words=one.words) for one in finding.examples)
    return FindingView.model_validate({**vars(finding), "examples": examples, "owner": owner})
