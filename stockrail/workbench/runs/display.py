"""How runs look on a terminal: a line while one goes, what became of it, and the list of all."""

import sys
import time
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from stockrail.calibration.values import WORDS
from stockrail.comparisons.tornado_words import infeasible_sentences, main_sentence
from stockrail.finance.finance_display import knee_sentence
from stockrail.formats import day, duration, money_plain, percent, plural
from stockrail.progress import LiveLine
from stockrail.workbench import baselines
from stockrail.workbench.governance.freezes import notes_of
from stockrail.workbench.runs.files import INNER
from stockrail.workbench.runs.lookup import ENDED_STATES
from stockrail.workbench.runs.options import FrontierOptions, TornadoOptions, parsed
from stockrail.workbench.runs.sweeps import DONE, KINDS, TOTAL, frontier_of, tornado_of_run
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, Scenario

LINE_SECONDS = 2.0
"""Where the output is no terminal, a line is printed at most this often, and only where something changed."""


def currency_of(store: Store, run: Run) -> str:
    """The currency of a run's money; a scenario cannot change it."""
    return baselines.currency_of(store, run.baseline_id)


class RunDisplay(LiveLine):
    """A line with state, gap, plan, bound and time of a run that goes; plain lines where there is no terminal."""

    def __init__(self, run: Run, currency: str) -> None:
        super().__init__()
        self._run, self._currency = run, currency
        self._last: list[str] = []
        self._last_at = 0.0

    def show(self, run: Run) -> None:
        """Show the run as it is now."""
        self._run = run
        if self._live is not None:
            return
        cells, now = list(self._cells()), time.monotonic()
        told = [value for _, value in cells]
        if told != self._last and now - self._last_at >= LINE_SECONDS:
            self._last, self._last_at = told, now
            line = "  ".join(f"{name} {value}".strip() for name, value in cells)
            print(line, file=sys.stderr, flush=True)

    def _cells(self) -> Iterator[tuple[str, str]]:
        run, said = self._run, self._run.progress or {}
        yield f"run {run.id}", "" if run.state == "running" else run.state
        if run.state == "queued":
            return
        if run.kind in KINDS:
            yield "done", f"{said.get(DONE, 0)} of {said[TOTAL]}" if TOTAL in said else "-"
            yield f"{said.get('seconds', 0.0):.0f} s", str(said.get("phase", "starting"))
            return
        gap, plan, bound = said.get("gap"), said.get("incumbent"), said.get("bound")
        yield "gap", "-" if gap is None else f"{gap:.2%}"
        yield "plan", "none yet" if plan is None else money_plain(plan, self._currency)
        yield "bound", "-" if bound is None else money_plain(bound, self._currency)
        yield f"{said.get('seconds', 0.0):.0f} s", str(said.get("phase", "starting"))

    def _line(self) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        for name, value in self._cells():
            line.append(name, style="dim").append(f" {value}  " if value else "  ")
        return line.append("Ctrl-C leaves the run going", style="dim")


def run_lines(store: Store, run: Run) -> Iterator[str]:
    """A run in words: what was asked, how it stands, what is proven, and what can be done next."""
    yield f"Run {run.id}: {run.kind} of {_of(store, run)}, asked for by {run.requested_by} on {day(run.requested_at)}"
    yield from (run.reason or "").splitlines()
    yield from (f"  {name:<25}{value}" for name, value in _rows(run, currency_of(store, run)))
    yield from notes_of(store, run.id)
    yield from _findings(run)
    if run.error:
        yield ""
        yield from run.error.splitlines()
    yield _next_step(run)


def list_rows(store: Store, runs: list[Run]) -> Iterator[tuple[object, ...]]:
    """One row of the list for each run; `LIST_HEADER` has the columns."""
    for run in runs:
        gap = gap_of(run)
        yield (
            run.id,
            run.kind,
            run.state,
            "" if gap is None else f"{gap:.2%}",
            duration((run.progress or {}).get("seconds")) if run.progress else "",
            run.requested_by,
            day(run.requested_at),
            _of(store, run),
        )


LIST_HEADER = ("run", "kind", "state", "gap", "time", "by", "on", "of")


def _of(store: Store, run: Run) -> str:
    name = f"baseline {run.baseline_id}"
    if run.scenario_id is not None:
        with store.read() as session:
            scenario = session.get_one(Scenario, run.scenario_id)
        name += f", {scenario.name} version {run.scenario_version}"
    if run.guardrail_version_id is not None:
        name += f", guardrails {run.guardrail_version_id}"
    return name


def gap_of(run: Run) -> float | None:
    """The gap reached, of a calibration with several strategies the largest one; None where nothing is known.

    `gap` in the certificate of a calibration is the one that was asked for.
    """
    certificate = run.certificate or {}
    if "values" in certificate:
        gaps = [row["gap"] for row in certificate["values"] if row["gap"] is not None]
        return max(gaps, default=None)
    gap = (certificate or run.progress or {}).get("gap")
    return None if gap is None else float(gap)


