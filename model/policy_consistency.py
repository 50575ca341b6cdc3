"""Laws of policies: every segment has an option to choose."""

from collections.abc import Iterator

from stockrail.model.draft import Draft
from stockrail.model.problems import Problem
from stockrail.model.schema import Item, PolicyOption, Segment


def segments_have_options(draft: Draft) -> Iterator[Problem]:
    """Where there is a menu, it has an option for every segment that has items."""
    options = draft.all(PolicyOption)
    # Items of segments that do not exist, or are not formed yet, are a problem of their own.
    if not options or not draft.has_segments or any(not row.segment for row in options):
        return
    used = {row.segment for row in draft.all(Item)}
    served = {row.segment for row in options}
    for row in draft.all(Segment):
        if row.segment in used - served:
            allowed = f"a row for segment {row.segment}, which has items, or with a blank segment, for every segment"
            yield draft.problem(PolicyOption, None, "segment", None, allowed)
