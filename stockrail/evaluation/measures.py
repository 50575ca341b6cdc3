"""What policies are compared in, path by path (docs/formulation.md, section 16)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stockrail.evaluation.capital import CapitalMeasure
from stockrail.model.instance import Array
from stockrail.simulation.books import PARTS
from stockrail.simulation.guardrails import breach_frame, breaches
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import Policy
from stockrail.simulation.world import World

MEASURES: dict[str, str] = {
    "margin": "margin",
    "margin_full_stock": "margin, stock left at full value",
    "fill_rate": "fill rate",
    "inventory_value": "mean inventory value",
    "capital": "working capital that is made equal",
    "expedite_spend": "expedite spend",
    "write_offs": "write-offs",
    "breached": "share of paths that breach a hard limit",
    "breach_depth": "largest excess, as a share of the limit",
    "nervousness": "share of announced units that changed",
}
"""Columns of `measures`, and what they are."""

MOST_CELLS = 20_000_000
"""Paths times items times periods that are simulated at once."""


@dataclass(frozen=True)
class Simulated:
    """What a policy did.

    Attributes
    ----------
    measures : one row per path, columns `MEASURES`; nervousness is NaN where nothing is planned again.
    breaches : one row for each side of a guardrail, see `stockrail.simulation.guardrails.breach_frame`.
    by_item : where there is one path only: margin and margin_full_stock of each item on it, money, without overtime.
    """

    measures: pd.DataFrame
    breaches: pd.DataFrame
    by_item: pd.DataFrame | None = None


def measures(outcome: Outcome, paths: DemandPaths, capital: CapitalMeasure) -> pd.DataFrame:
    """What a policy did on each path, columns `MEASURES`.

    `breached` is 1 where a hard guardrail that holds in every scenario is exceeded in any period; guardrails that hold on average, in a
    tail or by chance say nothing of one path and do not count.
    """
    depth = np.zeros(len(outcome))
    for breach in breaches(outcome, paths):
        if breach.is_hard and breach.holds == "every scenario":
            depth = np.maximum(depth, breach.depth)
    inventory = outcome.metric("inventory_value")
    return pd.DataFrame(
        {
            "margin": outcome.margin,
            "margin_full_stock": outcome.margin + _stock_discount(outcome),
            "fill_rate": outcome.fill_rate,
            "inventory_value": inventory.mean(axis=1),
            "capital": capital.of(outcome),
            "expedite_spend": outcome.metric("expedite_spend").sum(axis=1),
            "write_offs": outcome.metric("write_offs").sum(axis=1),
            "breached": (depth > 0).astype(np.float64),
            "breach_depth": depth,
            "nervousness": np.full(len(outcome), np.nan),
        },
        columns=list(MEASURES),
    )


def measured(outcome: Outcome, paths: DemandPaths, capital: CapitalMeasure) -> Simulated:
    """What a simulation is compared in; item by item, too, where it has one path."""
    by_item = item_margins(outcome) if len(paths) == 1 else None
    return Simulated(measures(outcome, paths, capital), breach_frame(breaches(outcome, paths)), by_item)


def simulate_measured(world: World, paths: DemandPaths, policy: Policy, capital: CapitalMeasure) -> Simulated:
    """Simulate, a part of the paths at a time so that memory does not grow with their number."""
    size = max(2, MOST_CELLS // (world.items * world.periods))
    if len(paths) <= size:
        return measured(simulate(world, paths, policy), paths, capital)
    parts = []
    for first in range(0, len(paths), size):
        some = paths.take(slice(first, first + size))
        parts.append((len(some), measured(simulate(world, some, policy), some, capital)))
    return Simulated(
        pd.concat([part.measures for _, part in parts], ignore_index=True),
        _together([(count, part.breaches) for count, part in parts]),
    )


def item_margins(outcome: Outcome) -> pd.DataFrame:
    """Margin of each item, mean over paths: columns margin, margin_full_stock; their sums are those of the paths before overtime."""
    world, parts, units = outcome.world, outcome.item_parts, outcome.item_units
    margin = np.asarray(sum((sign * parts[name] for name, sign in PARTS.items()), np.zeros(world.items)))
    # All that was ordered has arrived; what is negative are customers who wait, who have no stock beside them.
    net = (
        world.opening_stock
        + world.scheduled.sum(axis=1)
        + units["ordered"]
        + units["expedited"]
        - units["served"]
    )
    left = world.unit_value * np.maximum(net, 0.0)
    full = margin + world.discount[-1] * (1.0 - world.terminal_stock_share) * left
    return pd.DataFrame({"margin": margin, "margin_full_stock": full})


def _stock_discount(outcome: Outcome) -> Array:
    """What stock left at the end is worth more at its standard value than at the instance's share of it, discounted [paths].

    Nothing is in transit at the end, so inventory value is the stock on hand.
    """
    world = outcome.world
    left = outcome.metric("inventory_value")[:, -1]
    return np.asarray(world.discount[-1] * (1.0 - world.terminal_stock_share) * left)


def _together(limits: list[tuple[int, pd.DataFrame]]) -> pd.DataFrame:
    """One table of breaches for several parts of the paths."""
    count = sum(size for size, _ in limits)
    found = limits[0][1].copy()
    hit = np.array([size * frame["breached_share"].to_numpy() for size, frame in limits])
    depth = np.array([frame["mean_depth"].to_numpy() for _, frame in limits])
    found["breached_share"] = hit.sum(axis=0) / count
    found["mean_depth"] = np.divide(
        (hit * depth).sum(axis=0), hit.sum(axis=0), out=np.zeros(len(found)), where=hit.sum(axis=0) > 0
    )
    found["deepest"] = np.max([frame["deepest"].to_numpy() for _, frame in limits], axis=0)
    found["kept"] = np.all([frame["kept"].to_numpy() for _, frame in limits], axis=0)
    worst = np.argmax(hit, axis=0) if len(found) else np.zeros(0, dtype=int)
    found["most_breached_period"] = [
        int(limits[part][1]["most_breached_period"].iloc[row]) for row, part in enumerate(worst)
    ]
    return found
