"""In words: which hard guardrails a plan does not keep, by how much and when."""

from collections.abc import Iterator

import numpy as np

from stockrail.formats import ranges
from stockrail.held import standings
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.reports.words import amount, how_it_holds, label

MOST_LISTED = 8
"""Limits that are named; the rest are counted."""

TOLERANCE = 1e-6
"""Share of a limit that rounding may be off, as in reports."""


def broken_limits(ledger: Ledger, guardrails: Guardrails) -> Iterator[str]:
    """One sentence part for each side of a hard guardrail that a plan breaks, as the guardrails hold."""
    over = guardrails.assess(guardrails.usage(guardrails.metric_values(ledger.stock))[0])
    is_broken = (over > 0) & ~guardrails.is_soft
    if not is_broken.any():
        return
    currency = ledger.tables.instance.settings.currency
    names = {
        (block.name, block.side)
        for block, _ in (guardrails.describe(int(row)) for row in np.flatnonzero(is_broken))
    }
    for standing in standings(ledger, guardrails):
        block = standing.block
        if (block.name, block.side) not in names:
            continue
        names.discard((block.name, block.side))
        broken = np.flatnonzero(standing.slack < -TOLERANCE * np.maximum(np.abs(standing.limit), 1.0))
        if not len(broken):
            continue
        worst = broken[np.argmin(standing.slack[broken])]
        way = how_it_holds(
            {
                "holds": block.holds,
                "alpha": block.alpha,
                "measured": block.measured,
                "first_period": standing.first_period,
                "last_period": standing.last_period,
            }
        )
        verb = "exceeded" if block.side == "upper" else "missed"
        value = amount(float(standing.value[worst]), block.metric, currency)
        limit = amount(float(standing.limit[worst]), block.metric, currency)
        by = amount(-float(standing.slack[worst]), block.metric, currency)
        periods = ranges(int(t) for t in standing.period[broken])
        text = (
            f"{block.name}: {label(block.metric).lower()} {value}, {block.side} limit {limit} {way}, {verb} by {by} "
            f"at worst, in period {int(standing.period[worst])} (periods {periods})"
        )
        yield text.replace("\N{NO-BREAK SPACE}", " ")
    # What is left are rows that nobody stated as such, as those of items outside of funded builds.
    for name, side in sorted(names):
        yield f"{name}: the {side} limit of what funded builds leave to the other items"


def infeasible_words(broken: tuple[str, ...], holds: dict[str, bool | None]) -> str:
    """Why there are no targets, and what to do next.

    Parameters
    ----------
    broken : what the choice of options that needs the cheapest relaxation breaks.
    holds : by freer strategy, whether it has a plan that keeps the guardrails; None where it was not tried or not decided.
    """
    lines = ["No choice of options keeps all hard guardrails. The one that comes closest in money breaks:"]
    lines += [f"  {line}" for line in broken[:MOST_LISTED]]
    if len(broken) > MOST_LISTED:
        lines.append(f"  and {len(broken) - MOST_LISTED} more")
    held = [name for name, does in holds.items() if does]
    failed = [name for name, does in holds.items() if does is False]
    if held:
        words = {"band": "plan within a band of targets", "free": "free plan"}
        lines.append(
            f"A {words[held[0]]} does keep them: fixed rules are what is too coarse. Widen the menu (policy_options: lower "
            "safety_factor, shorter cover_periods), allow departures with --most-departures, or plan freely with `stockrail plan`."
        )
    elif failed and len(failed) == len(holds):
        lines.append("No other plan keeps them either.")
    else:
        lines.append(
            "Whether another plan keeps them is not known: `stockrail plan` tells, and what to change if none does."
        )
    return "\n".join(lines)
