"""Workbooks for tests: a small instance with a row in most tables, its workbook, and what comes of editing it."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl  # type: ignore[import-untyped]

from stockrail.model.instance import Instance
from stockrail.workbench.excel.export import export_workbook
from stockrail.workbench.excel.import_ import import_workbook
from stockrail.workbench.excel.imported import Imported
from stockrail.workbench.excel.merge import Conflicts
from tests.builders import make_instance

Edit = Callable[[Any], None]
"""Changes a workbook of openpyxl."""

ITEMS = [
    {"unit_cost": 6.25, "launch_date": dt.date(2024, 3, 1), "warehouse": "H", "description": "lamp, 40 W"},
    {"unit_price": 0.1 + 0.2, "supplier": "W", "segment": "T", "is_strategic": "yes"},
    {"item": "00123", "maximum_order_units": 40, "lead_time_periods": 1},
]


def small_instance(**changes: Any) -> Instance:
    """Three items A, B and 00123 over four periods, with most tables; two open orders of A are due in one period."""
    facts: dict[str, Any] = {
        "demand": [(10, 11, 12, 13), (1.5, 0, 2.25, 1 / 3), (7, 7, 7, 7)],
        "sigma": 1,
        "items": ITEMS,
        "segments": [{}, {"segment": "T", "lost_share": 0.5}],
        "suppliers": [{}, {"supplier": "W", "ownership": "shipment"}],
        "warehouses": {"capacity_space": 500},
        "open_orders": [
            {"due_period": 1, "units": 5},
            {"due_period": 1, "units": 7},
            {"item": "B", "due_period": 2, "units": 3},
        ],
        "guardrails": [
            {"upper": 900},
            {"guardrail": "cash", "metric": "cash", "lower": -50, "owner": "finance"},
        ],
        "guardrail_limits": {"period": 2, "upper": 800},
        "funded_builds": {
            "amount": 100,
            "first_period": 0,
            "last_period": 1,
            "exit_date": dt.date(2026, 6, 1),
        },
        "policy_options": [
            {"safety_factor": 1, "cover_periods": 2},
            {"option": "P", "segment": "S", "safety_factor": 2, "cover_periods": 1},
        ],
    }
    return make_instance(**{**facts, **changes})


@cache
def small_book() -> bytes:
    """The workbook of the small instance as exported."""
    return book_of(small_instance())


@cache
def short_book() -> bytes:
    """The workbook of the small instance with some of its tables, which is quicker to damage."""
    return book_of(
        small_instance(), ["items", "segments", "suppliers", "demand", "open_orders", "guardrails"]
    )


def book_of(
    instance: Instance, tables: Sequence[str] | None = None, made_from: Instance | None = None
) -> bytes:
    """The workbook of an instance as exported, or as edited until it shows the instance."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        export_workbook(instance, path, source="small", tables=tables, made_from=made_from)
        return path.read_bytes()


def imported(
    content: bytes, instance: Instance | None = None, conflicts: Conflicts = Conflicts.REFUSE
) -> Imported:
    """What comes of a workbook's bytes, on the small instance unless another is given."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        path.write_bytes(content)
        return import_workbook(path, small_instance() if instance is None else instance, conflicts=conflicts)


def edited(edit: Edit, content: bytes | None = None) -> bytes:
    """A workbook after an edit, saved by another program than the one that wrote it."""
    book = openpyxl.load_workbook(BytesIO(small_book() if content is None else content))
    edit(book)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def after(edit: Edit, instance: Instance | None = None) -> Imported:
    """What comes of editing the workbook of the small instance."""
    return imported(edited(edit), instance)


def put(sheet: str, cell: str, value: Any) -> Edit:
    """Put a value into a cell."""

    def edit(book: Any) -> None:
        book[sheet][cell].value = value

    return edit


def row_of(sheet: Any, *key: Any) -> int:
    """The row of a sheet whose first cells are the key."""
    found: int = next(
        row[0].row
        for row in sheet.iter_rows(min_row=3)
        if tuple(cell.value for cell in row[: len(key)]) == key
    )
    return found


def listed(found: Imported) -> list[str]:
    """The changes in short: place, column, before, after."""
    return [
        f"{change.sheet}!{change.cell} {change.kind} {change.column} {change.before} {change.after}".strip()
        for change in found.changes
    ]
