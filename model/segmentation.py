"""Segments of items by rules: revenue (ABC), variability (XYZ), margin, strategic flag and life cycle.

Formulas and their names: docs/formulation.md, section 13. Everything here is a pure function of an instance.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Customer, Item
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.schema_values import Criterion

Basis = Literal["rules", "strategic", "new", "ending", "fixed", "given"]
"""What put an item in its segment: the rules' classes, one of `own_segments`, `fixed_segment`, or `segment` where there are no rules."""

CLASSES: dict[Criterion, tuple[str, ...]] = {
    "abc": ("A", "B", "C"),
    "xyz": ("X", "Y", "Z"),
    "margin": ("low", "high"),
    "strategic": ("strategic", "standard"),
    "life_cycle": ("new", "active", "ending"),
}
"""Classes of each criterion; of those with thresholds in the order of rising numbers."""

NUMBERS: dict[Criterion, str] = {
    "abc": "revenue_share_before",
    "xyz": "variation",
    "margin": "margin_rate",
}
"""The number that a criterion with thresholds compares with them."""

ROUNDING = 1e-9
"""A number this close below a threshold has reached it, so that rounding, say in another currency, moves nothing."""


def thresholds(rules: SegmentationRules, criterion: Criterion) -> tuple[float, ...]:
    """The thresholds of a criterion, rising; from each on the next class of `CLASSES` begins. None for flags."""
    match criterion:
        case "abc":
            return rules.a_revenue_share, rules.b_revenue_share
        case "xyz":
            return rules.x_variation, rules.y_variation
        case "margin":
            return (rules.high_margin_rate,)
    return ()


@dataclass(frozen=True)
class Segmentation:
    """Every item's segment with the numbers that decided it.

    Attributes
    ----------
    revenue : [items]
        Expected revenue of all demand over the horizon, in money.
    revenue_share_before : [items]
        Share of all revenue that items with more revenue make, 0 to 1; 1 where the item has none.
    variation : [items]
        Standard deviation of one period's demand over its mean; NaN where there is no demand.
    margin_rate : [items]
        `(unit_price - unit_value) / unit_price`; NaN where the price is 0.
    classes : [items] by criterion
        All criteria, also those that are not part of the segment's name.
    held : [items] by criterion
        Whether only `hysteresis` kept the item in its class.
    by_rules : [items]
        The segment that the rules alone form.
    segment : [items]
        The segment the item is in.
    basis : [items]
        What put it there.
    """

    rules: SegmentationRules
    revenue: Array
    revenue_share_before: Array
    variation: Array
    margin_rate: Array
    classes: dict[Criterion, tuple[str, ...]]
    held: dict[Criterion, NDArray[np.bool_]]
    by_rules: tuple[str, ...]
    segment: tuple[str, ...]
    basis: tuple[Basis, ...]


def segmentation(instance: Instance) -> Segmentation:
    """Form the segments of an instance by its rules; without rules, say what the default ones would form.

    `segment` of an item is its current one: with `hysteresis` the item keeps the classes named there until its numbers
    are beyond a threshold by that much. Of an instance that was loaded, the answer is the segments it has.
    """
    rules = instance.settings.segmentation or SegmentationRules()
    revenue, variation = demand_facts(instance)
    shares, margin_rate = share_before(revenue), margin_rates(instance)
    numbers: dict[Criterion, Array] = {"abc": shares, "xyz": variation, "margin": margin_rate}
    formed = form(instance, rules, rules.criteria, instance.items, numbers)
    return Segmentation(rules, revenue, shares, variation, margin_rate, **vars(formed))


@dataclass(frozen=True)
class Formed:
    """Classes and segments of items or customers; attributes as in `Segmentation`."""

    classes: dict[Criterion, tuple[str, ...]]
    held: dict[Criterion, NDArray[np.bool_]]
    by_rules: tuple[str, ...]
    segment: tuple[str, ...]
    basis: tuple[Basis, ...]


def form(
    instance: Instance,
    rules: SegmentationRules,
    criteria: Sequence[Criterion],
    rows: Sequence[Item] | Sequence[Customer],
    numbers: Mapping[Criterion, Array],
) -> Formed:
    """Form the segments of rows by the numbers of each criterion with thresholds [rows] and by their flags."""
    names = segment_names(criteria)
    current = [dict(zip(criteria, names.get(row.segment, ()), strict=False)) for row in rows]
    classes: dict[Criterion, tuple[str, ...]] = {}
    held: dict[Criterion, NDArray[np.bool_]] = {}
    for criterion, values in numbers.items():
        fresh = [class_of(rules, criterion, float(value)) for value in values]
        kept = [
            class_of(rules, criterion, float(value), known.get(criterion))
            for value, known in zip(values, current, strict=True)
        ]
        classes[criterion] = tuple(kept)
        held[criterion] = np.array([one != other for one, other in zip(fresh, kept, strict=True)], dtype=bool)
    classes["strategic"] = tuple("strategic" if row.is_strategic == "yes" else "standard" for row in rows)
    start = instance.settings.start
    classes["life_cycle"] = tuple(life_cycle(row, rules, start) for row in rows)
    by_rules = [_by_rules(rules, criteria, classes, k) for k in range(len(rows))]
    final = [_final(instance, rows[k], *by_rules[k]) for k in range(len(rows))]
    return Formed(
        classes=classes,
        held=held,
        by_rules=tuple(name for name, _ in by_rules),
        segment=tuple(name for name, _ in final),
        basis=tuple(basis for _, basis in final),
    )