def _rows(run: Run, currency: str) -> Iterator[tuple[str, str]]:
    said, numbers = run.progress or {}, run.certificate or {}
    seconds = said.get("seconds")
    yield "state", run.state + (f" after {duration(seconds)}" if seconds is not None else "")
    if run.kind in KINDS:
        yield from _sweep_rows(run)
    elif "values" in numbers:
        yield from _calibration_rows(run, numbers, currency)
    else:
        yield from _plan_rows(run, numbers, currency)
    if run.approved_state != "none":
        yield "approval", run.approved_state
    if count := len(set(run.artifacts) - set(INNER)):
        yield "files", f"{count} {plural(count, 'file')}"


def _calibration_rows(run: Run, numbers: dict[str, Any], currency: str) -> Iterator[tuple[str, str]]:
    """What each strategy is worth, the options that were chosen, and what they change."""
    asked = percent(parsed(run.kind, run.options).gap)
    for row in numbers["values"]:
        if row["objective"] is None:
            yield WORDS[row["strategy"]], row["status"]
            continue
        gap = "" if row["gap"] is None else f", gap {row['gap']:.3%} ({row['status']}; asked for {asked})"
        yield WORDS[row["strategy"]], f"worth {money_plain(row['objective'], currency)}{gap}"
        verification = numbers["verification"].get(row["strategy"])
        if verification is not None:
            yield "checked", _verdict(verification)
    if numbers["change"] is not None:
        earned = money_plain(numbers["change"]["items_margin"], currency)
        yield "the change earns", f"{earned} against {numbers['current_targets_from']}"
    for row in numbers["options"]:
        yield row["segment"], row["option"]


def _sweep_rows(run: Run) -> Iterator[tuple[str, str]]:
    """What a frontier or a tornado is of, and how much of it is done."""
    said, options = run.progress or {}, parsed(run.kind, run.options)
    if isinstance(options, FrontierOptions):
        first, last = (f"{limit:,.10g}" for limit in (options.limits[0], options.limits[-1]))
        yield "limit", f"{options.guardrail} ({options.side}), {len(options.limits)} from {first} to {last}"
    elif isinstance(options, TornadoOptions):
        yield "drivers", ", ".join(options.drivers) or "all"
    if TOTAL in said:
        yield "done", f"{said.get(DONE, 0)} of {said[TOTAL]}"
    gap = gap_of(run)
    if gap is not None:
        yield "largest gap", f"{gap:.3%} (asked for {percent(options.gap)})"


def _findings(run: Run) -> Iterator[str]:
    """What a frontier or a tornado says, as far as it is known."""
    frontier, tornado = frontier_of(run), tornado_of_run(run)
    if frontier is not None and run.state in ENDED_STATES:
        yield knee_sentence(frontier)
    if tornado is not None:
        yield main_sentence(tornado)
        yield from infeasible_sentences(tornado)


def _plan_rows(run: Run, numbers: dict[str, Any], currency: str) -> Iterator[tuple[str, str]]:
    said = run.progress or {}
    told = numbers or {"objective": said.get("incumbent"), "bound": said.get("bound"), "gap": said.get("gap")}
    if told.get("expected_margin") is not None:
        yield "expected margin", money_plain(told["expected_margin"], currency)
    elif told.get("objective") is not None:
        yield "objective of the plan", money_plain(told["objective"], currency)
    if told.get("bound") is not None:
        yield "no plan earns more than", money_plain(told["bound"], currency)
    if told.get("gap") is not None:
        status = f"{told['status']}; " if told.get("status") else ""
        yield "gap", f"{told['gap']:.3%} ({status}asked for {percent(parsed(run.kind, run.options).gap)})"
    verification = numbers.get("verification")
    if isinstance(verification, dict) and "passed" in verification:
        yield "checked", _verdict(verification)


def _verdict(verification: dict[str, object]) -> str:
    failed = verification["failed"]
    assert isinstance(failed, list)
    if verification["passed"] is None:
        return str(verification["detail"])
    if not failed:
        return f"{verification['checks']} checks of the independent checker, all passed"
    names = ", ".join(dict.fromkeys(row["check"] for row in failed))
    return f"{len(failed)} of {verification['checks']} checks FAILED: {names}"


def _next_step(run: Run) -> str:
    match run.state:
        case "queued" | "running":
            return f"Next: stockrail run wait {run.id}, or stockrail run cancel {run.id}."
        case "interrupted" | "cancelled":
            if run.kind in KINDS:
                return f"Next: stockrail run resume {run.id} goes on with what is not solved yet."
            has_plan = run.best_plan is not None or (run.certificate or {}).get("objective") is not None
            kept = "its best plan is kept" if has_plan else "it had no plan yet"
            return f"Next: stockrail run resume {run.id} goes on; {kept}."
        case "failed":
            return (
                f"Next: put right what is wrong, then stockrail run start, or stockrail run resume {run.id}."
            )
        case _:
            return f"Next: stockrail run show {run.id} --out FOLDER writes its files."
