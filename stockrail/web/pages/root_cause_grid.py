"""The grid of misses."""

from typing import Any

from stockrail.web.display_choice import DisplayChoice
from stockrail.web.views.root_cause import RootCauseView


def miss_grid(view: RootCauseView, display: DisplayChoice) -> dict[str, list[dict[str, Any]]]:
    """`columns` and `rows` as templates/parts/grid.html takes them."""
    columns: list[dict[str, Any]] = [
        {"field": "miss_id", "title": "No", "type": "number", "width": 70, "pinned": True},
        {"field": "date", "title": "Until", "type": "date"},
        {"field": "kind", "title": "Kind", "width": 110},
        {"field": "subject", "title": "About"},
        {"field": "segment", "title": "Segment", "width": 120},
        {
            "field": "money",
            "title": "Money",
            "type": "money",
            "unit": display.unit(view.currency),
            "factor": display.factor,
            "decimals": 0,
        },
        {"field": "units", "title": "Units", "type": "number"},
        {"field": "cause", "title": "Cause", "width": 230},
        {"field": "shown", "title": "Shown", "width": 90},
        {"field": "decided", "title": "Decided", "width": 140},
    ]
    rows = [
        {
            **row.model_dump(include={str(column["field"]) for column in columns}, mode="json"),
            "kind": row.kind.replace("_", " "),
        }
        for row in view.misses
    ]
    return {"columns": columns, "rows": rows}
