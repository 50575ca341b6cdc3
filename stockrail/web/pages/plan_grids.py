"""The grid of a plan's orders."""

from typing import Any

from stockrail.web.display_choice import DisplayChoice
from stockrail.web.views.plan_buys import OrdersView


def order_grid(view: OrdersView, currency: str, display: DisplayChoice) -> dict[str, list[dict[str, Any]]]:
    """`columns` and `rows` as templates/parts/grid.html takes them. What is the same in all rows has no column."""
    money = {
        "type": "money",
        "unit": display.unit(currency),
        "factor": display.factor,
        "decimals": 2 if display.scale == "full" else 1,
    }
    depends = any(row.probability < 1.0 for row in view.rows)
    has_deposit = any(row.deposit for row in view.rows)
    columns: list[dict[str, Any]] = [
        {"field": "item", "title": "Item", "pinned": True, "width": 130},
        {"field": "description", "title": "Description"},
        {"field": "supplier", "title": "Supplier", "width": 120},
        {"field": "segment", "title": "Segment", "width": 110},
        {"field": "decision", "title": "Decision", "width": 100},
        {"field": "date", "title": "Order on", "type": "date", "width": 110},
    ]
    if depends:
        columns += [
            {"field": "node", "title": "If", "help": "Node of the scenario tree", "width": 110},
            {"field": "probability", "title": "Probability", "type": "percent", "width": 110},
        ]
    columns += [
        {"field": "lots", "title": "Lots", "type": "number", "width": 80},
        {"field": "units", "title": "Units", "type": "number", "width": 90},
        {"field": "value", "title": "Value", **money},
        *([{"field": "deposit", "title": "Deposit", **money}] if has_deposit else []),
        {"field": "due_date", "title": "Due", "type": "date", "width": 110},
        {"field": "pay_date", "title": "Pay", "type": "date", "width": 110},
    ]
    rows = [{"key": number, **row.model_dump()} for number, row in enumerate(view.rows)]
    return {"columns": columns, "rows": rows}
