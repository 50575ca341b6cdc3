"""The charts of a run: those of its plan, of how it came closer, and of the way from another plan's margin."""

from stockrail.reports.chart_parts import Chart
from stockrail.web.plan_contents import contents_of
from stockrail.web.views import compare, run_progress
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store

BRIDGE = "bridge-from-"
"""Beginning of the key of the chart of the way from another run's margin; the run's number follows."""


def charts_of(store: Store, run_id: int, against: int | None = None) -> dict[str, Chart]:
    """The charts of a plan by their keys.

    Parameters
    ----------
    against : another run; then the chart of the way from its margin is there as well, where the margins differ.

    Raises
    ------
    NotFoundError
        There is no such run, or it has no plan.
    """
    made = dict(contents_of(store, get(store, run_id)).charts)
    bridge = None if against is None else _bridge(store, against, run_id)
    return made if bridge is None else {**made, bridge.key: bridge}


def chart_of(store: Store, run_id: int, key: str) -> Chart:
    """One chart by its key.

    Raises
    ------
    NotFoundError
        There is none; says which there are.
    """
    run = get(store, run_id)
    if key == run_progress.CHART_KEY:
        made = run_progress.chart(run_progress.view(store, run_id))
        if made is None:
            raise NotFoundError(f"Run {run_id} has found nothing yet that a chart could show.")
        return made
    other = key.removeprefix(BRIDGE)
    if other != key and other.isdecimal():
        bridge = _bridge(store, int(other), run_id)
        if bridge is None:
            raise NotFoundError(f"The plans of runs {other} and {run_id} earn the same.")
        return bridge
    there = contents_of(store, run).charts
    if key not in there:
        raise NotFoundError(f"Run {run_id} has no chart {key}; it has: {', '.join(there)}.")
    return there[key]


def _bridge(store: Store, origin: int, target: int) -> Chart | None:
    found = [one for one in compare.charts(store, [origin, target]) if one.key == f"bridge-{target}"]
    return Chart(f"{BRIDGE}{origin}", found[0].description, found[0].specification) if found else None
