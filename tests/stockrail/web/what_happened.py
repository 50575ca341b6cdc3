"""Stores of the web's tests in which something has happened: the examples of the documentation, whose numbers are derived there."""

import datetime as dt
import re
from pathlib import Path

from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import PlanException
from tests.played_pages import blocks
from tests.stockrail.workbench.root_cause.stores import BEFORE, approved_plan
from tests.stockrail.workbench.tradeoffs.records import at

DOCS = Path(__file__).resolve().parents[3] / "docs"

AFTER = dt.date(2027, 8, 16)
"""When the three periods of the plan are over."""

BEST = {"kettle": {"now": 2}, "fan": {"now": 3, "hot": 1}, "filter": {"now": 2}}
"""The plan of docs/scorecard.md: 30 fans, 20 kettles and 20 filters now, and 10 more fans if it gets hot."""


def quarter_files() -> dict[str, str]:
    """The actuals of docs/scorecard.md by their names."""
    page = (DOCS / "scorecard.md").read_text(encoding="utf-8")
    return dict(re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.*?)```", page, flags=re.DOTALL))


def page_files(page: str) -> dict[str, str]:
    """The actuals of docs/root-cause.md or docs/monitoring.md by their names."""
    texts = blocks((DOCS / page).read_text(encoding="utf-8"), "csv")
    parts = [text.split("\n", 1) for text in texts if text.startswith("# ")]
    return {name.removeprefix("# "): rows for name, rows in parts}


def plan_approved(store: Store, lots: dict[str, dict[str, int]] | None = None) -> int:
    """A plan of the baseline of three items, approved a week before it begins; its number."""
    at(store, BEFORE)
    return approved_plan(store) if lots is None else approved_plan(store, lots=lots)


def import_texts(store: Store, folder: Path, files: dict[str, str]) -> None:
    """Import actuals in August."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    at(store, AFTER)
    import_actuals(store, "anna", folder)


def quarter(store: Store, folder: Path) -> int:
    """The example of docs/scorecard.md; the number of its run."""
    run = plan_approved(store, BEST)
    import_texts(store, folder, quarter_files())
    return run


def missed(store: Store, folder: Path) -> int:
    """The example of docs/root-cause.md, before anybody looks for misses; the number of its run."""
    run = plan_approved(store)
    at(store, dt.date(2027, 3, 8))
    with store.write("ben", "exception.open", "exception") as change:
        change.session.add(
            PlanException(
                rule="forecast of kettles", subject="item kettle", owner_role="supply_planning", owner="ben",
                due=dt.date(2027, 3, 11), waits_for="order more", is_blocking=False, opened_at=change.at, evidence={},
            )
        )  # fmt: skip
    import_texts(store, folder, page_files("root-cause.md"))
    return run


def monitored(store: Store, folder: Path) -> int:
    """The example of docs/monitoring.md; the number of its run."""
    run = plan_approved(store)
    import_texts(store, folder, page_files("monitoring.md"))
    return run
