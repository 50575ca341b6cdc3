"""Write a workbook from an instance: what may be edited, and on request what a plan of it looks like."""

from collections.abc import Callable, Sequence
from pathlib import Path

from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.workbook import Workbook

from stockrail.model.instance import Instance
from stockrail.model.schema import TABLES
from stockrail.workbench.excel.collection import paused_collection
from stockrail.workbench.excel.instructions import write_instructions
from stockrail.workbench.excel.layout import BUYS, OUTLOOK, Locks
from stockrail.workbench.excel.plan_sheets import write_buys, write_outlook
from stockrail.workbench.excel.plan_tables import PlanTables
from stockrail.workbench.excel.sheets import SheetWriter
from stockrail.workbench.excel.snapshot import Snapshot
from stockrail.workbench.excel.styles import Styles
from stockrail.workbench.excel.version_sheet import write_version

OF_TREES = ("scenarios", "scenario_demand", "scenario_suppliers", "scenario_warehouses")
"""Tables that mean nothing without a tree that is given."""

Tell = Callable[[str], None]
"""Is told which part is being worked on."""


def export_workbook(
    instance: Instance,
    target: Path | str,
    *,
    source: str = "",
    plan: PlanTables | None = None,
    tables: Sequence[str] | None = None,
    made_from: Instance | None = None,
    tell: Tell = lambda _: None,
) -> Snapshot:
    """Write the workbook of an instance, and return what it was made from.

    Parameters
    ----------
    target : file ending in .xlsx; written beside and then put in place, so that a failure leaves an earlier one as it was.
    source : which version it is, for people, such as a folder or a baseline.
    plan : a plan to show, from `read_plan_tables`.
    tables : which tables to write; by default all that the instance may have.
    made_from : the version that the workbook counts as made from, by default `instance`. With another one it is a workbook of that
        version which somebody has edited until it shows `instance`.

    Raises
    ------
    TooLargeError
        A table has more rows than a sheet, or a text more characters than a cell.
    OSError
        The file cannot be written.
    """
    path = Path(target)
    snapshot = Snapshot.of(instance, source).restricted(_chosen(instance, tables))
    original = snapshot
    if made_from is not None:
        original = Snapshot.of(made_from, source).restricted(snapshot.tables)
    beside = path.with_name(f".{path.name}.part")
    book = Workbook(str(beside))
    try:
        with paused_collection():
            _write(book, snapshot, original, plan, tell)
            tell("file")
            book.close()
        beside.replace(path)
    except XlsxWriterException as error:
        raise OSError(str(error)) from error
    finally:
        # A workbook that was not closed warns when it is collected.
        book.fileclosed = 1
        beside.unlink(missing_ok=True)
    return original


def _write(
    book: Workbook, snapshot: Snapshot, original: Snapshot, plan: PlanTables | None, tell: Tell
) -> None:
    styles = Styles(book)
    writer = SheetWriter(book, snapshot, Locks.of(snapshot.settings), styles)
    currency = str(snapshot.settings["currency"])
    readings = {}
    if plan is not None:
        readings = {
            BUYS: f"Heat map: expected value of orders by item and period. Plan of {plan.instance_name}.",
            OUTLOOK: "Fan charts: how inventory and working capital may develop, against their limits.",
        }
    write_instructions(book, original, styles, readings)
    if plan is not None:
        write_buys(book, plan, styles, currency)
        write_outlook(book, plan, styles, currency)
    writer.settings()
    for table in snapshot.tables:
        tell(table)
        writer.table(table)
    writer.define_lists()
    write_version(book, original, writer.long_lists)


def _chosen(instance: Instance, tables: Sequence[str] | None) -> list[str]:
    if tables is None:
        has_given_tree = instance.settings.tree == "table"
        return [name for name in TABLES if has_given_tree or name not in OF_TREES]
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        raise ValueError(f"no table {', '.join(unknown)}; allowed: {', '.join(TABLES)}")
    return [name for name in TABLES if name in tables]
