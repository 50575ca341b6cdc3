"""What a run depends on, as one hash: the same hash is the same result, so that nothing is solved twice."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import stockrail
from stockrail.calibration.since import LastRun, read_last_run
from stockrail.model.instance import Instance
from stockrail.workbench import baselines
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import GuardrailVersion, Run, RunKind, Sha256

LIBRARIES = ("highspy", "numba", "numpy", "pyomo", "scipy")
"""Libraries whose version may change what the engine finds."""

NOT_ENGINE = ("commands", "web", "workbench")
"""Packages of the application that decide nothing of a result: a change there leaves stored results valid."""

ANNOUNCED_FILES = ("plan.json", "orders.csv")
"""Files of an earlier plan that announced orders are read from."""

SINCE_FILES = ("targets.csv", "segments.csv", "segmentation.json", "calibration.json")
"""Files of an earlier calibration that `stockrail.calibration.since.read_last_run` reads."""


@dataclass(frozen=True)
class Inputs:
    """What a run depends on.

    Attributes
    ----------
    baseline : hash of the version.
    overlay : changes of the scenario, as they were when the run was asked for.
    guardrails : manifest of the guardrail version that holds in place of the baseline's own; None where those hold.
    announced : hashes of the files of the plan whose orders were announced; empty for the baseline's own.
    since : hashes of the files of the calibration that this one is compared with; empty for none.
    options : with defaults filled in.
    engine : `engine_version()`.
    """

    kind: RunKind
    baseline: Sha256
    overlay: list[Any]
    guardrails: Mapping[str, Any] | None
    announced: Mapping[str, Sha256]
    since: Mapping[str, Sha256]
    options: Mapping[str, Any]
    engine: str

    @property
    def hash(self) -> Sha256:
        """SHA-256 of their canonical JSON."""
        return sha256(canonical(asdict(self)).encode()).hexdigest()

    @staticmethod
    def of(store: Store, run: Run) -> "Inputs":
        """Those of a run, with the engine as it is now.

        Raises
        ------
        NotFoundError
            Its baseline, its guardrail version or an earlier run that it names is not there.
        StateError
            That run has no plan, or no targets.
        """
        baseline = baselines.get(store, run.baseline_id)
        return Inputs(
            kind=run.kind,
            baseline=baseline.hash,
            overlay=list(run.overlay),
            guardrails=_guardrails(store, run.guardrail_version_id),
            announced=announced_files(store, run.options.get("announced")),
            since=since_files(store, run.options.get("since")),
            options=dict(run.options),
            engine=engine_version(),
        )


@cache
def engine_version() -> str:
    """The version of Stockrail, a hash of its code, and the libraries that decide what it finds."""
    digest = sha256()
    root = Path(stockrail.__file__).parent
    for file in sorted(_code(root)):
        digest.update(f"{file.relative_to(root)}\n".encode())
        digest.update(file.read_bytes())
    own = f"stockrail {_version('stockrail')} {digest.hexdigest()[:16]}"
    return ", ".join([own, *(f"{name} {_version(name)}" for name in LIBRARIES)])


def instance_of(store: Store, run: Run) -> Instance:
    """The instance of a run: the baseline with the overlay and the guardrails that the run was asked for with.

    It has no source: the files it was read from are in the store.

    Raises
    ------
    InstanceError
        The overlay or the guardrails do not fit the baseline.
    """
    made = baselines.instance(
        store, run.baseline_id, guardrail_version=run.guardrail_version_id, overlay=list(run.overlay)
    )
    return replace(made, source=None)


def announced_files(store: Store, run_id: int | None) -> dict[str, Sha256]:
    """Files of the plan of a run whose orders were announced; none for None.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        It has no plan.
    """
    return _files(store, run_id, ANNOUNCED_FILES, "plan", "name a finished run as the announced one")


def since_files(store: Store, run_id: int | None) -> dict[str, Sha256]:
    """Files of an earlier calibration; none for None. Raises what `announced_files` raises."""
    return _files(store, run_id, SINCE_FILES, "targets", "name a finished calibration that keeps the limits")


@contextmanager
def announced_folder(store: Store, run_id: int | None) -> Iterator[Path | None]:
    """A temporary folder with those files, as `stockrail.planning.plan` takes it; None for None."""
    with _folder(store, announced_files(store, run_id)) as folder:
        yield folder


def last_calibration(store: Store, run_id: int | None) -> LastRun | None:
    """An earlier calibration, as `stockrail.calibration.calibration.calibrate` takes it; None for None."""
    with _folder(store, since_files(store, run_id)) as folder:
        return None if folder is None else replace(read_last_run(folder), path=Path(f"run {run_id}"))


def _files(
    store: Store, run_id: int | None, names: tuple[str, ...], what: str, advice: str
) -> dict[str, Sha256]:
    if run_id is None:
        return {}
    with store.read() as session:
        run = session.get(Run, run_id)
    if run is None:
        raise NotFoundError(f"There is no run {run_id} whose {what} could be taken: see stockrail run list.")
    if any(name not in run.artifacts for name in names):
        raise StateError(f"Run {run_id} is a {run.kind} run, {run.state}, and has no {what}: {advice}.")
    return {name: run.artifacts[name] for name in names}


@contextmanager
def _folder(store: Store, files: Mapping[str, Sha256]) -> Iterator[Path | None]:
    if not files:
        yield None
        return
    with TemporaryDirectory(prefix="stockrail-") as name:
        for file, digest in files.items():
            (Path(name) / file).write_bytes(store.artifacts.get(digest))
        yield Path(name)


def _guardrails(store: Store, version_id: int | None) -> dict[str, Any] | None:
    if version_id is None:
        return None
    with store.read() as session:
        found = session.get(GuardrailVersion, version_id)
    if found is None:
        raise NotFoundError(f"There is no guardrail version {version_id}.")
    return dict(found.manifest)


def _code(root: Path) -> Iterator[Path]:
    for folder in [root, *(path for path in root.iterdir() if path.is_dir() and path.name not in NOT_ENGINE)]:
        yield from folder.glob("*.py") if folder == root else folder.rglob("*.py")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
