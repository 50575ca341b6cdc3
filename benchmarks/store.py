"""Writers and readers at the same store for a minute: latencies, and that nothing went wrong.

    python -m benchmarks.store [--seconds 60] [--writers 4] [--readers 8] [--pause 0.05] [--database sqlite|postgresql|both]

Each writer saves a scenario of its own again and again, with pauses, and at every tenth save tries to save over another version
than the latest, which must be refused. Each reader lists all scenarios and the latest audit entries in one snapshot, with pauses,
and checks that they agree. With `--pause 0` the processors are the bottleneck, not the store. PostgreSQL is a server of its own, of
the system's packages, with its disk flushed at every commit as usual.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from stockrail.workbench import scenarios
from stockrail.workbench.baselines import import_folder
from stockrail.workbench.errors import ConflictError, WorkbenchError
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.store import Store
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import AuditEntry, Scenario

INSTANCE = Path(__file__).resolve().parents[1] / "instances" / "three-items"
WHO = "anna"

LEAST = 2
"""Operations of each process, however slow the machine."""


@dataclass
class Load:
    """What one process did.

    Attributes
    ----------
    seconds : of each operation.
    conflicts : saves of a version that was not the current one, all of which were refused.
    errors : in words.
    """

    kind: str
    seconds: list[float] = field(default_factory=list)
    conflicts: int = 0
    errors: list[str] = field(default_factory=list)


def write_for(place: str, number: int, until: float, pause: float) -> Load:
    """Save a scenario again and again until a time."""
    load = Load("write")
    with Store.open(place) as store:
        version, name = scenarios.NEW, f"of writer {number}"
        while time.time() < until or len(load.seconds) < LEAST:
            time.sleep(pause)
            change = {"table": "demand", "column": "mean_units", "multiply": 1 + version / 1000}
            began = time.perf_counter()
            version = scenarios.save(store, WHO, name, [change], version).version
            load.seconds.append(time.perf_counter() - began)
            if version % 10 == 0:
                try:
                    scenarios.save(store, WHO, name, [], version - 1)
                    load.errors.append(f"{name}: version {version} was overwritten")
                except ConflictError:
                    load.conflicts += 1
    return load


def read_for(place: str, number: int, until: float, pause: float) -> Load:
    """Look at scenarios and the log until a time. Versions and saves agree in every snapshot, and stay the same within one."""
    load = Load("read")
    saves = sa.select(sa.func.count()).where(AuditEntry.action == "scenario.save")
    versions = sa.select(sa.func.coalesce(sa.func.sum(Scenario.version), 0))
    last = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(20)
    with Store.open(place) as store:
        while time.time() < until or len(load.seconds) < LEAST:
            time.sleep(pause)
            began = time.perf_counter()
            with store.read() as session:
                before = session.scalar(saves)
                entries = session.scalars(last).all()
                found = session.scalar(versions)
                session.scalars(sa.select(Scenario)).all()
            load.seconds.append(time.perf_counter() - began)
            if found != before:
                load.errors.append(f"reader {number}: {before} saves and {found} versions in one snapshot")
            if any(a.previous_hash != b.hash for a, b in pairwise(entries)):
                load.errors.append(f"reader {number}: the log does not hang together")
    return load


def measure(place: str, seconds: float, writers: int, readers: int, pause: float) -> dict[str, Any]:
    """Make a store and put the load on it.

    Parameters
    ----------
    pause : seconds between two operations of a process.

    Returns
    -------
    dict
        `errors`, and for writes and reads the number of operations, `per_second`, `p50_milliseconds`, `p99_milliseconds`.
    """
    with Store.create(place) as store:
        store.governance_file.write_text(
            default_text({WHO: ["demand_planning", "supply_planning", "finance", "executive"]}),
            encoding="utf-8",
        )
        import_folder(store, WHO, INSTANCE, "first")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "stockrail.workbench.governance"])
    jobs = [(write_for, n) for n in range(writers)] + [(read_for, n) for n in range(readers)]
    with context.Pool(len(jobs)) as pool:
        pool.map(_warm, range(len(jobs)), chunksize=1)
        until = time.time() + seconds
        waiting = [pool.apply_async(_loaded, (work, place, number, until, pause)) for work, number in jobs]
        loads = [one.get(seconds + 120) for one in waiting]
    with Store.open(place) as store:
        found = check(store)
        saved = sum(scenario.version for scenario in scenarios.scenarios(store))
    errors = [error for load in loads for error in load.errors] + found.problems
    writes = [load for load in loads if load.kind == "write"]
    if saved != sum(len(load.seconds) for load in writes):
        errors.append(f"{saved} versions are there, {sum(len(load.seconds) for load in writes)} were saved")
    return {
        "errors": errors,
        "conflicts": sum(load.conflicts for load in loads),
        "write": _summary(writes, seconds),
        "read": _summary([load for load in loads if load.kind == "read"], seconds),
    }


def _warm(_: int) -> None:
    time.sleep(0.05)


def _loaded(work: Any, place: str, number: int, until: float, pause: float) -> Load:
    try:
        load: Load = work(place, number, until, pause)
    except (WorkbenchError, sa.exc.SQLAlchemyError, OSError) as error:
        load = Load("write" if work is write_for else "read", errors=[f"{type(error).__name__}: {error}"])
    return load


def _summary(loads: Sequence[Load], seconds: float) -> dict[str, float]:
    times = np.array([second for load in loads for second in load.seconds])
    if not len(times):
        return {"operations": 0}
    p50, p99 = (float(value) * 1000 for value in np.quantile(times, (0.5, 0.99)))
    return {
        "operations": len(times),
        "per_second": round(len(times) / seconds, 1),
        "p50_milliseconds": round(p50, 1),
        "p99_milliseconds": round(p99, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument(
        "--pause", type=float, default=0.05, help="seconds between two operations of a process"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = parser.parse_args(arguments)
    results: dict[str, Any] = {}
    load = (given.seconds, given.writers, given.readers, given.pause)
    with tempfile.TemporaryDirectory() as folder:
        if given.database != "postgresql":
            results["sqlite"] = measure(str(Path(folder) / "sqlite"), *load)
        if given.database != "sqlite":
            from tests import postgresql

            if postgresql.programs() is None:
                results["postgresql"] = {"errors": [postgresql.MISSING]}
            else:
                with postgresql.server(is_durable=True) as socket:
                    place = postgresql.new_database(socket, Path(folder) / "postgresql")
                    results["postgresql"] = measure(place, *load)
    print(json.dumps(results, indent=2))
    return int(any(result["errors"] for result in results.values()))


if __name__ == "__main__":
    raise SystemExit(main())
