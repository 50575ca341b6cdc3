"""A proposal while it is edited: the sheets as grids, and what the changes come to."""

import datetime as dt

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.instance import Instance
from stockrail.model.metrics import metric_names
from stockrail.model.problems import InstanceError
from stockrail.order_rows import first_days
from stockrail.web import files
from stockrail.web.errors import LocatedProblem, located
from stockrail.web.views import guardrails
from stockrail.web.views.grid_table import ROW, CellValue, GridColumnView, columns_of_grid
from stockrail.web.views.guardrail_version import LimitChange, changes_between
from stockrail.workbench import baselines, guardrail_versions
from stockrail.workbench.errors import StateError
from stockrail.workbench.excel.column import columns_of
from stockrail.workbench.guardrail_sheets import (
    BUILDS,
    GUARDRAILS,
    LIMITS,
    REMOVE,
    SPARE_ROWS,
    CellChange,
    GuardrailSheets,
)
from stockrail.workbench.permissions import Permission
from stockrail.workbench.scenario_editing.table_grid import GridColumn, TableGrid
from stockrail.workbench.store import Store

BASELINE, IN_FORCE = "baseline", "in force"
"""What a proposal may begin with; or the number of a version."""

TITLES = {GUARDRAILS: "Guardrails", LIMITS: "Limits of single periods", BUILDS: "Funded builds"}


class SheetView(BaseModel):
    """A sheet as the grid takes it."""

    model_config = ConfigDict(frozen=True)

    table: str
    title: str
    columns: tuple[GridColumnView, ...]
    rows: tuple[dict[str, CellValue], ...]

    @property
    def grid_columns(self) -> list[dict[str, object]]:
        """The columns as the template's macro takes them."""
        return [column.model_dump(exclude_none=True) for column in self.columns]


class DraftView(BaseModel):
    """What a proposal begins with."""

    model_config = ConfigDict(frozen=True)

    basis: str = Field(description="`baseline`, `in force`, or the number of a version.")
    basis_words: str
    bases: tuple[str, ...] = Field(description="What else it may begin with.")
    baseline_id: int = Field(description="The limits must fit it: the latest.")
    currency: str
    today: dt.date
    first_day: dt.date = Field(description="What is offered as first day.")
    sheets: tuple[SheetView, ...]
    spare_rows: int
    may_propose: bool
    seen: str = Field(description="Send it back with the proposal.")


class CellError(BaseModel):
    """A cell that cannot hold what it has."""

    model_config = ConfigDict(frozen=True)

    row: str
    column: str
    message: str


class PreviewView(BaseModel):
    """What the changes of a proposal come to."""

    model_config = ConfigDict(frozen=True)

    changes: tuple[LimitChange, ...] = Field(description="Against the limits in force.")
    problems: tuple[LocatedProblem, ...] = Field(
        description="Why it cannot be proposed as it is; none where it can."
    )
    errors: dict[str, tuple[CellError, ...]] = Field(description="Cells that are wrong, by sheet.")


def view(store: Store, actor: str, basis: str = IN_FORCE) -> DraftView | None:
    """The sheets to begin with; None before there is a baseline.

    Raises
    ------
    InstanceError
        The version does not fit the latest baseline.
    NotFoundError
        There is no such version.
    StateError
        The basis is none.
    """
    latest = baselines.latest(store)
    if latest is None:
        return None
    instance = files.instance_of(store, latest.id, _version(store, basis))
    today = store.clock().date()
    numbers = tuple(str(row.id) for row in guardrail_versions.versions(store))
    return DraftView(
        basis=basis,
        basis_words=_words(store, basis),
        bases=tuple(name for name in (IN_FORCE, BASELINE, *numbers) if name != basis),
        baseline_id=latest.id,
        currency=files.currency_of(store, latest.id),
        today=today,
        first_day=(today.replace(day=1) + dt.timedelta(days=32)).replace(day=1),
        sheets=_sheets(instance),
        spare_rows=SPARE_ROWS,
        may_propose=store.governance.allows(actor, Permission.GUARDRAIL_PROPOSE),
        seen=guardrails.seen(store),
    )


def sheets_of(store: Store, basis: str) -> GuardrailSheets:
    """The sheets that a proposal begins with; raises what `view` raises, and StateError before there is a baseline."""
    return GuardrailSheets.of(files.instance_of(store, _latest(store), _version(store, basis)))


