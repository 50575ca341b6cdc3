"""Laws of segments: every item is in one that has costs of shortage, and the rules that form segments make sense."""

from collections import defaultdict
from collections.abc import Iterator

from stockrail.model.draft import Draft
from stockrail.model.problems import Problem
from stockrail.model.schema import Customer, CustomerShare, Item, Segment

MOST_LISTED = 5
"""Items that are named where there are many."""

SHARE_ROUNDING = 1e-6
"""How far rounded shares may add up beyond 1."""


def segments_have_costs(draft: Draft) -> Iterator[Problem]:
    """Every item's segment is a row of `segments`, be it given or formed by rules."""
    assert draft.settings is not None
    known = {row.segment for row in draft.all(Segment)}
    rules = draft.settings.segmentation
    if rules is None:
        yield from _given_segments(draft, known)
        return
    members: dict[str, list[str]] = defaultdict(list)
    for line, row in draft.each(Item):
        if row.fixed_segment and row.fixed_segment not in known:
            yield draft.problem(
                Item, line, "fixed_segment", row.fixed_segment, "a name in the table segments"
            )
        elif draft.has_segments and row.segment not in known:
            members[row.segment].append(row.item)
    for segment, items in sorted(members.items()):
        listed = ", ".join(items[:MOST_LISTED]) + (", ..." if len(items) > MOST_LISTED else "")
        count = "1 item" if len(items) == 1 else f"{len(items)} items"
        allowed = f"a row for {segment}, the segment that the rules of segmentation form of {count}: {listed}"
        yield draft.problem(Segment, None, "segment", None, allowed)


def _given_segments(draft: Draft, known: set[str]) -> Iterator[Problem]:
    rows = list(draft.each(Item))
    if rows and not any(row.segment for _, row in rows):
        allowed = "a name in the table segments for each item, or rules: a group segmentation in the settings, {} for the default ones"
        yield draft.problem(Item, None, "segment", None, allowed)
        return
    for line, row in rows:
        if row.segment not in known:
            yield draft.problem(Item, line, "segment", row.segment or None, "a name in the table segments")


def fixed_only_with_rules(draft: Draft) -> Iterator[Problem]:
    """A segment is fixed against rules; without rules `segment` itself gives it."""
    return _fixed_only_with_rules(draft, Item)


def fixed_customers_only_with_rules(draft: Draft) -> Iterator[Problem]:
    """The same for customers."""
    return _fixed_only_with_rules(draft, Customer)


def _fixed_only_with_rules(draft: Draft, model: type[Item] | type[Customer]) -> Iterator[Problem]:
    assert draft.settings is not None
    if draft.settings.segmentation is not None:
        return
    for line, row in draft.each(model):
        if row.fixed_segment:
            allowed = (
                "blank, as the settings have no group segmentation; without it the column segment gives it"
            )
            yield draft.problem(model, line, "fixed_segment", row.fixed_segment, allowed)


def life_cycle_in_order(draft: Draft) -> Iterator[Problem]:
    """An item ends after it is launched."""
    return _life_cycle_in_order(draft, Item)


def customer_life_cycle_in_order(draft: Draft) -> Iterator[Problem]:
    """A customer leaves after it came."""
    return _life_cycle_in_order(draft, Customer)


def _life_cycle_in_order(draft: Draft, model: type[Item] | type[Customer]) -> Iterator[Problem]:
    for line, row in draft.each(model):
        if row.launch_date is not None and row.end_date is not None and row.end_date <= row.launch_date:
            allowed = f"a day after the launch_date, {row.launch_date}, or blank"
            yield draft.problem(model, line, "end_date", row.end_date, allowed)


def thresholds_in_order(draft: Draft) -> Iterator[Problem]:
    """A comes before B, and X before Y."""
    assert draft.settings is not None
    rules = draft.settings.segmentation
    if rules is None:
        return
    for low, high in (("a_revenue_share", "b_revenue_share"), ("x_variation", "y_variation")):
        least, value = getattr(rules, low), getattr(rules, high)
        if value < least:
            yield draft.settings_problem(
                f"segmentation.{high}", f"{value:g}", f"a number >= {least:g}, the {low}"
            )


def criteria_once(draft: Draft) -> Iterator[Problem]:
    """A segment's name says something, and nothing twice."""
    assert draft.settings is not None
    rules = draft.settings.segmentation
    if rules is None:
        return
    for name in ("criteria", "customer_criteria", "own_segments"):
        listed = getattr(rules, name)
        if not listed and name != "own_segments":
            yield draft.settings_problem(f"segmentation.{name}", None, "at least one criterion")
        if len(set(listed)) < len(listed):
            value = ", ".join(listed)
            yield draft.settings_problem(f"segmentation.{name}", value, "each criterion once")


def customers_have_shares(draft: Draft) -> Iterator[Problem]:
    """Every customer buys something, be it a share of 0: a missing row is not zero."""
    buying = {row.customer for row in draft.all(CustomerShare)}
    for line, row in draft.each(Customer):
        if row.customer not in buying:
            allowed = "a customer with at least one row in customer_shares"
            yield draft.problem(Customer, line, "customer", row.customer, allowed)


def shares_within_demand(draft: Draft) -> Iterator[Problem]:
    """Customers together demand no more of an item than is demanded; less where some are not listed."""
    total: dict[str, float] = defaultdict(float)
    for row in draft.all(CustomerShare):
        total[row.item] += row.demand_share
    for item, share in total.items():
        if share > 1.0 + SHARE_ROUNDING:
            allowed = "shares of an item that add up to at most 1"
            value = f"{share:g} in all for {item}"
            yield draft.problem(CustomerShare, None, "demand_share", value, allowed)
