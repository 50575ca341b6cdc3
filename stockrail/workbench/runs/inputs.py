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
from stockrail.model.instance import Instance
from stockrail.workbench import baselines
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import GuardrailVersion, Run, RunKind, Sha256

LIBRARIES = ("highspy", "numba", "numpy", "pyomo", "scipy")
"""Libraries whose version may change what the engine finds."""

NOT_ENGINE = ("commands", "workbench")
"""Packages of the application that decide nothing of a result: a change there leaves stored results valid."""

ANNOUNCED_FILES = ("plan.json", "orders.csv")
"""Files of an earlier plan that announced orders are read from."""


@dataclass(frozen=True)
class Inputs:
    """What a run depends on.

    Attributes
    ----------
    baseline : hash of the version.
    overlay : changes of the scenario, as they were when the run was asked for.
    guardrails : manifest of the guardrail version that holds in place of the baseline's own; None where those hold.
    announced : hashes of the files of the plan whose orders were announced; empty for the baseline's own.
    options : with defaults filled in.
    engine : `engine_version()`.
    """

    kind: RunKind
    baseline: Sha256
    overlay: list[Any]
    guardrails: Mapping[str, Any] | None
    announced: Mapping[str, Sha256]
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
            Its baseline, its guardrail version or the run whose orders were announced is not there.
        StateError
            That run has no plan.
        """
        baseline = baselines.get(store, run.baseline_id)
        return Inputs(
            kind=run.kind,
            baseline=baseline.hash,
            overlay=list(run.overlay),
            guardrails=_guardrails(store, run.guardrail_version_id),
            announced=announced_files(store, run.options.get("announced")),
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
    if run_id is None:
        return {}
    with store.read() as session:
        run = session.get(Run, run_id)
    if run is None:
        raise NotFoundError(
            f"There is no run {run_id} whose orders could have been announced: see stockrail run list."
        )
    missing = [name for name in ANNOUNCED_FILES if name not in run.artifacts]
    if missing:
        raise StateError(f"Run {run_id} has no plan ({run.state}): name a finished run as the announced one.")
    return {name: run.artifacts[name] for name in ANNOUNCED_FILES}


@contextmanager
def announced_folder(store: Store, run_id: int | None) -> Iterator[Path | None]:
    """A temporary folder with those files, as `stockrail.planning.plan` takes it; None for None."""
    files = announced_files(store, run_id)
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