def preview(store: Store, basis: str, changes: list[CellChange]) -> PreviewView:
    """What the changes come to, and whether they can be proposed. Raises what `sheets_of` raises."""
    sheets = sheets_of(store, basis)
    try:
        sheets = sheets.changed(changes)
        proposed = guardrail_versions.require_fit(store, sheets.files())
    except InstanceError as error:
        return PreviewView(changes=(), problems=tuple(located(error)), errors=errors_of(sheets, error))
    in_force = files.instance_of(store, _latest(store), _version(store, IN_FORCE))
    return PreviewView(changes=changes_between(in_force, proposed), problems=(), errors={})


def errors_of(sheets: GuardrailSheets, error: InstanceError) -> dict[str, tuple[CellError, ...]]:
    """The cells that problems are about, by sheet."""
    found: dict[str, list[CellError]] = {}
    for problem in error.problems:
        place = sheets.place_of(problem)
        if place is not None:
            message = f"{problem.value or 'nothing'}: allowed is {problem.allowed}"
            found.setdefault(place[0], []).append(CellError(row=place[1], column=place[2], message=message))
    return {sheet: tuple(errors) for sheet, errors in found.items()}


def _latest(store: Store) -> int:
    latest = baselines.latest(store)
    if latest is None:
        raise StateError("There is no baseline that limits could fit yet: import one first.")
    return latest.id


def _version(store: Store, basis: str) -> int | None:
    if basis == BASELINE:
        return None
    if basis == IN_FORCE:
        in_force = guardrail_versions.effective_on(store, store.clock().date())
        return None if in_force is None else in_force.id
    if not (basis.isascii() and basis.isdecimal() and len(basis) < 10):
        raise StateError(f"A proposal begins with {IN_FORCE}, {BASELINE}, or the number of a version.")
    return guardrail_versions.get(store, int(basis)).id


def _words(store: Store, basis: str) -> str:
    version = _version(store, basis)
    if basis == IN_FORCE:
        return "the limits in force, " + (
            "those of the baseline" if version is None else f"version {version}"
        )
    return "the baseline's own limits" if version is None else f"version {version}"


def _sheets(instance: Instance) -> tuple[SheetView, ...]:
    sheets = GuardrailSheets.of(instance)
    return (
        SheetView(
            table=GUARDRAILS,
            title=TITLES[GUARDRAILS],
            columns=_columns(instance, GUARDRAILS),
            rows=tuple({ROW: row, **cells} for row, cells in sheets.guardrails.items()),
        ),
        _single_periods(instance, sheets),
        SheetView(
            table=BUILDS,
            title=TITLES[BUILDS],
            columns=_columns(instance, BUILDS),
            rows=tuple({ROW: row, **cells} for row, cells in sheets.builds.items()),
        ),
    )


def _columns(instance: Instance, table: str) -> tuple[GridColumnView, ...]:
    """Every column may be edited; a blank row is no error."""
    grid = TableGrid(table, tuple(GridColumn(one.name, one.name, one) for one in columns_of(table)), (), ())
    made = columns_of_grid(instance, grid, is_editable=True)
    first, *others = (
        one.model_copy(update={"required": False, "unit": None, **_own_choices(one.field)}) for one in made
    )
    mark = GridColumnView(
        field=REMOVE, title=REMOVE, type="choice", choices=("yes",), editable=True, width=95,
        help="yes: the row is not part of the proposal.",
    )  # fmt: skip
    return first.model_copy(update={"pinned": True}), mark, *others


def _own_choices(column: str) -> dict[str, object]:
    if column == "metric":
        return {"type": "choice", "choices": metric_names()}
    # A name that is new in the same proposal is in no list yet.
    return {"type": "text", "choices": None} if column == "guardrail" else {}


def _single_periods(instance: Instance, sheets: GuardrailSheets) -> SheetView:
    days = first_days(instance.settings, np.arange(sheets.periods))
    columns = (
        GridColumnView(field="guardrail", title="guardrail", pinned=True),
        GridColumnView(field="side", title="side", width=80),
        GridColumnView(
            field="stated",
            title="stated",
            type="number",
            help="What holds where a period has none of its own.",
        ),
        *(
            GridColumnView(
                field=str(t), title=day.date().isoformat(), type="number", editable=True, width=125
            )
            for t, day in enumerate(days)
        ),
    )
    rows = tuple(
        {
            ROW: name,
            "guardrail": row.guardrail or f"({row.of})",
            "side": row.side,
            "stated": row.stated,
            **row.periods,
        }
        for name, row in sheets.limits.items()
    )
    return SheetView(table=LIMITS, title=TITLES[LIMITS], columns=columns, rows=rows)
