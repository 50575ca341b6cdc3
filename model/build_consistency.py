"""Laws of funded builds: room above a guardrail's upper limit (docs/formulation.md, section 7)."""

from collections import defaultdict
from collections.abc import Iterator

from stockrail.model.dates import first_day, period_of
from stockrail.model.draft import Draft
from stockrail.model.guardrail_consistency import RATIO_RANGES, guardrails_by_name, is_path_sum, scope_allows
from stockrail.model.metrics import METRICS
from stockrail.model.problems import Problem
from stockrail.model.schema import FundedBuild, Guardrail, Item
from stockrail.model.schema_settings import Settings

MOST_BUILDS = 4
"""Builds of one guardrail with room in the same period; every set of them is a limit of its own, 15 sets for 4."""


def builds_have_a_limit_to_raise(draft: Draft) -> Iterator[Problem]:
    """A build adds room to the upper limit that a guardrail puts on an amount of its items, period by period."""
    guardrails = guardrails_by_name(draft)
    for line, row in draft.each(FundedBuild):
        allowed = _unfit(guardrails[row.guardrail]) if row.guardrail in guardrails else None
        if allowed is not None:
            yield draft.problem(FundedBuild, line, "guardrail", row.guardrail, allowed)


def _unfit(guardrail: Guardrail) -> str | None:
    """Which guardrail a build may have in place of this one, or None where this one will do."""
    if guardrail.upper is None:
        return "a guardrail with an upper limit"
    if guardrail.metric in RATIO_RANGES:
        return f"a guardrail on an amount; {guardrail.metric} is a ratio"
    if guardrail.metric in METRICS and METRICS[guardrail.metric].is_shared:
        return f"a guardrail on amounts of items; {guardrail.metric} belongs to no single item"
    if is_path_sum(guardrail):
        return f"a guardrail by period; this one limits the {guardrail.measured} over its periods"
    return None


def build_scopes(draft: Draft) -> Iterator[Problem]:
    """A build is for items that exist, at least one of which its guardrail covers."""
    guardrails = guardrails_by_name(draft)
    for line, row in draft.each(FundedBuild):
        allowed = scope_allows(draft, row.scope, row.scope_value)
        guardrail = guardrails.get(row.guardrail)
        if allowed is None and guardrail is not None and draft.has_segments:
            # A guardrail whose own scope has no items is a problem of its own.
            covered = [item for item in draft.all(Item) if _covers(guardrail, item)]
            if covered and not any(_covers(row, item) for item in covered):
                allowed = f"items that the guardrail covers: {guardrail.scope} {guardrail.scope_value}"
        if allowed is not None:
            yield draft.problem(FundedBuild, line, "scope_value", row.scope_value or None, allowed)


def _covers(row: Guardrail | FundedBuild, item: Item) -> bool:
    return row.scope == "all" or getattr(item, row.scope) == row.scope_value


def build_periods(draft: Draft) -> Iterator[Problem]:
    """A build's periods are in order, and it has run off in a later period than its last."""
    assert draft.settings is not None
    for line, row in draft.each(FundedBuild):
        if row.first_period > row.last_period:
            allowed = f"a period <= last_period, {row.last_period}"
            yield draft.problem(FundedBuild, line, "first_period", row.first_period, allowed)
        # A last period beyond the horizon is a problem of its own.
        is_in_horizon = row.last_period < draft.settings.periods
        if is_in_horizon and period_of(draft.settings, row.exit_date) <= row.last_period:
            day = first_day(draft.settings, row.last_period + 1)
            allowed = f"a day after the end of last_period, {day.isoformat()} or later"
            yield draft.problem(FundedBuild, line, "exit_date", row.exit_date.isoformat(), allowed)


def builds_at_once(draft: Draft) -> Iterator[Problem]:
    """Few builds of one guardrail have room in the same period."""
    assert draft.settings is not None
    builds: dict[tuple[str, int], list[str]] = defaultdict(list)
    for line, row in draft.each(FundedBuild):
        crowded = None
        for period in periods_with_room(draft.settings, row):
            others = builds[row.guardrail, period]
            if len(others) >= MOST_BUILDS and crowded is None:
                crowded = period, list(others)
            others.append(row.build)
        if crowded is not None:
            period, names = crowded
            allowed = (
                f"a guardrail with less than {MOST_BUILDS} other builds in one period; in period {period} "
                f"it has {', '.join(names)}"
            )
            yield draft.problem(FundedBuild, line, "guardrail", row.guardrail, allowed)


def periods_with_room(settings: Settings, row: FundedBuild) -> range:
    """Periods of the horizon in which a build adds room: from its first one until it has run off."""
    end = max(row.last_period + 1, period_of(settings, row.exit_date))
    return range(row.first_period, min(end, settings.periods))
