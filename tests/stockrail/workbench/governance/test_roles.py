"""Who may do what: by role, refused with the names of those who may."""

import pytest

from stockrail.model.schema import TABLES
from stockrail.workbench.errors import NotAllowedError
from stockrail.workbench.governance import Governance
from stockrail.workbench.permissions import Permission
from tests.stockrail.workbench.governance.files import governance_with


@pytest.fixture
def governance() -> Governance:
    return governance_with()


def test_require_names_the_role_or_who_may(governance: Governance) -> None:
    """Carla may approve guardrails as finance; Ben learns who may."""
    assert governance.require("carla", Permission.GUARDRAIL_APPROVE) == "finance"
    with pytest.raises(NotAllowedError) as refusal:
        governance.require("ben", Permission.GUARDRAIL_APPROVE)
    assert str(refusal.value) == (
        "ben may not do this: it needs the permission guardrail.approve, and ben has the role supply_planning. "
        "Who may: carla (finance), carl (finance), otto (finance), paula (finance), dora (executive)."
    )


def test_who_is_not_named_may_nothing(governance: Governance) -> None:
    """Names are exact: Anna with a capital is another person."""
    for permission in Permission:
        with pytest.raises(NotAllowedError, match=r"governance\.yaml does not name Anna"):
            governance.require("Anna", permission)


def test_require_role(governance: Governance) -> None:
    """A role is asked for by name, whatever permissions others have."""
    governance.require_role("carla", "finance", "resolve this")
    with pytest.raises(
        NotAllowedError,
        match=r"dora may not resolve this: it belongs to finance, .*Who may: carla \(finance\)",
    ):
        governance.require_role("dora", "finance", "resolve this")


@pytest.mark.parametrize(
    ("table", "column", "owner"),
    [
        ("demand", "mean_units", "demand_planning"),
        ("forecast_error", None, "demand_planning"),
        ("items", "launch_date", "demand_planning"),
        ("items", "lot_size", "supply_planning"),
        ("items", None, "supply_planning"),
        ("suppliers", "lead_time", "supply_planning"),
        ("settings", "tree.market.volatility", "demand_planning"),
        ("settings", "tree.events.1.delay_periods", "supply_planning"),
        ("instance", "opening_cash", "finance"),
        ("guardrails", "upper", "finance"),
        ("segments", "lost_share", "executive"),
        ("settings", "margin_cvar_weight", "executive"),
    ],
)
def test_the_longest_name_that_fits_decides_the_owner(
    governance: Governance, table: str, column: str | None, owner: str
) -> None:
    """A column of its own, else the table, else the rest."""
    assert governance.owner_of(table, column) == owner


def test_every_column_has_an_owner(governance: Governance) -> None:
    """No cell of a baseline is nobody's."""
    owners = {
        governance.owner_of(name, column) for name, model in TABLES.items() for column in model.model_fields
    }
    assert owners == {"demand_planning", "supply_planning", "finance", "executive"}


def test_require_owner_wants_every_role(governance: Governance) -> None:
    """Anna may change the forecast, not suppliers with it; Otto has all roles."""
    forecast = [("demand", "mean_units"), ("items", "launch_date")]
    assert governance.require_owner("anna", forecast) == ("demand_planning",)
    both = [*forecast, ("suppliers", "payment_days"), ("suppliers", None), ("guardrails", "upper")]
    assert governance.require_owner("otto", both) == ("demand_planning", "supply_planning", "finance")
    with pytest.raises(NotAllowedError) as refusal:
        governance.require_owner("anna", both)
    assert str(refusal.value).startswith(
        "anna may not change all of this: suppliers.payment_days, suppliers belong to supply_planning; guardrails.upper "
        "belongs to finance, and anna has the role demand_planning. Who may: ben (supply_planning)"
    )
    assert governance.require_owner("anna", []) == ()
