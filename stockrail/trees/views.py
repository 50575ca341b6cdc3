"""Commit, most likely and stretch: three readings of one tree, and a top-down target against it.

Definitions are in docs/formulation.md, section 11.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr

from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Guardrail
from stockrail.model.tables import cumulate
from stockrail.model.tree import IntArray, ScenarioTree

COMMIT, MOST_LIKELY, STRETCH = 0.2, 0.5, 0.8
"""Probabilities of less: a commit is missed in one of five cases, a stretch reached in one of five."""

TARGET = "finance-target"
"""Name of the guardrail that a target becomes."""

HALVINGS = 60
"""Steps of bisection: enough for the last digit of a double."""


def views(
    instance: Instance,
    *,
    commit: float = COMMIT,
    stretch: float = STRETCH,
    target: float | None = None,
) -> pd.DataFrame:
    """Read demand and revenue off the instance's tree.

    Parameters
    ----------
    commit, stretch : probabilities that there is less demand, 0 < commit < 0.5 < stretch < 1.
    target : revenue at unit prices that finance wants over the horizon, in money. It is broken down in proportion to what is
        expected.

    Returns
    -------
    One row for all items and each segment, in each period and over the horizon (period blank), for units and revenue: segment
    ("all" for all items), period, measure, mean, commit, most_likely (the median), stretch, and with a target also target,
    gap (target less most likely) and chance (probability that there is at least the target). Percentiles of parts do not add
    up to those of the whole, as not all parts are low at once; means do.

    Raises
    ------
    ValueError
        If a probability or the target is not allowed.
    """
    if not 0.0 < commit < MOST_LIKELY < stretch < 1.0:
        raise ValueError(
            f"Expected 0 < commit < 0.5 < stretch < 1, got commit {commit:g} and stretch {stretch:g}."
        )
    tree = build_tree(instance)
    price = instance.item_column("unit_price")[:, None] * tree.price_factor
    factor = None if target is None else target_factor(instance, target)
    rows = []
    for name, members in _parts(instance):
        for measure, weight in (("units", np.ones_like(price)), ("revenue", price)):
            value = (weight * tree.demand)[members].sum(axis=0)
            variance = ((weight * instance.sigma[:, tree.period]) ** 2)[members].sum(axis=0)
            for period, at, spread, probability in _moments(tree, value, variance):
                mean = float(at @ probability)
                low, middle, high = quantiles(at, spread, probability, (commit, MOST_LIKELY, stretch))
                row: dict[str, object] = {"segment": name, "period": period, "measure": measure, "mean": mean}
                row |= {"commit": low, "most_likely": middle, "stretch": high}
                if factor is not None:
                    wanted = factor * mean
                    chance = 1.0 - _probability_below(wanted, at, spread, probability)
                    row |= {"target": wanted, "gap": wanted - middle, "chance": chance}
                rows.append(row)
    frame = pd.DataFrame(rows)
    frame["period"] = frame["period"].astype("Int64")
    return frame


def target_factor(instance: Instance, target: float) -> float:
    """What demand has to be multiplied with for the expected revenue over the horizon to be the target.

    Raises
    ------
    ValueError
        If the target is not positive, or no revenue is expected.
    """
    tree = build_tree(instance)
    expected = float(
        (instance.item_column("unit_price") @ tree.demand * tree.price_factor) @ tree.probability
    )
    if not (np.isfinite(target) and target > 0):
        raise ValueError(f"Expected a positive target, got {target:g}.")
    if expected <= 0:
        raise ValueError("The instance expects no revenue, so there is nothing that a target could scale.")
    return target / expected


def scaled_to_target(instance: Instance, target: float) -> Instance:
    """The target as a scenario: the same tree with all demand, and its error, scaled to the target."""
    factor = target_factor(instance, target)
    return replace(
        instance,
        mean_demand=instance.mean_demand * factor,
        sigma=instance.sigma * factor,
        scenario_demand=tuple(
            row.model_copy(update={"units": row.units * factor}) for row in instance.scenario_demand
        ),
        source=None,
    )


def constrained_to_target(instance: Instance, target: float) -> Instance:
    """The target as a constraint: a soft guardrail that the units to serve are expected to be worth it.

    Units are those of the target at the mean price of demand; each one less costs that price. A target beyond demand is then
    missed as little as possible, and the report says by how much.

    Raises
    ------
    ValueError
        If there is a guardrail of this name already, or the target is not allowed.
    """
    if any(row.guardrail == TARGET for row in instance.guardrails):
        raise ValueError(f"The instance has a guardrail {TARGET} already.")
    tree = build_tree(instance)
    units = float(tree.demand.sum(axis=0) @ tree.probability) * target_factor(instance, target)
    row = Guardrail(
        guardrail=TARGET,
        metric="served_units",
        scope="all",
        first_period=0,
        last_period=instance.settings.periods - 1,
        lower=round(units, 3),
        upper=None,
        holds="expected",
        measured="total",
        soft_price=max(target / units, 1e-9),
        owner="finance",
    )
    return replace(instance, guardrails=(*instance.guardrails, row), source=None)


def quantiles(values: Array, sd: Array, probability: Array, levels: Sequence[float]) -> list[float]:
    """Quantiles of a mixture of normal variables, not below 0.

    Without any error they are those of the values themselves: the smallest one that at least the level lies at or below.
    """
    if not sd.any():
        order = np.argsort(values, kind="stable")
        total = np.cumsum(probability[order])
        return [
            float(values[order[min(int(np.searchsorted(total, level - 1e-12)), len(order) - 1)]])
            for level in levels
        ]
    found = []
    for level in levels:
        low, high = float((values - 10 * sd).min()), float((values + 10 * sd).max())
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if _probability_below(middle, values, sd, probability) < level:
                low = middle
            else:
                high = middle
        found.append(max(0.5 * (low + high), 0.0))
    return found


def _probability_below(amount: float, values: Array, sd: Array, probability: Array) -> float:
    exact = (values < amount - 1e-9 * max(abs(amount), 1.0)).astype(np.float64)
    z = np.divide(amount - values, sd, out=np.zeros_like(values), where=sd > 0)
    return float(np.where(sd > 0, ndtr(z), exact) @ probability)


def _parts(instance: Instance) -> list[tuple[str, IntArray]]:
    everything = [("all", np.arange(len(instance.items)))]
    return everything + [
        (row.segment, members)
        for k, row in enumerate(instance.segments)
        if len(members := np.flatnonzero(instance.item_segment == k))
    ]


def _moments(
    tree: ScenarioTree, value: Array, variance: Array
) -> list[tuple[int | None, Array, Array, Array]]:
    """Values, standard deviations and probabilities of each period's nodes, and of the horizon (None)."""
    found: list[tuple[int | None, Array, Array, Array]] = []
    for t in range(tree.periods):
        nodes = np.flatnonzero(tree.period == t)
        found.append((t, value[nodes], np.sqrt(variance[nodes]), tree.probability[nodes]))
    total = cumulate(tree, np.vstack([value, variance]))[:, tree.leaves]
    found.append((None, total[0], np.sqrt(total[1]), tree.probability[tree.leaves]))
    return found