def with_segments(instance: Instance) -> Instance:
    """The instance with every item in the segment that its rules form. Without rules it stays as it is."""
    if instance.settings.segmentation is None:
        return instance
    found = segmentation(instance).segment
    items = (
        row.model_copy(update={"segment": name}) for row, name in zip(instance.items, found, strict=True)
    )
    return replace(instance, items=tuple(items))


def class_of(
    rules: SegmentationRules, criterion: Criterion, number: float, current: str | None = None
) -> str:
    """The class of a number by the thresholds of a criterion.

    Parameters
    ----------
    number : value of `NUMBERS[criterion]`. What is not a number is in the class that no number vouches for: Z, low.
    current : class so far, which is kept while the number is within `hysteresis` of its bounds. None is none.
    """
    names, limits = CLASSES[criterion], thresholds(rules, criterion)
    if np.isnan(number):
        return "low" if criterion == "margin" else names[-1]
    number += ROUNDING
    if criterion == "abc":
        # Whoever sells nothing is C; up to the last item that sells, the share before it is less than everything.
        if number >= 1.0 + ROUNDING:
            return names[-1]
        limits = tuple(np.inf if limit >= 1.0 else limit for limit in limits)
    if current in names:
        k = names.index(current)
        is_above = k == 0 or number >= limits[k - 1] - rules.hysteresis
        is_below = k == len(limits) or number < limits[k] + rules.hysteresis
        if is_above and is_below:
            return current
    return names[bisect_right(limits, number)]


def life_cycle(row: Item | Customer, rules: SegmentationRules, start: dt.date) -> str:
    """Where an item or a customer is in its life on the first day of the horizon: "ending" comes before "new"."""
    if row.end_date is not None and (row.end_date - start).days <= rules.ending_days:
        return "ending"
    if row.launch_date is not None and (start - row.launch_date).days < rules.new_days:
        return "new"
    return "active"


def segment_names(criteria: Sequence[Criterion]) -> dict[str, tuple[str, ...]]:
    """Every name that criteria can form, with its classes in their order."""
    return {"-".join(parts): parts for parts in product(*(CLASSES[name] for name in criteria))}


def demand_facts(instance: Instance) -> tuple[Array, Array]:
    """Revenue and variation of each item [items] (docs/formulation.md, section 13)."""
    tree = build_tree(instance)
    price = instance.item_column("unit_price")
    revenue = price * (tree.demand @ (tree.probability * tree.price_factor))
    in_period = (np.arange(tree.periods)[:, None] == tree.period) * tree.probability
    mean = tree.demand @ in_period.T
    from_mean = tree.demand - mean[:, tree.period]
    variance = (from_mean**2) @ in_period.T + instance.sigma**2
    total = mean.mean(axis=1)
    deviation = np.sqrt(variance.mean(axis=1))
    variation = np.divide(deviation, total, out=np.full(len(total), np.nan), where=total > 0)
    return np.asarray(revenue, dtype=np.float64), variation


def share_before(revenue: Array) -> Array:
    """Share of all revenue of those that have more of it, for each; equal ones do not come before one another."""
    total = float(revenue.sum())
    if total <= 0:
        return np.ones(len(revenue))
    order = np.argsort(-revenue, kind="stable")
    ranked = revenue[order]
    before = np.concatenate([[0.0], np.cumsum(ranked)[:-1]])
    for k in range(1, len(ranked)):
        if ranked[k] >= ranked[k - 1] * (1.0 - ROUNDING):
            before[k] = before[k - 1]
    shares = np.empty(len(revenue))
    shares[order] = before / total
    return np.where(revenue > 0, np.minimum(shares, 1.0 - 1e-12), 1.0)


def margin_rates(instance: Instance) -> Array:
    """Margin over the landed cost as a share of the price [items], NaN where there is no price."""
    price = instance.item_column("unit_price")
    landed = instance.landed_rate
    margin = price - instance.item_column("unit_cost") * landed
    rate: Array = np.divide(margin, price, out=np.full(len(price), np.nan), where=price > 0)
    return rate


def _by_rules(
    rules: SegmentationRules,
    criteria: Sequence[Criterion],
    classes: Mapping[Criterion, Sequence[str]],
    k: int,
) -> tuple[str, Basis]:
    states = {classes["strategic"][k], classes["life_cycle"][k]}
    for own in rules.own_segments:
        if own in states:
            return own, own
    return "-".join(classes[name][k] for name in criteria), "rules"


def _final(instance: Instance, row: Item | Customer, by_rules: str, basis: Basis) -> tuple[str, Basis]:
    if instance.settings.segmentation is None:
        return row.segment, "given"
    return (row.fixed_segment, "fixed") if row.fixed_segment else (by_rules, basis)
