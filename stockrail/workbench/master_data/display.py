"""Drift and reconciliation on the terminal, and as plain data."""

from collections.abc import Iterator, Sequence
from typing import Any

from stockrail.formats import MISSING, money_plain, percent, plural
from stockrail.workbench.master_data.cents import written
from stockrail.workbench.master_data.drift import CHECKS, FREIGHT_RATE, Drift, DriftReport
from stockrail.workbench.master_data.reconcile import Position, Reconciliation

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]

DRIFT_HEADER = ("", "stated", "found", "money", "evidence")
SIDES_HEADER = ("", "accounts", "ledger", "books", "difference")
LINE_HEADER = ("amount", "why", "item", "what")


def drift_groups(report: DriftReport, shown: Sequence[Drift], most: int) -> Iterator[tuple[str, Table]]:
    """A heading and a table for each check, with the drift that means the most money."""
    for check in CHECKS:
        drifts = [one for one in shown if one.check is check]
        if not drifts:
            continue
        known = [abs(one.money) for one in drifts if one.money is not None]
        worth = money_plain(sum(known), report.currency) if known else "an unknown amount"
        more = f", the first {most} shown" if len(drifts) > most else ""
        heading = f"{check.title}: {len(drifts)}{more}; {worth} of {check.money_means}"
        rows: list[tuple[object, ...]] = [
            (
                f"  {one.subject}{'' if one.is_beyond else ' (within tolerance)'}",
                _value(one, one.stated),
                _value(one, one.found),
                money_plain(one.money, report.currency),
                _evidence(one),
            )
            for one in drifts[:most]
        ]
        columns = len(DRIFT_HEADER) if any(one.evidence for one in drifts) else len(DRIFT_HEADER) - 1
        yield heading, (DRIFT_HEADER[:columns], [row[:columns] for row in rows])


def drift_summary(report: DriftReport) -> str:
    """How much there is, in a sentence."""
    beyond, within = len(report.beyond), len(report.drifts) - len(report.beyond)
    title = f"{report.title[0].upper()}{report.title[1:]}"
    if not report.drifts:
        return f"{title}: nothing drifted."
    rest = f", {within} within" if within else ""
    return f"{title}: {beyond} {plural(beyond, 'drift')} beyond tolerance{rest}."


def not_checked_lines(report: DriftReport) -> Iterator[str]:
    """What could not be checked, and why."""
    for one in report.not_checked:
        yield f"Not checked, {one.check.title}: {one.reason}."


def drift_data(report: DriftReport) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "compared": report.compared,
        "title": report.title,
        "currency": report.currency,
        "drifts": [
            {
                "check": one.check.name,
                "subject": one.subject,
                "stated": one.stated,
                "found": one.found,
                "money": one.money,
                "money_means": one.check.money_means,
                "is_beyond": one.is_beyond,
                "evidence": dict(one.evidence),
            }
            for one in report.drifts
        ],
        "not_checked": [{"check": one.check.name, "reason": one.reason} for one in report.not_checked],
    }


def sides_table(found: Reconciliation) -> Table:
    """Ledger and books, a row for each position, and their sum."""
    rows: list[tuple[object, ...]] = [
        (
            one.title,
            " + ".join(one.accounts) or MISSING,
            written(one.ledger),
            written(one.books),
            written(one.difference),
        )
        for one in found.positions
    ]
    if len(rows) > 1:
        rows.append(("all differences", "", "", "", written(found.difference)))
    return SIDES_HEADER, rows


def line_table(position: Position, most: int) -> Table:
    """The lines of a difference, the first ones and what is not explained."""
    lines = position.lines
    first, rest = lines[:most], [line for line in lines[most:] if line.kind in ("rounding", "unexplained")]
    return LINE_HEADER, [
        (f"  {written(line.amount)}", line.kind, line.subject, line.text) for line in (*first, *rest)
    ]


def position_notes(position: Position) -> Iterator[str]:
    """What is not known of a position."""
    if position.unknown is not None:
        yield f"{position.title[0].upper()}{position.title[1:]}: {position.unknown}."
    for gap in position.gaps:
        yield f"{position.title[0].upper()}{position.title[1:]}: {gap}."


def reconciliation_data(found: Reconciliation) -> dict[str, Any]:
    """The reconciliation as plain data; amounts are text, exact to the cent."""
    return {
        "baseline": found.baseline,
        "currency": found.currency,
        "date": found.date.isoformat(),
        "difference": str(found.difference),
        "unexplained": str(found.unexplained),
        "not_mapped": list(found.not_mapped),
        "positions": [
            {
                "book": one.book,
                "scope_value": one.scope_value,
                "accounts": list(one.accounts),
                "ledger": _text(one.ledger),
                "books": _text(one.books),
                "difference": _text(one.difference),
                "basis": one.basis,
                "unknown": one.unknown,
                "gaps": list(one.gaps),
                "lines": [
                    {
                        "kind": line.kind,
                        "subject": line.subject,
                        "amount": str(line.amount),
                        "text": line.text,
                    }
                    for line in one.lines
                ],
            }
            for one in found.positions
        ],
    }


def _evidence(one: Drift) -> str:
    parts = (
        f"{name.replace('_', ' ')} {f'{value:.6g}' if isinstance(value, float) else value}"
        for name, value in one.evidence.items()
    )
    return ", ".join(parts)


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)


def _value(one: Drift, value: float | str | None) -> str:
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    return percent(value, 2) if one.check is FREIGHT_RATE else f"{value:.6g}"
