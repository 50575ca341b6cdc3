"""Finished runs of small instances whose plans are known by hand, for tests of comparisons.

One item can be sold ten times in one period, for 10 each; it costs 6, what is not there is lost, what is left over is worth nothing.
The best plan orders ten and earns 40. Of `DOUBLED` it orders twenty and earns 80.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stockrail.model import write
from stockrail.model.instance import Instance
from stockrail.planning import Plan, plan
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.runs.options import parsed
from stockrail.workbench.runs.outcome import outcome_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import Run
from tests.builders import make_instance

DOUBLED = [{"table": "demand", "column": "mean_units", "multiply": 2}]

_SOLVED: dict[tuple[str, str], Plan] = {}
"""By the hash of the baseline and the changes: many tests look at the same plans."""


def one_order(**tables: Any) -> Instance:
    """The instance above, with other tables where they are given."""
    return make_instance(**{"demand": (10,), "segments": {"lost_share": 1}, **tables})


def add_baseline(store: Store, folder: Path, instance: Instance | None = None) -> int:
    """A version of an instance; its number."""
    write(one_order() if instance is None else instance, folder)
    return baselines.import_folder(store, "otto", folder, "A version.").id


def add_run(
    store: Store,
    baseline_id: int,
    changes: Sequence[dict[str, Any]] = (),
    *,
    scenario: str | None = None,
    requested_by: str = "ben",
    **certificate: Any,
) -> int:
    """A finished plan of a baseline with changes, solved to its optimum; its number.

    Parameters
    ----------
    scenario : name under which the changes are saved.
    certificate : numbers of the certificate that are stated in place of those that were proven, such as `bound`.
    """
    saved = None
    if scenario is not None:
        saved = scenarios.save(store, "anna", scenario, changes, scenarios.NEW, baseline_id)
    instance = replace(baselines.instance(store, baseline_id, overlay=list(changes)), source=None)
    key = baselines.get(store, baseline_id).hash, canonical(list(changes))
    if key not in _SOLVED:
        _SOLVED[key] = plan(instance, gap=0.0, prices="none", checks=())
    with TemporaryDirectory() as folder:
        outcome = outcome_of(_SOLVED[key], instance, Path(folder), store.artifacts)
    with store.write(requested_by, "run.submit", "run") as change:
        run = Run(
            kind="plan",
            inputs_hash="d" * 64,
            baseline_id=baseline_id,
            scenario_id=None if saved is None else saved.id,
            scenario_version=None if saved is None else saved.version,
            overlay=list(changes),
            options=parsed("plan", {"gap": 0.01}).model_dump(),
            state="finished",
            requested_by=requested_by,
            requested_at=change.at,
            finished_at=change.at,
            certificate={**outcome.certificate, **certificate},
            artifacts=outcome.artifacts,
        )
        change.session.add(run)
        change.session.flush()
        change.entity_id = run.id
    return run.id


def base_and_high(store: Store, folder: Path, **certificate: Any) -> tuple[int, int]:
    """Run 1 of the baseline and run 2 of twice the demand; `certificate` is that of run 1."""
    baseline = add_baseline(store, folder)
    return add_run(store, baseline, **certificate), add_run(store, baseline, DOUBLED, scenario="high")
