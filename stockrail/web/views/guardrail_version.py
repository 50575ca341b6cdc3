"""One version of the guardrails: its limits, and what differs from those in force."""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError
from stockrail.web import files
from stockrail.web.errors import LocatedProblem, located
from stockrail.web.views.grid_table import CellValue, shown_value
from stockrail.web.views.guardrail_limits import BuildView, LimitView, builds_of, limits_of
from stockrail.web.views.guardrail_versions import VersionView, version_of
from stockrail.workbench import baselines, guardrail_versions
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.excel.column import plain
from stockrail.workbench.guardrail_versions import GUARDRAIL_TABLES
from stockrail.workbench.instance_diff import row_differences
from stockrail.workbench.store import Store


class LimitChange(BaseModel):
    """A cell of the tables of guardrails that differs."""

    model_config = ConfigDict(frozen=True)

    table: str
    row: str = Field(description="What the row is called: the parts of its key.")
    column: str
    before: CellValue = Field(description="Null for nothing.")
    after: CellValue
    change: str = Field(description="changed, added or removed.")
    is_row: bool = Field(description="Whether the row as a whole was added or removed.")


class GuardrailVersionView(BaseModel):
    """A version, its limits on the latest baseline, and what differs from those in force."""

    model_config = ConfigDict(frozen=True)

    version: VersionView
    baseline_id: int = Field(description="The latest baseline.")
    currency: str
    compared_with: int | None = Field(
        description="The version in force that it is compared with; null for the baseline's own limits."
    )
    limits: tuple[LimitView, ...]
    builds: tuple[BuildView, ...]
    changes: tuple[LimitChange, ...]
    problems: tuple[LocatedProblem, ...] = Field(
        description="Where it does not fit the latest baseline: what is wrong; then there are no limits here."
    )
    tables: dict[str, tuple[dict[str, CellValue], ...]] = Field(
        description="Rows of each table, as they are stated."
    )


def view(store: Store, actor: str, version_id: int) -> GuardrailVersionView:
    """A version.

    Raises
    ------
    NotFoundError
        There is none.
    """
    version = version_of(store, actor, version_id)
    latest = baselines.latest(store)
    if latest is None:
        raise NotFoundError("There is no baseline that the limits could be read with.")
    in_force = guardrail_versions.effective_on(store, store.clock().date())
    other = None if in_force is None or in_force.id == version_id else in_force.id
    limits: tuple[LimitView, ...] = ()
    builds: tuple[BuildView, ...] = ()
    changes: tuple[LimitChange, ...] = ()
    problems: tuple[LocatedProblem, ...] = ()
    tables: dict[str, tuple[dict[str, CellValue], ...]] = {}
    try:
        instance = files.instance_of(store, latest.id, version_id)
        limits, builds, tables = limits_of(instance), builds_of(instance), tables_of(instance)
        changes = changes_between(files.instance_of(store, latest.id, other), instance)
    except InstanceError as error:
        problems = tuple(located(error))
    return GuardrailVersionView(
        version=version,
        baseline_id=latest.id,
        currency=files.currency_of(store, latest.id),
        compared_with=other,
        limits=limits,
        builds=builds,
        changes=changes,
        problems=problems,
        tables=tables,
    )


def changes_between(before: Instance, after: Instance) -> tuple[LimitChange, ...]:
    """What differs between the guardrails of two instances, cell by cell; a row that was added or removed is there once."""
    return tuple(_whole_rows(_changes(before, after)))


def tables_of(instance: Instance) -> dict[str, tuple[dict[str, CellValue], ...]]:
    """The rows of the tables of guardrails."""
    return {
        table: tuple(
            {name: shown_value(plain(value)) for name, value in vars(row).items()}
            for row in getattr(instance, table)
        )
        for table in GUARDRAIL_TABLES
    }


def _changes(before: Instance, after: Instance) -> Iterator[LimitChange]:
    for table in GUARDRAIL_TABLES:
        for cell in row_differences(table, getattr(before, table), getattr(after, table)):
            yield LimitChange(
                table=table,
                row=cell.row,
                column=cell.column,
                before=_cell(cell.before),
                after=_cell(cell.after),
                change=cell.change,
                is_row=cell.is_row,
            )


def _cell(value: object) -> CellValue:
    """A value as people write it: whole numbers without decimals."""
    shown = shown_value(plain(value))
    return int(shown) if isinstance(shown, float) and shown.is_integer() and abs(shown) < 1e15 else shown


def _whole_rows(changes: Iterable[LimitChange]) -> Iterator[LimitChange]:
    """A row that one of the two does not have, with all of its cells in words."""
    rows: dict[tuple[str, str], list[LimitChange]] = {}
    for change in changes:
        if change.is_row:
            rows.setdefault((change.table, change.row), []).append(change)
        else:
            yield change
    for (table, row), cells in rows.items():
        is_added = cells[0].change == "added"
        values = ((cell.column, cell.after if is_added else cell.before) for cell in cells)
        said = ", ".join(f"{column} {_text(value)}" for column, value in values if value is not None)
        yield LimitChange(
            table=table,
            row=row,
            column="",
            before=None if is_added else said,
            after=said if is_added else None,
            change=cells[0].change,
            is_row=True,
        )


def _text(value: CellValue) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)
