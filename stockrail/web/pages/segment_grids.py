"""Columns of the grids of items, of a plan and of a calibration."""

from typing import Any

from stockrail.web.display_choice import DisplayChoice

Columns = list[dict[str, Any]]


def item_columns(run_id: int, currency: str, display: DisplayChoice) -> Columns:
    """Items of a plan; their names lead to the page of each."""
    money = _money(currency, display)
    return [
        _item(run_id),
        {"field": "description", "title": "Description", "width": 220},
        {"field": "segment", "title": "Segment", "width": 110},
        {"field": "supplier", "title": "Supplier", "width": 110},
        {"field": "inventory_value", "title": "Stock", "help": "Expected, mean over the horizon.", **money},
        {"field": "days_of_stock", "title": "Days", "type": "number", "decimals": 1},
        {"field": "turns", "title": "Turns", "type": "number", "decimals": 1},
        {"field": "fill_rate", "title": "Fill rate", "type": "percent"},
        {"field": "today_units", "title": "Target today", "unit": "units", "type": "number", "decimals": 0},
        {
            "field": "safety_stock_units",
            "title": "Safety stock",
            "unit": "units",
            "type": "number",
            "decimals": 0,
        },
        {"field": "safety_stock_value", "title": "Safety stock", **money},
        {"field": "expected_margin", "title": "Margin", **money},
    ]


def change_columns(run_id: int, currency: str, display: DisplayChoice) -> Columns:
    """Items of a calibration with today's targets and the new ones."""
    money = _money(currency, display)
    return [
        _item(run_id),
        {"field": "segment", "title": "Segment", "width": 110},
        _units("current_safety_stock_units", "Safety stock today"),
        _units("safety_stock_units", "Safety stock"),
        _units("current_order_up_to_units", "Order up to today"),
        _units("order_up_to_units", "Order up to"),
        {"field": "current_fill_rate", "title": "Fill rate today", "type": "percent"},
        {"field": "fill_rate", "title": "Fill rate", "type": "percent"},
        {
            "field": "inventory_value_change",
            "title": "Stock",
            "help": "Change of the expected stock.",
            **money,
        },
        {"field": "margin_change", "title": "Margin", "help": "Change of the item's own margin.", **money},
        {
            "field": "worth_change",
            "title": "Worth",
            "help": "With what its use of guardrails is worth at their prices.",
            **money,
        },
        {"field": "reason", "title": "Reason", "width": 900},
    ]


def target_columns(run_id: int, currency: str, display: DisplayChoice) -> Columns:
    """Items of a calibration where today's targets are not known."""
    return [
        _item(run_id),
        {"field": "description", "title": "Description", "width": 220},
        {"field": "segment", "title": "Segment", "width": 110},
        {"field": "option", "title": "Option", "width": 120},
        _units("safety_stock_units", "Safety stock"),
        {"field": "safety_stock_value", "title": "Safety stock", **_money(currency, display)},
        _units("reorder_point_units", "Reorder point"),
        _units("order_up_to_units", "Order up to"),
        {"field": "fill_rate", "title": "Fill rate", "type": "percent"},
    ]


def _item(run_id: int) -> dict[str, Any]:
    return {
        "field": "item",
        "title": "Item",
        "pinned": True,
        "width": 130,
        "link": f"/runs/{run_id}/items/",
    }


def _units(field: str, title: str) -> dict[str, Any]:
    return {"field": field, "title": title, "unit": "units", "type": "number", "decimals": 1}


def _money(currency: str, display: DisplayChoice) -> dict[str, Any]:
    return {
        "type": "money",
        "unit": display.unit(currency),
        "factor": display.factor,
        "decimals": 0 if display.scale == "full" else 1,
    }
