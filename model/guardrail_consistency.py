"""Laws of guardrails, and of the limits that replace theirs in single periods (docs/formulation.md, section 7)."""

import math
from collections.abc import Iterator

import numpy as np

from stockrail.model.dates import quarter_ends
from stockrail.model.draft import Draft
from stockrail.model.guardrail_blocks import CAPACITY, MARGIN_TAIL, WAREHOUSE
from stockrail.model.metrics import METRICS, metric_names
from stockrail.model.problems import Problem
from stockrail.model.schema import Guardrail, GuardrailLimit, Item, Supplier, Warehouse

RESERVED_PREFIXES = (CAPACITY, WAREHOUSE, f"{MARGIN_TAIL.partition(':')[0]}:")
"""What names of guardrails may not begin with: those that Stockrail adds by itself do."""

RATIO_RANGES = {
    "days_of_supply": (0.0, math.inf),
    "fill_rate": (0.0, 1.0),
    "on_time_in_full": (0.0, 1.0),
    "turns": (0.0, math.inf),
    "cash_conversion_cycle": (-math.inf, math.inf),
}
"""Metrics that are ratios, with the least and the largest value each can have."""


def is_path_sum(row: Guardrail) -> bool:
    """Whether it limits one amount for all its periods together, so that no period has a limit of its own."""
    return row.measured in {"average", "total"}


def guardrails_by_name(draft: Draft) -> dict[str, Guardrail]:
    """Guardrails by name; of several with one name, which is a problem of its own, the first."""
    return {row.guardrail: row for row in reversed(draft.all(Guardrail))}


def limits_in_order(draft: Draft) -> Iterator[Problem]:
    """A guardrail has a limit, its lower one is not above its upper one, its periods are in order."""
    for line, row in draft.each(Guardrail):
        if row.lower is None and row.upper is None:
            yield draft.problem(Guardrail, line, "upper", None, "a number here or in lower")
        if row.lower is not None and row.upper is not None and row.lower > row.upper:
            yield draft.problem(
                Guardrail, line, "lower", f"{row.lower:g}", f"a number <= upper, {row.upper:g}"
            )
        if row.first_period > row.last_period:
            allowed = f"a period <= last_period, {row.last_period}"
            yield draft.problem(Guardrail, line, "first_period", row.first_period, allowed)


def known_metrics(draft: Draft) -> Iterator[Problem]:
    """A guardrail limits a metric that exists."""
    for line, row in draft.each(Guardrail):
        if row.metric not in METRICS:
            yield draft.problem(Guardrail, line, "metric", row.metric, f"one of: {', '.join(metric_names())}")


def free_names(draft: Draft) -> Iterator[Problem]:
    """A guardrail's name cannot be taken for one of those that Stockrail adds by itself."""
    for line, row in draft.each(Guardrail):
        if row.guardrail.startswith(RESERVED_PREFIXES):
            allowed = f"a name that does not begin with any of {', '.join(RESERVED_PREFIXES)}"
            yield draft.problem(Guardrail, line, "guardrail", row.guardrail, allowed)


def scopes_with_items(draft: Draft) -> Iterator[Problem]:
    """A guardrail's scope contains at least one item."""
    for line, row in draft.each(Guardrail):
        allowed = scope_allows(draft, row.scope, row.scope_value)
        if allowed is not None:
            yield draft.problem(Guardrail, line, "scope_value", row.scope_value or None, allowed)


def scope_allows(draft: Draft, scope: str, value: str) -> str | None:
    """What the value of a scope may be, or None where it is right."""
    if scope == "all":
        return "blank, as the scope is all" if value else None
    if scope == "segment" and not draft.has_segments:
        return None
    if any(getattr(row, scope) == value for row in draft.all(Item)):
        return None
    return f"a value of the column {scope} in the table items"


def shared_metric_scopes(draft: Draft) -> Iterator[Problem]:
    """A metric that belongs to no item is there for one supplier or for the whole instance, not for some items."""
    for line, row in draft.each(Guardrail):
        is_shared = row.metric in METRICS and METRICS[row.metric].is_shared
        if is_shared and row.scope not in {"all", "supplier"}:
            allowed = f"all or supplier, as {row.metric} belongs to no single item"
            yield draft.problem(Guardrail, line, "scope", row.scope, allowed)


def alpha_where_it_counts(draft: Draft) -> Iterator[Problem]:
    """`alpha` says how `cvar` and `chance` are meant, and nothing elsewhere."""
    for line, row in draft.each(Guardrail):
        if row.holds in {"cvar", "chance"}:
            if row.alpha is None:
                allowed = f"a number >= 0 and < 1, as holds is {row.holds}"
                yield draft.problem(Guardrail, line, "alpha", None, allowed)
        elif row.alpha is not None:
            allowed = f"blank, as holds is {row.holds}"
            yield draft.problem(Guardrail, line, "alpha", f"{row.alpha:g}", allowed)


