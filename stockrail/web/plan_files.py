"""The files of a plan to take away: each one, all of them as ZIP, and the workbook for Excel."""

import io
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from stockrail.web.files import instance_of, instance_of_run
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.excel.export import export_workbook
from stockrail.workbench.excel.plan_tables import read_plan_tables
from stockrail.workbench.excel.sheets import TooLargeError
from stockrail.workbench.runs.files import INNER, write_files
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

_TYPES = {".csv": "text/csv; charset=utf-8", ".json": "application/json", ".html": "text/html; charset=utf-8"}


def names_of(run: Run) -> list[str]:
    """The files that a run left, by name."""
    return sorted(set(run.artifacts) - set(INNER))


def contents(store: Store, run: Run, name: str) -> bytes:
    """One of them.

    Raises
    ------
    NotFoundError
        There is none of this name.
    """
    if name not in names_of(run):
        raise NotFoundError(
            f"Run {run.id} has no file {name}; it has: {', '.join(names_of(run)) or 'none yet'}."
        )
    return store.artifacts.get(run.artifacts[name])


def media_type(name: str) -> str:
    """What a browser is told of a file."""
    return _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def all_as_zip(store: Store, run: Run) -> bytes:
    """All of them as a ZIP file, in a folder of the run's own.

    Raises
    ------
    NotFoundError
        There is none yet.
    """
    names = names_of(run)
    if not names:
        raise NotFoundError(f"Run {run.id} has no files yet: it is {run.state}.")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(f"run-{run.id}/{name}", store.artifacts.get(run.artifacts[name]))
    return made.getvalue()


def workbook(store: Store, run: Run) -> bytes:
    """The workbook of what was planned, with its buys as heat map and its fans. Read back, its edits are those on the run's baseline.

    Raises
    ------
    NotFoundError
        The run has no plan.
    StateError
        A table has more rows than a sheet.
    """
    if "plan.json" not in run.artifacts:
        raise NotFoundError(f"Run {run.id} has no plan yet: it is {run.state}.")
    baseline = instance_of(store, run.baseline_id, run.guardrail_version_id)
    with TemporaryDirectory(prefix="stockrail-") as name:
        folder = Path(name)
        write_files(store, run, folder / "plan")
        target = folder / "plan.xlsx"
        try:
            export_workbook(
                instance_of_run(store, run),
                target,
                source=f"baseline {run.baseline_id}, planned in run {run.id}",
                plan=read_plan_tables(folder / "plan"),
                made_from=baseline,
            )
        except TooLargeError as error:
            raise StateError(str(error)) from error
        return target.read_bytes()
