"""The library of published instances: write one, check its hash or a plan, improve what is known of it.

    python scripts/library.py list
    python scripts/library.py make 10-27 FOLDER                   an instance as a folder
    python scripts/library.py check 10-27 orders.csv              what a plan is worth, by the independent checker
    python scripts/library.py hashes                              every instance made again and compared
    python scripts/library.py improve 10-27 --time-limit 300      solve again, keep what is better

See instances/library/README.md for the problem and the rules.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import stockrail as sr
from stockrail.library import (
    GENERATOR_VERSION,
    Entry,
    check_orders,
    content_sha256,
    each_order,
    read_manifest,
    write_manifest,
)
from stockrail.progress import ProgressDisplay, cancel_on_interrupt
from stockrail.solvers.result import NoPlanError, relative_gap

LIBRARY = Path(__file__).resolve().parents[1] / "instances" / "library"
MANIFEST = LIBRARY / "manifest.csv"

MOST_ITEMS_KEPT = 10
"""Plans of more items are too large to be kept here; `improve` finds them again."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("list")
def show() -> None:
    """Print what is known of every instance."""
    print(f"{'name':18}{'items':>8}{'scenarios':>10}{'best plan':>18}{'best bound':>18}{'gap':>9}  status")
    for entry in read_manifest(MANIFEST):
        known = (_money(entry.best_objective), _money(entry.best_bound))
        gap = "-" if entry.gap is None else f"{entry.gap:.3%}"
        print(
            f"{entry.name:18}{entry.items:>8,}{entry.scenarios:>10}{known[0]:>18}{known[1]:>18}{gap:>9}  {entry.status}"
        )


@app.command()
def make(name: str, folder: Path) -> None:
    """Write an instance as a folder."""
    entry = find(name)
    instance = entry.recipe.make()
    refuse_other_contents(entry, content_sha256(instance))
    sr.write(instance, folder)
    print(f"{entry.items:,} items in {folder}. Next: stockrail plan {folder} --out plans/{name}")


@app.command()
def check(name: str, orders: Path) -> None:
    """Value a plan, a table with columns item, node and lots, by code that shares nothing with the engine."""
    entry = find(name)
    checked = check_orders(entry.recipe.make(), orders)
    for fault in checked.broken:
        print(f"broken: {fault}")
    print(f"objective {checked.objective:,.2f}; {'no plan' if checked.broken else 'a plan'}")
    if not checked.broken and (
        entry.best_objective is None or checked.objective > entry.best_objective + 0.01
    ):
        print("Better than the best known: please publish it.")
    raise typer.Exit(1 if checked.broken else 0)


@app.command()
def hashes() -> None:
    """Make every instance with a hash again and compare."""
    wrong = 0
    for entry in read_manifest(MANIFEST):
        if entry.content_sha256:
            is_same = content_sha256(entry.recipe.make()) == entry.content_sha256
            wrong += not is_same
            print(f"{entry.name:18} {'same' if is_same else 'OTHER CONTENTS'}")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def improve(
    names: list[str],
    time_limit: Annotated[float, typer.Option(help="Seconds of each solve.")] = 60.0,
    gap: Annotated[float, typer.Option(help="Gap at which to stop.")] = 0.0001,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 0,
) -> None:
    """Solve entries again and keep a better plan or bound; the plan's value is that of the independent checker."""
    for name in names:
        # Read and written for each, so that Ctrl-C keeps what has been found.
        entries = read_manifest(MANIFEST)
        entry = find(name)
        better = improved(entry, time_limit, gap, seed)
        if better == entry:
            print(f"{name}: nothing better")
            continue
        write_manifest([better if row.name == name else row for row in entries], MANIFEST)
        print(
            f"{name}: plan {_money(better.best_objective)}, bound {_money(better.best_bound)}, gap {better.gap:.3%}"
        )


def improved(entry: Entry, time_limit: float, gap: float, seed: int) -> Entry:
    """The entry with what a solve found better.

    Raises
    ------
    ValueError
        The checker does not confirm the plan that the engine found.
    """
    instance = entry.recipe.make()
    contents = content_sha256(instance)
    refuse_other_contents(entry, contents)
    with cancel_on_interrupt() as is_cancelled, ProgressDisplay("EUR", is_cancelled) as display:
        try:
            plan = sr.plan(
                instance,
                time_limit=time_limit,
                gap=gap,
                seed=seed,
                prices="none",
                checks=(),
                on_progress=display.show,
                is_cancelled=is_cancelled,
            )
        except NoPlanError as error:
            display.close()
            print(f"{entry.name}: {error}")
            return entry
    bound = min(plan.certificate["bound"], entry.best_bound if entry.best_bound is not None else float("inf"))
    known = entry.best_objective if entry.best_objective is not None else -float("inf")
    is_kept = entry.items <= MOST_ITEMS_KEPT
    file = f"plans/{entry.name}.csv"
    target = LIBRARY / file if is_kept else LIBRARY / "checked.csv"
    objective, plan_file = known, entry.plan
    if plan.certificate["objective"] > known + 0.005:
        trial = target.with_suffix(".trial.csv")
        trial.parent.mkdir(exist_ok=True)
        try:
            _write_orders(each_order(plan.orders), trial)
            checked = check_orders(instance, trial)
            if checked.broken or abs(checked.objective - plan.certificate["objective"]) > 0.01:
                raise ValueError(f"{entry.name}: the checker does not confirm the plan: {checked}")
            objective = checked.objective
            if is_kept:
                trial.replace(target)
                plan_file = file
        finally:
            trial.unlink(missing_ok=True)
    if bound == entry.best_bound and objective == entry.best_objective:
        return entry
    return replace(
        entry,
        content_sha256=contents,
        # Rounded outwards, so that what is written is a bound still.
        best_bound=round(bound + 0.005, 2),
        best_objective=round(objective, 2),
        gap=round(relative_gap(objective, bound), 7),
        date=dt.date.today().isoformat(),
        plan=plan_file,
        status="plan and bound known",
    )


def find(name: str) -> Entry:
    """The entry of a name; one that does not exist ends with the names there are."""
    entries = {entry.name: entry for entry in read_manifest(MANIFEST)}
    if name not in entries:
        raise SystemExit(f"There is no instance {name}; there are {', '.join(entries)}.")
    if entries[name].generator_version != GENERATOR_VERSION:
        raise SystemExit(
            f"{name} is of generator version {entries[name].generator_version}; this is {GENERATOR_VERSION}."
        )
    return entries[name]


def refuse_other_contents(entry: Entry, contents: str) -> None:
    """End where an instance made again is not the one that was published."""
    if entry.content_sha256 and entry.content_sha256 != contents:
        raise SystemExit(
            f"{entry.name}: this version makes other contents than were published ({contents[:12]} instead of "
            f"{entry.content_sha256[:12]}). Results would not compare; raise GENERATOR_VERSION if that is meant."
        )


def _write_orders(orders: Iterator[tuple[str, str, int]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("item", "node", "lots"))
        writer.writerows(orders)


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


if __name__ == "__main__":
    app()
