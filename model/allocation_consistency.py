"""Laws of allocation rules: each row says clearly who and what it is for, and names segments that there are."""

from collections.abc import Iterator

from stockrail.model.draft import Draft
from stockrail.model.problems import Problem
from stockrail.model.schema import AllocationRule, Customer, Segment


def one_name_each(draft: Draft) -> Iterator[Problem]:
    """A row is for a customer or for a segment of them, for an item or for a segment of them."""
    for line, row in draft.each(AllocationRule):
        for name in ("customer", "item"):
            named, segment = getattr(row, name), getattr(row, f"{name}_segment")
            if named and segment:
                allowed = f"blank, as the row names the {name} {named}"
                yield draft.problem(AllocationRule, line, f"{name}_segment", segment, allowed)


def known_item_segments(draft: Draft) -> Iterator[Problem]:
    """Segments of items are rows of `segments`."""
    known = {row.segment for row in draft.all(Segment)}
    for line, row in draft.each(AllocationRule):
        if row.item_segment and row.item_segment not in known:
            allowed = "a name in the table segments, or blank"
            yield draft.problem(AllocationRule, line, "item_segment", row.item_segment, allowed)


def known_customer_segments(draft: Draft) -> Iterator[Problem]:
    """Segments of customers are those that `customers` gives; where rules form them, any name may come."""
    assert draft.settings is not None
    if draft.settings.segmentation is not None:
        return
    known = {row.segment for row in draft.all(Customer)} - {""}
    listed = ", ".join(sorted(known)) or "there are none"
    for line, row in draft.each(AllocationRule):
        if row.customer_segment and row.customer_segment not in known:
            allowed = f"a segment of the table customers ({listed}), or blank"
            yield draft.problem(AllocationRule, line, "customer_segment", row.customer_segment, allowed)
