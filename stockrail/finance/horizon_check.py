"""Does the end of the horizon decide what to buy now? The same plan without terminal value, and with a longer horizon.

Definitions are in docs/formulation.md, section 8.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from stockrail.comparisons.plan_comparison import ProvenPlan, comparable
from stockrail.finance.longer_horizon import longer
from stockrail.formats import percent
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers import solve
from stockrail.solvers.result import InfeasibleError, SolveOptions, relative_gap

WARN_ABOVE = 0.1
"""Share of first-period buys that may change before it is worth a warning."""

LEAST_ADDED_PERIODS = 4
"""Periods that a longer horizon has more, at least; and at least the longest lead time and one."""

MOST_ITEMS = 10
"""Items named for each variant."""

CENT = 0.005
"""Amounts of money below this are nothing."""

NO_TERMINAL_VALUE, LONGER, CONTROL = "without terminal value", "longer horizon", "another seed"

ITEM_COLUMNS = ("variant", "item", "segment", "value", "value_in_variant", "difference")

NAN = float("nan")


@dataclass(frozen=True)
class HorizonVariant:
    """First-period buys of the plan against those of one variant, in money; NaN where the variant has no plan.

    Attributes
    ----------
    variant : "without terminal value", "longer horizon", or "another seed": the plan's own problem solved again, which shows
        how much first-period buys differ between plans that are equally good within the gap.
    added_periods : by how much the horizon is longer.
    value, value_in_variant : of all first-period buys.
    changed_value : sum over items of the absolute difference.
    changed_share : that over `value`; infinite where the plan buys nothing and the variant does.
    gap : relative gap of the variant.
    is_warning : the share is above the one to warn from, and above that of the control; never for the control.
    sentence : all that in words.
    """

    variant: str
    added_periods: int
    value: float
    value_in_variant: float
    changed_value: float
    changed_share: float
    gap: float
    is_warning: bool
    sentence: str


def horizon_check(
    plan: ProvenPlan, options: SolveOptions, *, solver: str = "auto", warn_above: float = WARN_ABOVE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare first-period buys with those of a second solve, without terminal value, and with a longer horizon.

    Parameters
    ----------
    options : of each of the three solves, which ask for the gap of the plan where that is smaller.
    warn_above : share of the value of first-period buys that may change without a warning.

    Returns
    -------
    The variants, one column per attribute of `HorizonVariant`; and the items that change most, up to ten a variant: variant,
    item, segment, value, value_in_variant, difference.
    """
    instance = plan.ledger.tables.instance
    value = first_buys(plan.ledger)
    added = added_periods(instance)
    no_terminal_value = instance.settings.model_copy(update={"terminal_stock_share": 0.0})
    options = comparable(options, plan)
    # The control comes first: what it changes by chance is no news in the others.
    variants = (
        (CONTROL, 0, instance, replace(options, seed=options.seed + 1)),
        (NO_TERMINAL_VALUE, 0, replace(instance, settings=no_terminal_value), options),
        (LONGER, added, longer(instance, added), options),
    )
    by_chance = 0.0
    rows, items = [], [pd.DataFrame(columns=list(ITEM_COLUMNS))]
    for name, periods, changed, at_variant in variants:
        tables = Tables.build(changed, build_tree(changed))
        try:
            _, result = solve(tables, at_variant, solver)
        except InfeasibleError:
            rows.append(_without_plan(name, periods, value, "no plan keeps the guardrails there"))
            continue
        if result.cumulative_lots is None:
            rows.append(_without_plan(name, periods, value, "no plan was found in time"))
            continue
        other = first_buys(Ledger(tables, result.cumulative_lots))
        gap = relative_gap(result.objective, result.bound)
        items.append(_items(instance, name, value, other))
        most = list(items[-1]["item"])
        rows.append(_compare(name, periods, value, other, gap, warn_above, by_chance, most))
        if name == CONTROL:
            by_chance = rows[-1].changed_share
    found = [frame for frame in items if len(frame)]
    return (
        pd.DataFrame(rows, columns=[part.name for part in fields(HorizonVariant)]),
        pd.concat(found, ignore_index=True) if found else items[0],
    )


def added_periods(instance: Instance) -> int:
    """Periods that the longer horizon has more: enough for an order placed at the old end to arrive and sell."""
    return max(LEAST_ADDED_PERIODS, max(row.lead_time_periods for row in instance.items) + 1)


def first_buys(ledger: Ledger) -> Array:
    """Value of what is ordered now, by item [items]."""
    return np.asarray(ledger.line("ordered_value")[:, 0])


def _compare(
    name: str,
    added: int,
    value: Array,
    other: Array,
    gap: float,
    warn_above: float,
    by_chance: float,
    most: list[str],
) -> HorizonVariant:
    changed = float(np.abs(other - value).sum())
    total = float(value.sum())
    share = changed / total if total > 0 else (np.inf if changed >= CENT else 0.0)
    is_large = name != CONTROL and share > warn_above
    is_warning = is_large and share > by_chance
    how = "first-period buys from nothing"
    if np.isfinite(share):
        how = f"{percent(share)} of the value of first-period buys"
    title = f"{name} by {added} periods" if added else name
    sentence = f"{title}: changes {how}"
    if name == CONTROL:
        sentence += "; plans that are equally good within the gap differ by so much"
    elif is_warning:
        sentence += f", more than {percent(warn_above, 0)}: the end of the horizon decides what is bought now"
    elif is_large:
        sentence += ", no more than another seed does, so it may be chance"
    if most and share > 0:
        sentence += f"; most: {', '.join(most[:3])}"
    return HorizonVariant(
        name, added, total, float(other.sum()), changed, share, gap, is_warning, f"{sentence}."
    )


def _without_plan(name: str, added: int, value: Array, why: str) -> HorizonVariant:
    return HorizonVariant(
        name,
        added,
        float(value.sum()),
        NAN,
        NAN,
        NAN,
        NAN,
        False,
        f"{name}: {why}, so nothing can be compared.",
    )


def _items(instance: Instance, name: str, value: Array, other: Array) -> pd.DataFrame:
    difference = other - value
    order = np.argsort(-np.abs(difference), kind="stable")[:MOST_ITEMS]
    order = order[np.abs(difference[order]) >= CENT]
    return pd.DataFrame(
        {
            "variant": name,
            "item": [instance.items[i].item for i in order],
            "segment": [instance.items[i].segment for i in order],
            "value": value[order],
            "value_in_variant": other[order],
            "difference": difference[order],
        },
        columns=list(ITEM_COLUMNS),
    )
