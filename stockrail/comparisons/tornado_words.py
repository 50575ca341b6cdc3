"""What a tornado says in sentences, the same on a terminal, on its page and in the workbench."""

import math

from stockrail.comparisons.plan_comparison import WITHIN_GAP
from stockrail.comparisons.tornado_result import Bar, Tornado, TornadoSide
from stockrail.comparisons.what_if_solve import INFEASIBLE
from stockrail.formats import MISSING, money_plain, percent, plural
from stockrail.measures.statistical_gap import not_computed_sentence

OF_A_SIDE = "put a side's what-if into the instance, and run `stockrail measures`"
"""What computes the statistical gap of a side."""

NO_PLAN = "no plan"


def main_sentence(tornado: Tornado) -> str:
    """Which driver moves most, in words."""
    if not tornado.base.has_plan:
        return f"There is no plan of the baseline yet, so nothing can be compared with it{_because(tornado)}."
    found = [bar for bar in tornado.bars if any(side.difference is not None for side in bar.sides)]
    resolved = [bar for bar in found if not bar.is_within_gap and bar.size > 0]
    if not resolved:
        return "No driver moves more than what the solver's gap leaves open: a smaller gap would tell them apart."
    first = max(resolved, key=lambda bar: bar.size)
    moved = " and ".join(f"{side.change} {_changes_by(tornado, side)}" for side in first.sides)
    return f"{_capital(first.words)} moves the {tornado.objective_name} most: {moved}."


def infeasible_sentences(tornado: Tornado) -> list[str]:
    """A sentence for each side that leaves no plan, with the limits that cannot hold together."""
    return [
        f"{_capital(bar.words)} {side.change}: no plan keeps the limits. {_first_line(side.found.reason)}".rstrip()
        for bar in tornado.bars
        for side in bar.sides
        if side.found.status == INFEASIBLE
    ]


def certificates(tornado: Tornado) -> list[str]:
    """Both certificates, and what the range of a bar means."""
    lines = []
    if math.isfinite(tornado.largest_gap):
        lines.append(
            f"Solver's gap: each solve has its own, the largest is {percent(tornado.largest_gap, 3)} "
            f"({percent(tornado.gap, 2)} was asked for). The best plans there are differ by something between least and most."
        )
        lines.append(not_computed_sentence(OF_A_SIDE))
    within = sum(bar.is_within_gap for bar in tornado.bars)
    if within:
        verb = "is" if within == 1 else "are"
        lines.append(
            f"{within} {plural(within, 'driver')} {verb} {WITHIN_GAP}: two equally good plans could show as much. A smaller gap "
            "resolves more."
        )
    if tornado.not_solved:
        count = tornado.not_solved
        lines.append(
            f"{count} {plural(count, 'solve')} had no time or {'was' if count == 1 else 'were'} stopped."
        )
    return lines


def side_words(side: TornadoSide, currency: str) -> str:
    """What a side does: its difference with a sign, or why there is none."""
    if side.difference is not None:
        return signed_money(side.difference.amount, currency)
    return NO_PLAN if side.found.status == INFEASIBLE else side.found.status


def signed_money(value: float | None, currency: str) -> str:
    """An amount of money with its sign, for terminals."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = money_plain(abs(value), currency)
    is_zero = not text.removeprefix(currency).strip(" 0.,")
    return text if is_zero else f"{'+' if value > 0 else '-'}{text}"


def bar_note(bar: Bar) -> str:
    """What must be known of a bar beside its size; blank for nothing."""
    if bar.is_infeasible:
        return "infeasible"
    return WITHIN_GAP if bar.is_within_gap else ""


def _changes_by(tornado: Tornado, side: TornadoSide) -> str:
    if side.difference is None:
        return "leaves no plan" if side.found.status == INFEASIBLE else f"is {side.found.status}"
    amount = side.difference.amount
    verb = "costs" if amount < 0 else "earns"
    return f"{verb} {money_plain(abs(amount), tornado.currency)}"


def _because(tornado: Tornado) -> str:
    return f" ({tornado.base.reason})" if tornado.base.reason else ""


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
