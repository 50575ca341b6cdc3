"""How far it scales: instances of 1,000 to 100,000 items on 81 scenarios, solved to a proven gap and checked anew.

    python benchmarks/scale.py                                            1,000 and 10,000 items
    python benchmarks/scale.py --sizes 1000,10000,100000 --checkpoint run.npz --out scale.json
    python benchmarks/scale.py --sizes 500 --gap 0.002 --time-limit 30

Each size runs in processes of its own: the instance is made, solved by the engine that `auto` takes, and the plan is valued by
the independent checker, some items at a time. Progress is printed at least every ten seconds. Ctrl-C keeps the best plan of the
size that is running, has it checked, and ends.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

ROOT = Path(__file__).resolve().parents[1]
# A script finds what is beside it, and not the folder that it is in.
sys.path.insert(0, str(ROOT))

from benchmarks.limited_process import descendants, end_all
from benchmarks.results import machine
from benchmarks.scale_cases import ScaleCase, ScaleOutcome, numbers, own_file, target_of
from benchmarks.scale_rows import ScaleRow, growth, keep, markdown

LOOK_EVERY_SECONDS = 0.5
SOLVERS = ("auto", "decomposition", "blocks")


def main(
    sizes: Annotated[str, typer.Option(help="Numbers of items.")] = "1000,10000",
    gap: Annotated[
        float | None, typer.Option(help="Relative gap at which to stop; by default that of the target.")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds of each solve; by default those of the target.")
    ] = None,
    solver: Annotated[str, typer.Option(help=f"One of {', '.join(SOLVERS)}.")] = "auto",
    workers: Annotated[int, typer.Option(help="Threads, or processes of blocks.")] = 2,
    seed: Annotated[int, typer.Option(help="Of the instance and the search.")] = 1,
    memory: Annotated[float, typer.Option(help="Gigabytes at which a size is ended.")] = 20.0,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="File that solves in blocks are kept in, and go on from; one for each size."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="JSON file for the rows; rows of other sizes in it are kept.")
    ] = None,
) -> None:
    """Run the sizes, smaller ones first, and print what each gave."""
    if solver not in SOLVERS:
        raise typer.BadParameter(f"--solver is one of {', '.join(SOLVERS)}, not {solver}")
    rows = []
    for items in sorted(numbers(sizes)):
        target = target_of(items)
        case = ScaleCase(
            items=items,
            gap=target.gap if gap is None else gap,
            time_limit=target.seconds if time_limit is None else time_limit,
            solver=solver,
            workers=workers,
            seed=seed,
            checkpoint="" if checkpoint is None else str(own_file(checkpoint, items)),
        )
        row, is_stopped = run_case(case, memory, out)
        rows.append(row)
        print("\n".join(f"  {name:30} {text}" for name, text in row.cells.items()), flush=True)
        for note in (*row.outcome.notes, *row.outcome.broken):
            print(f"  {note}")
        if out is not None:
            keep(row, machine(), out)
        if is_stopped:
            break
    print(f"\n{markdown(rows)}\n\n{growth(rows)}")


def run_case(case: ScaleCase, memory: float, out: Path | None) -> tuple[ScaleRow, bool]:
    """Run one case in processes of its own; returns whether the user said stop, too. What is known is kept after each step."""
    with tempfile.TemporaryDirectory() as temporary:
        case_file, outcome_file = Path(temporary) / "case.json", Path(temporary) / "outcome.json"
        case_file.write_text(json.dumps(asdict(case)), encoding="utf-8")
        known = ScaleOutcome()

        def look(peak: float) -> None:
            nonlocal known
            found = ScaleOutcome.read(outcome_file)
            if out is not None and found != known:
                known = found
                keep(ScaleRow(case, replace(found, peak_gigabytes=peak), "running"), machine(), out)

        command = [sys.executable, "-m", "benchmarks.scale_worker", str(case_file), str(outcome_file)]
        ended, peak, is_stopped = _watch(command, memory, look)
        outcome = replace(ScaleOutcome.read(outcome_file), peak_gigabytes=peak)
    return ScaleRow(case, outcome, ended), is_stopped


def _watch(command: list[str], memory: float, look: Callable[[float], None]) -> tuple[str, float, bool]:
    """Run a command that prints for itself: how it ended, the most memory of all its processes, whether Ctrl-C came.

    `look` is called again and again with the most memory so far.
    """
    peak, ended, interrupts = 0.0, "finished", 0

    def interrupt(number: int, frame: FrameType | None) -> None:
        # The first one asks the process, which has it too, for its best plan.
        nonlocal interrupts
        interrupts += 1

    before = signal.signal(signal.SIGINT, interrupt)
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        while process.poll() is None and interrupts < 2 and ended == "finished":
            peak = max(peak, sum(descendants(process.pid).values()))
            look(peak)
            if peak > memory:
                ended = "memory"
            else:
                time.sleep(LOOK_EVERY_SECONDS)
    finally:
        if process.poll() is None:
            end_all(process.pid)
        process.wait()
        signal.signal(signal.SIGINT, before)
    if process.returncode and ended == "finished":
        ended = "failed"
    return ended, peak, interrupts > 0


if __name__ == "__main__":
    typer.run(main)
