"""What a person sees of a tornado on a terminal of 80 columns: a bar for each driver, then sentences."""

import math

from rich import box
from rich.table import Table

from stockrail.comparisons.plan_comparison import WITHIN_GAP
from stockrail.comparisons.tornado_result import Bar, Tornado, TornadoSide
from stockrail.comparisons.tornado_words import (
    NO_PLAN,
    certificates,
    infeasible_sentences,
    main_sentence,
)
from stockrail.comparisons.what_if_solve import INFEASIBLE
from stockrail.finance.finance_display import as_lines
from stockrail.formats import MISSING, amount, decimals_for, duration, money_plain, percent, plural

HALF = 7
"""Letters of the longest bar to either side."""

MARK = "~"
"""Beside bars that are within the solver's gap."""


def tornado_lines(tornado: Tornado) -> list[str]:
    """The table and sentences; lines of the table begin with a blank."""
    base = tornado.base
    lines = []
    if base.has_plan:
        lines.append(
            f"The baseline's {tornado.objective_name} is {money_plain(base.objective, tornado.currency)}, no plan is above "
            f"{money_plain(base.bound, tornado.currency)} (gap {percent(base.gap, 2)})."
        )
        lines += as_lines(_table(tornado))
    lines.append(main_sentence(tornado))
    lines += infeasible_sentences(tornado)
    lines += certificates(tornado)
    if any(bar.is_within_gap for bar in tornado.bars):
        lines.append(f"{MARK} is beside what is {WITHIN_GAP}.")
    count = len(tornado.bars)
    lines.append(f"{count} {plural(count, 'driver')} in {duration(tornado.seconds)}.")
    return lines


def _table(tornado: Tornado) -> Table:
    shown = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("driver", no_wrap=False)
    shown.add_column("change")
    shown.add_column("lower", justify="right", no_wrap=True)
    shown.add_column("higher", justify="right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    shown.add_column("", no_wrap=True)
    amounts = [side.difference.amount for bar in tornado.bars for side in bar.sides if side.difference]
    largest = max(map(abs, amounts), default=0.0)
    decimals = decimals_for(amounts)
    for bar in tornado.bars:
        shown.add_row(
            bar.words,
            _change(bar),
            *(_cell(side, decimals) for side in bar.sides),
            _drawn(bar, largest),
            MARK if bar.is_within_gap else "",
        )
    return shown


def _change(bar: Bar) -> str:
    """Both changes in one, where they are the same to both sides."""
    low, high = bar.low.change, bar.high.change
    return f"+-{high[1:]}" if low[1:] == high[1:] else f"{low} / {high}"


def _cell(side: TornadoSide, decimals: int) -> str:
    if side.difference is None:
        return NO_PLAN if side.found.status == INFEASIBLE else MISSING
    text = amount(side.difference.amount, decimals)
    return f"+{text}" if side.difference.amount > 0 and text.strip("0.,") else text


def _drawn(bar: Bar, largest: float) -> str:
    """The bar in letters, `|` the baseline."""
    amounts = [side.difference.amount for side in bar.sides if side.difference is not None]
    if not amounts or largest == 0:
        return " " * HALF + "|"
    left, right = (
        math.ceil(HALF * value / largest - 1e-9)
        for value in (max(0.0, -min(amounts)), max(0.0, *amounts, 0.0))
    )
    return f"{'=' * left:>{HALF}}|{'=' * right}"
