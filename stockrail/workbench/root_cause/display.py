"""Misses and their causes for the terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from stockrail.formats import money_plain, percent, plural
from stockrail.formats import units as in_units
from stockrail.workbench.root_cause.counts import causes_by_period, money_by_cause
from stockrail.workbench.root_cause.find import Found
from stockrail.workbench.store.tables import Miss

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]
"""Header and rows."""


def found_lines(found: Found) -> Iterator[str]:
    """What a search came to."""
    count = len(found.misses)
    yield (
        f"Run {found.run_id}, {found.periods} complete {plural(found.periods, 'period')}: {count} "
        f"{'miss' if count == 1 else 'misses'}; {found.added} new, {found.changed} changed, {found.removed} gone."
    )
    for one in found.not_judged:
        yield f"Not judged: {one.guardrail}: {one.reason}."


def miss_table(misses: Sequence[Miss], currency: str) -> Table:
    """Each miss with what it cost and its cause."""
    return ("no", "until", "kind", "money", "cause", "about"), [
        (
            row.id,
            row.date,
            row.kind.replace("_", " "),
            money(row.money, currency),
            row.cause,
            row.subject,
        )
        for row in misses
    ]


def cause_table(misses: Sequence[Miss], currency: str) -> Table:
    """Each cause with how many misses are put down to it, and what they cost."""
    rows: list[tuple[object, ...]] = [
        (row["cause"], row["misses"], money(row["money"], currency), row["unknown"] or "")
        for row in money_by_cause(misses).to_dict("records")
    ]
    return ("cause", "misses", "money", "not known"), rows


def count_lines(misses: Sequence[Miss]) -> Iterator[str]:
    """Period by cause, causes by their numbers, which are listed below."""
    frame = causes_by_period(misses)
    there = [str(name) for name in frame.columns[1:-1] if frame[name].any()]
    widths = [max(len(str(frame[name].max())), len(_letter(k)) + 1) for k, name in enumerate(there)]
    heads = [_letter(k).rjust(width) for k, width in enumerate(widths)]
    yield f"  {'until':<10}  {'  '.join(heads)}  all"
    for row in frame.to_dict("records"):
        cells = [str(row[name] or "").rjust(width) for name, width in zip(there, widths, strict=True)]
        yield f"  {row['date']}  {'  '.join(cells)}  {row['misses']:>3}"
    for k, name in enumerate(there):
        yield f"  {_letter(k)}  {name}"


def miss_lines(row: Miss, currency: str) -> Iterator[str]:
    """Everything about one miss."""
    evidence = row.evidence
    yield f"Miss {row.id}: {row.kind.replace('_', ' ')}, {row.subject}"
    process = evidence["process"]
    yield f"  period             {row.period}, until {row.date}, of the plan of run {row.run_id}"
    yield f"  missed             {_size(row, currency)}"
    yield f"  cause              {row.cause} (row {evidence['row']} of the table)"
    yield f"  exceptions         {', '.join(map(str, process['exceptions'])) or 'none'}"
    yield f"  shown              {process['shown']}; needed by {process['needed_by']}"
    yield f"  decided            {process['decided']}"
    yield f"  the plan as made   {evidence['hindsight']['answer']}"
    for name, found in evidence["assumptions"].items():
        yield f"  {name:<17}  {found['place']}{_numbers(found)}"
    yield ""
    yield row.explanation


def money(value: float | None, currency: str) -> str:
    """An amount, or that it is not known."""
    return "not known" if value is None or pd.isna(value) else money_plain(value, currency).strip()


def _size(row: Miss, currency: str) -> str:
    in_money = money(row.money, currency)
    return in_money if row.units is None else f"{in_units(row.units)} units, {in_money}"


HIDDEN = frozenset(
    [
        "place",
        "why",
        "money",
        "unit",
        "least_probability",
        "first_period",
        "last_period",
        "receipts",
        "planned_money",
        "received_money",
    ]
)
"""Parts of the evidence on an assumption that its line does not show; `--json` has all of it."""


def _numbers(found: dict[str, Any]) -> str:
    parts = [
        f"{name.replace('_', ' ')} {percent(value) if name == 'probability' else _plain(value)}"
        for name, value in found.items()
        if name not in HIDDEN and value is not None
    ]
    said = [found["why"], *parts] if found.get("why") else parts
    return f" ({', '.join(said)})" if said else ""


def _plain(value: object) -> str:
    return in_units(value) if isinstance(value, float) else str(value)


def _letter(number: int) -> str:
    return chr(ord("A") + number)
