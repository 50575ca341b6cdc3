"""Files of a frontier or a tornado to take away: made of what is known, so that one that was cancelled or still goes has them, too."""

from collections.abc import Callable

from stockrail.comparisons.tornado_result import Tornado
from stockrail.finance.frontier import Frontier
from stockrail.model.what_if import FILE
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.runs.sweeps import frontier_of, tornado_of_run
from stockrail.workbench.store.tables import Run

CSV, YAML = "text/csv; charset=utf-8", "application/yaml; charset=utf-8"

FRONTIER_CSV, TORNADO_CSV = "frontier.csv", "tornado.csv"

_FRONTIER: dict[str, tuple[str, Callable[[Frontier], str]]] = {
    FRONTIER_CSV: (CSV, lambda made: made.frame().to_csv(index=False, lineterminator="\n")),
}
_TORNADO: dict[str, tuple[str, Callable[[Tornado], str]]] = {
    TORNADO_CSV: (CSV, lambda made: made.frame().to_csv(index=False, lineterminator="\n")),
    FILE: (YAML, lambda made: made.scenarios_yaml()),
}


def file_of(run: Run, name: str) -> tuple[bytes, str]:
    """A file and its type.

    Raises
    ------
    NotFoundError
        The run has no such file, or has found nothing yet; says which it can have.
    """
    frontier, tornado = frontier_of(run), tornado_of_run(run)
    if frontier is not None and name in _FRONTIER:
        kind, write = _FRONTIER[name]
        return write(frontier).encode(), kind
    if tornado is not None and name in _TORNADO:
        kind, text = _TORNADO[name]
        return text(tornado).encode(), kind
    known = ", ".join(_FRONTIER if run.kind == "frontier" else _TORNADO)
    raise NotFoundError(f"Run {run.id} has no {name} yet; a {run.kind} has: {known}.")
