"""Rules that the plan of run 1 breaks, as in the example of docs/governance.md."""

from stockrail.workbench.governance import exceptions
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import PlanException
from tests.stockrail.workbench.governance.files import governance_text, rule

BAND = rule("inventory_band", rule="inventory band", statistic="max", upper=400)
SERVICE = rule(
    "service_commitment",
    rule="service of filters",
    item="filter",
    least_fill_rate=0.95,
    owner="executive",
    is_blocking="no",
)
CALENDAR = {
    "events": [
        {"event": "close", "kind": "close", "owner": "finance", "dates": ["2027-01-29"]},
        {
            "event": "easter lock",
            "kind": "promotion_lock",
            "owner": "demand_planning",
            "dates": ["2027-01-04"],
            "lasts_days": 7,
            "scope": "product_group",
            "scope_value": "toys",
        },
    ]
}


def break_rules(store: Store, *, with_calendar: bool = False) -> list[PlanException]:
    """Put the rules in force and hold them against run 1: of finance EUR 54.17 block, of executives 12.43 do not."""
    text = governance_text([SERVICE, BAND], CALENDAR if with_calendar else None)
    store.governance_file.write_text(text, encoding="utf-8")
    return exceptions.open_of_run(store, "ben", 1)
