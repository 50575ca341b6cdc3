"""The scorecard for the terminal: a table for each group of metrics, what is not known and why, segments and suppliers."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table

from stockrail.finance.finance_display import as_lines
from stockrail.formats import MISSING, amount, percent
from stockrail.workbench.scorecard.metric import GROUPS, Group, Unit
from stockrail.workbench.scorecard.scorecard import Row, Scorecard

THOUSANDS_FROM = 1e5
"""Where amounts of money are as large, those beside them are in thousands, too."""

CENTS_BELOW = 100.0
"""Where no amount of money is as large, cents are written."""

BY_SEGMENT = ("fill_rate", "days_of_supply")
"""Metrics that the terminal shows by segment; the files have all."""


class Words:
    """How values of some rows are written: their money in the same unit."""

    def __init__(self, rows: Sequence[Row], currency: str) -> None:
        sizes = [
            abs(value)
            for row in rows
            if row.metric.unit == "money"
            for value in (row.now.plan, row.now.actual, row.now.revalued)
            if value is not None
        ]
        self._is_thousands = max(sizes, default=0.0) >= THOUSANDS_FROM
        self._decimals = 2 if 0.0 < max(sizes, default=0.0) < CENTS_BELOW else 0
        self.money_unit = f"{currency} 1,000" if self._is_thousands else currency

    def value(self, value: float | None, unit: Unit) -> str:
        """A value; a dash where there is none."""
        if unit == "share":
            return percent(value)
        if unit == "money":
            scaled = value / 1000.0 if value is not None and self._is_thousands else value
            return amount(scaled, self._decimals)
        return amount(value, 1)

    def change(self, value: float | None, unit: Unit) -> str:
        """A difference with its sign; shares in percentage points."""
        if value is None:
            return MISSING
        text = amount(100.0 * value, 1) if unit == "share" else self.value(value, unit)
        return f"+{text}" if value > 0 and text.strip("0.,") else text

    def unit(self, unit: Unit) -> str:
        """What values are in; shares say so themselves."""
        return {"share": "%", "days": "days", "per year": "a year", "money": self.money_unit}[unit]


def verdict(row: Row) -> str:
    """Better or worse than planned."""
    if row.now.change is None:
        return ""
    is_better = row.is_better_than_plan
    return "on plan" if is_better is None else "better" if is_better else "worse"


def scorecard_lines(card: Scorecard) -> Iterator[str]:
    """Everything that the terminal shows; lines of tables begin with a blank."""
    yield from title_lines(card)
    for group, heading in GROUPS.items():
        rows = group_rows(card, group)
        words = Words(rows, card.currency)
        has_money = any(row.metric.unit == "money" for row in rows)
        yield f"{heading}, money in {words.money_unit}:" if has_money else f"{heading}:"
        yield from _group_table(rows, words)
    words = Words((), card.currency)
    yield from _by_segment(card, words)
    yield from _by_supplier(card, words)
    yield from missing_lines(card)
    yield from card.notes


def title_lines(card: Scorecard) -> Iterator[str]:
    """What is compared with what."""
    now, last = card.now, card.last
    yield f"Scorecard of {now.instance.settings.name}, {now.first_day} to {now.last_day}."
    plan = "No plan." if now.plan is None else f"Plan: {_named(now.run_id)}."
    before = "" if last is None else f" Last quarter: {last.first_day} to {last.last_day}."
    yield f"{plan}{before}"
    yield (
        "Of the change from plan to actual, the market's part is what actual demand does to the plan as made; the rest was controllable. "
        "Changes of shares are in percentage points."
    )


def _named(run_id: int | None) -> str:
    return "as given" if run_id is None else f"run {run_id}"


def _group_table(rows: list[Row], words: Words) -> list[str]:
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    for k, name in enumerate(("", "last\nquarter", "plan", "actual", "market", "control-\nlable", "")):
        table.add_column(name, justify="left" if k in (0, 6) else "right", no_wrap=True)
    for row in rows:
        unit = row.metric.unit
        table.add_row(
            _titled(row, words),
            words.value(None if row.last is None else row.last.actual, unit),
            words.value(row.now.plan, unit),
            words.value(row.now.actual, unit),
            words.change(row.now.market, unit),
            words.change(row.now.controllable, unit),
            verdict(row),
        )
    return as_lines(table)


def _titled(row: Row, words: Words) -> str:
    title = row.metric.title
    is_clear = row.metric.unit in ("share", "money") or "days" in title
    return title if is_clear else f"{title}, {words.unit(row.metric.unit)}"


def _by_segment(card: Scorecard, words: Words) -> Iterator[str]:
    scopes = [
        row.now.scope
        for row in card.rows
        if row.metric.name == BY_SEGMENT[0] and row.now.scope.startswith("segment ")
    ]
    if len(scopes) < 2:
        return
    yield "Fill rate and days of supply by segment:"
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    parts = ("\nactual", "\nmarket", "control-\nlable")
    heads = ("", "fill\nplan", *parts, "days\nplan", *parts)
    for k, name in enumerate(heads):
        table.add_column(name, justify="right" if k else "left", no_wrap=True)
    for scope in scopes:
        cells = []
        for metric in BY_SEGMENT:
            row = card.of(metric, scope)
            unit = row.metric.unit
            cells += [words.value(row.now.plan, unit), words.value(row.now.actual, unit)]
            cells += [words.change(row.now.market, unit), words.change(row.now.controllable, unit)]
        table.add_row(scope.removeprefix("segment "), *cells)
    yield from as_lines(table)


def _by_supplier(card: Scorecard, words: Words) -> Iterator[str]:
    scopes = list(dict.fromkeys(row.now.scope for row in card.rows if row.now.scope.startswith("supplier ")))
    if not scopes:
        return
    yield "Lead time in days, and receipts on time, by supplier:"
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    heads = ("", "last\nquarter", "agreed", "actual", "", "last\nquarter", "on time", "")
    for k, name in enumerate(heads):
        table.add_column(name, justify="left" if k in (0, 4, 7) else "right", no_wrap=True)
    for scope in scopes:
        cells: list[str] = []
        for metric in ("lead_time", "supplier_on_time"):
            row = card.of(metric, scope)
            before = None if row.last is None else row.last.actual
            cells.append(words.value(before, row.metric.unit))
            if metric == "lead_time":
                cells.append(words.value(row.now.plan, row.metric.unit))
            cells += [words.value(row.now.actual, row.metric.unit), verdict(row)]
        table.add_row(scope.removeprefix("supplier "), *cells)
    yield from as_lines(table)


def missing_lines(card: Scorecard) -> Iterator[str]:
    """What is not known of all items, and why, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for row in card.rows:
        if not row.now.scope and row.now.reason:
            by_reason.setdefault(row.now.reason, []).append(row.metric.title)
    for reason, titles in by_reason.items():
        listed = ", ".join(titles)
        yield f"{listed[:1].upper()}{listed[1:]}: {reason}."


def group_rows(card: Scorecard, group: Group) -> list[Row]:
    """Rows of a group, all items together."""
    return [row for row in card.rows if row.metric.group == group and not row.now.scope]
