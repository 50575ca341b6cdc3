"""Who is who in tests of the workbench."""

from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.store import Store

EVERYTHING = ("demand_planning", "supply_planning", "finance", "executive")

PEOPLE = {
    "anna": ("demand_planning",),
    "ben": ("supply_planning",),
    "carla": ("finance",),
    "carl": ("finance",),
    "dora": ("executive",),
    "edna": ("auditor",),
    "otto": EVERYTHING,
    "paula": EVERYTHING,
}


def write_people(store: Store) -> None:
    """Give a store the packaged rules with people."""
    store.governance_file.write_text(default_text(PEOPLE), encoding="utf-8")
