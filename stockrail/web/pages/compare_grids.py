"""The grids of Compare: buys that differ, and cells of the inputs that differ."""

from typing import Any

from stockrail.web.display_choice import DisplayChoice
from stockrail.web.views.compared import ComparedView

Grid = dict[str, list[dict[str, Any]]]
"""`columns` and `rows` as templates/parts/grid.html takes them."""


def buy_grid(view: ComparedView, display: DisplayChoice) -> Grid:
    """Items that are bought differently now, a column of units and one of money for each run."""
    money = {"type": "money", "unit": display.unit(view.currency), "factor": display.factor, "decimals": 0}
    columns: list[dict[str, Any]] = [
        {"field": "item", "title": "Item", "pinned": True},
        {"field": "description", "title": "Description"},
        {"field": "supplier", "title": "Supplier", "width": 120},
        {"field": "segment", "title": "Segment", "width": 120},
        {"field": "spread", "title": "Difference", **money},
    ]
    for run in view.runs:
        name = f"run {run.run_id}"
        columns.append({"field": f"value_{run.run_id}", "title": f"Value, {name}", "help": run.name, **money})
        columns.append(
            {"field": f"units_{run.run_id}", "title": f"Units, {name}", "help": run.name, "type": "number"}
        )
    rows = [
        {
            "item": buy.item,
            "description": buy.description,
            "supplier": buy.supplier,
            "segment": buy.segment,
            "spread": buy.spread,
            **{f"value_{run.run_id}": value for run, value in zip(view.runs, buy.values, strict=True)},
            **{f"units_{run.run_id}": units for run, units in zip(view.runs, buy.units, strict=True)},
        }
        for buy in view.buys
    ]
    return {"columns": columns, "rows": rows}


def cell_grid(view: ComparedView) -> Grid:
    """Cells of the inputs that differ from the first run's."""
    columns: list[dict[str, Any]] = [
        {"field": "run", "title": "Run", "width": 70, "type": "number"},
        {"field": "table", "title": "Table", "width": 140},
        {"field": "row", "title": "Row"},
        {"field": "column", "title": "Column"},
        {"field": "before", "title": f"In run {view.runs[0].run_id}"},
        {"field": "after", "title": "In its own"},
    ]
    rows: list[dict[str, Any]] = [
        {"key": f"{inputs.run_id}-{number}", "run": inputs.run_id, **cell.model_dump()}
        for inputs in view.inputs
        for number, cell in enumerate(inputs.cells)
    ]
    return {"columns": columns, "rows": rows}
