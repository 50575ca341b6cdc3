"""What a person sees of prices and frontiers on a terminal: progress while they are made, then a table and a sentence."""

import math
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stockrail.finance.frontier import Frontier
from stockrail.finance.frontier_point import INFEASIBLE
from stockrail.formats import amount, duration, money_plain, percent, significant
from stockrail.measures.statistical_gap import not_computed_sentence
from stockrail.progress import LiveLine
from stockrail.solvers.price import PriceStatus

WIDTH = 120
"""Columns of a table at most, where the terminal is as wide."""

LEAST_WIDTH = 80

OF_ONE_LIMIT = "choose a limit, put it into the instance, and run `stockrail measures`"
"""What computes the statistical gap of a point of a frontier."""

LINE_SECONDS = 2.0
"""Without a terminal a line is printed not more often than this."""


class SweepDisplay(LiveLine):
    """How many solves are done and which one runs: a live line on a terminal, plain lines elsewhere."""

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        super().__init__()
        self._is_stopping = is_stopping
        self._text = "preparing"
        self._began = self._last_line = time.perf_counter()

    def show(self, done: int, total: int, name: str) -> None:
        """Say how far it is."""
        self._text = f"{done} of {total} done  {name}"
        now = time.perf_counter()
        if self._live is None and now - self._last_line >= LINE_SECONDS:
            self._last_line = now
            print(f"{self._text}  {now - self._began:.0f} s", file=sys.stderr, flush=True)

    def _line(self) -> Text:
        hint = "stopping, Ctrl-C again to give up" if self._is_stopping() else "Ctrl-C keeps what is done"
        elapsed = f"{time.perf_counter() - self._began:.0f} s"
        return Text(f"{self._text}  {elapsed}  ", no_wrap=True, overflow="ellipsis").append(hint, style="dim")


def price_lines(table: pd.DataFrame, currency: str) -> list[str]:
    """The table of prices as lines of text; see `stockrail.finance.prices.prices` for its columns."""
    if table.empty:
        return ["The instance has no limits."]
    certificates = [
        "Solver's gap: none, as prices compare what mixes of plans earn at most.",
        not_computed_sentence(),
    ]
    shown = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in (
        "limit of",
        "period",
        "now",
        "one more\nearns",
        "one less\ncosts",
        "holds\nfrom",
        "to",
        "per year",
    ):
        shown.add_column(name, justify="left" if name == "limit of" else "right", no_wrap=name != "limit of")
    for row in table.to_dict("records"):
        shown.add_row(*_price_cells({str(name): value for name, value in row.items()}))
    lines = as_lines(shown)
    lines.append(
        f"Prices are {currency} of expected margin for one unit of the limit, in all periods unless one is named."
    )
    if table["is_kink"].any():
        lines.append(
            "At a kink one more and one less unit are worth something else; no single number is the price."
        )
    if (table["status"] == str(PriceStatus.OPEN)).any():
        lines.append("Some prices were not computed: the time was up. A longer --time-limit computes them.")
    return lines + certificates


def _price_cells(row: dict[str, Any]) -> list[str]:
    name = f"{row['guardrail']} ({row['side']})"
    period = "all" if pd.isna(row["period"]) else str(row["period"])
    if row["status"] == str(PriceStatus.OPEN):
        return [name, period, amount(row["limit"]), "not computed", "", "", "", ""]
    returns = (row["return_up_per_year"], row["return_down_per_year"])
    yearly = ""
    if not any(pd.isna(value) for value in returns) and row["status"] == str(PriceStatus.SOLVED):
        yearly = (
            " / ".join(_bound(value, percent) for value in returns) if row["is_kink"] else percent(returns[0])
        )
    return [
        name,
        period,
        amount(row["limit"]),
        _price(row["price_up"], row["resolution"]),
        _price(row["price_down"], row["resolution"]),
        _bound(row["range_from"], amount),
        _bound(row["range_to"], amount),
        yearly,
    ]


def _price(value: float, resolution: float) -> str:
    if value == 0.0 or not math.isfinite(value):
        return "cannot be tighter" if math.isinf(value) else "0"
    return f"< {significant(resolution)}" if abs(value) < resolution else significant(value)


def _bound(value: float, write: Callable[[float], str]) -> str:
    return "no limit" if math.isinf(value) else write(value)


def frontier_lines(result: Frontier) -> list[str]:
    """The points of a frontier as lines of text, with the knee in words."""
    shown = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in (
        "limit",
        "expected\nmargin",
        "bound",
        "gap",
        "fill\nrate",
        "mean\nstock",
        "peak\nstock",
        "status",
    ):
        shown.add_column(name, justify="left" if name == "status" else "right", no_wrap=name != "status")
    for point in result.points:
        status = point.status
        if status == INFEASIBLE:
            status = f"infeasible: {point.reason}"
            if point.relaxation > 0:
                status += f" It has to give way by {amount(point.relaxation)}."
        shown.add_row(
            amount(point.limit) if abs(point.limit) >= 100 else significant(point.limit, 4),
            amount(point.expected_margin),
            amount(point.bound),
            percent(point.gap, 2),
            percent(point.fill_rate),
            amount(point.mean_inventory_value),
            amount(point.peak_inventory_value),
            status,
        )
    return [
        *as_lines(shown),
        knee_sentence(result),
        *frontier_certificates(result),
        f"{len(result.points)} limits in {duration(result.seconds)}.",
    ]


def frontier_certificates(result: Frontier) -> list[str]:
    """Both certificates of the points: the largest solver's gap, and what computes the statistical gap."""
    gaps = [point.gap for point in result.points if math.isfinite(point.gap)]
    if not gaps:
        return []
    return [
        f"Solver's gap: each point has its own, the largest is {percent(max(gaps), 3)}.",
        not_computed_sentence(OF_ONE_LIMIT),
    ]


def knee_sentence(result: Frontier) -> str:
    """The knee in words, with what can be trusted of it."""
    knee, currency = result.knee, result.currency
    if knee is None:
        return "The frontier has no knee: within these limits it does not bend."
    tight, loose = knee.slope_before, knee.slope_after
    unit = "one unit of limit" if result.unit != currency else f"{currency} 1 of limit"
    first, second, verb = (tight, loose, "earns") if result.side == "upper" else (-tight, -loose, "costs")
    sentence = (
        f"The knee is at {_limit(result, knee.limit)}: up to it {unit} more {verb} {significant(first)} of margin on average, "
        f"from there on {significant(second)}."
    )
    widest = max(
        (p.bound - p.objective for p in result.points if p.has_plan and math.isfinite(p.bound)), default=0.0
    )
    if knee.above_chord < widest:
        sentence += (
            f" Margins are known to {money_plain(widest, currency)} only, the bend is {money_plain(knee.above_chord, currency)}: "
            "a smaller --gap would show it more clearly."
        )
    return sentence


def _limit(result: Frontier, limit: float) -> str:
    return money_plain(limit, result.currency) if result.unit == result.currency else significant(limit, 4)


def as_lines(table: Table) -> list[str]:
    """A table as it prints, line by line, as wide as the terminal and without colours."""
    width = min(max(shutil.get_terminal_size().columns, LEAST_WIDTH), WIDTH)
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines() if line.strip()]