def ratios_in_range(draft: Draft) -> Iterator[Problem]:
    """A limit on a ratio is a value that the ratio can have."""
    for line, row in draft.each(Guardrail):
        yield from _out_of_range(draft, line, row, row.metric)


def _out_of_range(draft: Draft, line: int, row: Guardrail | GuardrailLimit, metric: str) -> Iterator[Problem]:
    least, largest = RATIO_RANGES.get(metric, (-math.inf, math.inf))
    for column, limit in (("lower", row.lower), ("upper", row.upper)):
        if limit is not None and not least <= limit <= largest:
            words = f"a number >= {least:g}" + (f" and <= {largest:g}" if largest < math.inf else "")
            allowed = f"{words}, as {metric} is never anything else"
            yield draft.problem(type(row), line, column, f"{limit:g}", allowed)


def quarters_end_within(draft: Draft) -> Iterator[Problem]:
    """A guardrail that holds at quarter ends has one among its periods; else it would limit nothing."""
    assert draft.settings is not None
    ends = [int(t) for t in np.flatnonzero(quarter_ends(draft.settings))]
    for line, row in draft.each(Guardrail):
        is_in_order = row.first_period <= row.last_period
        if row.measured == "quarter ends" and is_in_order:
            if any(row.first_period <= t <= row.last_period for t in ends):
                continue
            listed = ", ".join(map(str, ends[:10])) + (" and so on" if len(ends) > 10 else "")
            where = f"periods {listed}" if ends else "no period of the horizon"
            allowed = (
                f"something else, or other periods than {row.first_period} to {row.last_period}: "
                f"fiscal quarters end in {where}"
            )
            yield draft.problem(Guardrail, line, "measured", row.measured, allowed)


def limited_guardrails(draft: Draft) -> Iterator[Problem]:
    """Limits of single periods are those of a guardrail with limits by period, or of a capacity."""
    guardrails = guardrails_by_name(draft)
    capacities = {
        *(f"{CAPACITY}{s.supplier}" for s in draft.all(Supplier) if s.capacity_units_per_period is not None),
        *(f"{WAREHOUSE}{warehouse.warehouse}" for warehouse in draft.all(Warehouse)),
    }
    for line, row in draft.each(GuardrailLimit):
        guardrail = guardrails.get(row.guardrail)
        if guardrail is None and row.guardrail not in capacities:
            allowed = (
                f"a name in the table guardrails, {CAPACITY} and a supplier that has a capacity, "
                f"or {WAREHOUSE} and a warehouse"
            )
            yield draft.problem(GuardrailLimit, line, "guardrail", row.guardrail, allowed)
        elif guardrail is not None and is_path_sum(guardrail):
            allowed = f"a guardrail by period; this one limits the {guardrail.measured} over its periods"
            yield draft.problem(GuardrailLimit, line, "guardrail", row.guardrail, allowed)


def period_limits(draft: Draft) -> Iterator[Problem]:
    """A limit of one period lies in its guardrail's periods, and its lower limit there is not above the upper one."""
    assert draft.settings is not None
    guardrails = guardrails_by_name(draft)
    for line, row in draft.each(GuardrailLimit):
        if row.lower is None and row.upper is None:
            yield draft.problem(GuardrailLimit, line, "upper", None, "a number here or in lower")
        if row.guardrail not in guardrails:
            continue
        guardrail = guardrails[row.guardrail]
        yield from _out_of_range(draft, line, row, guardrail.metric)
        first, last = guardrail.first_period, guardrail.last_period
        # A period beyond the horizon, and periods that are not in order, are problems of their own.
        if row.period < draft.settings.periods and first <= last and not first <= row.period <= last:
            allowed = f"a period of the guardrail, {first} to {last}"
            yield draft.problem(GuardrailLimit, line, "period", row.period, allowed)
        lower = guardrail.lower if row.lower is None else row.lower
        upper = guardrail.upper if row.upper is None else row.upper
        if lower is not None and upper is not None and lower > upper:
            if row.lower is not None:
                allowed = f"a number <= the upper limit in this period, {upper:g}"
                yield draft.problem(GuardrailLimit, line, "lower", f"{lower:g}", allowed)
            elif row.upper is not None:
                allowed = f"a number >= the lower limit of the guardrail, {lower:g}"
                yield draft.problem(GuardrailLimit, line, "upper", f"{upper:g}", allowed)


def capacity_limits(draft: Draft) -> Iterator[Problem]:
    """A capacity of a supplier or a warehouse is an upper limit, at least 0."""
    for line, row in draft.each(GuardrailLimit):
        if not row.guardrail.startswith((CAPACITY, WAREHOUSE)):
            continue
        if row.lower is not None:
            allowed = "blank, as a capacity is an upper limit only"
            yield draft.problem(GuardrailLimit, line, "lower", f"{row.lower:g}", allowed)
        if row.upper is not None and row.upper < 0:
            allowed = "a number >= 0, as it is a capacity"
            yield draft.problem(GuardrailLimit, line, "upper", f"{row.upper:g}", allowed)
