"""The checker's reading of funded builds: how much room they add in each period, and to which items.

Part of the independent checker: docs/formulation.md, section 7, is its only source.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import FundedBuild
from stockrail.verification.facts import Mask


def builds_of(instance: Instance, guardrail: str) -> list[FundedBuild]:
    """The builds of one guardrail, in the order of the table."""
    return [build for build in instance.funded_builds if build.guardrail == guardrail]


def rooms(instance: Instance, guardrail: str) -> Array:
    """Room of each build of a guardrail in each period, an array [builds, periods]."""
    periods = instance.settings.periods
    room = np.zeros((len(builds_of(instance, guardrail)), periods))
    for row, build in zip(room, builds_of(instance, guardrail), strict=True):
        days = (build.exit_date - instance.settings.start).days
        exit_period = days // instance.settings.period_length_days
        for t in range(build.first_period, periods):
            if t <= build.last_period:
                row[t] = build.amount
            elif t < exit_period:
                row[t] = build.amount * (exit_period - t) / (exit_period - build.last_period)
    return room


def outside_rooms(instance: Instance, guardrail: str, room: Array) -> Iterator[tuple[str, Mask, Array]]:
    """Every set of builds: names, the items in their scopes [items], and their room together [periods].

    The room is NaN in periods in which some build of the set has none: the set says nothing there.
    """
    builds = builds_of(instance, guardrail)
    for size in range(1, len(builds) + 1):
        for chosen in combinations(range(len(builds)), size):
            members = np.zeros(len(instance.items), dtype=bool)
            together = np.zeros(room.shape[1])
            for b in chosen:
                members |= instance.items_in_scope(builds[b].scope, builds[b].scope_value)
                together += np.where(room[b] > 0, room[b], np.nan)
            if np.isfinite(together).any():
                yield " and ".join(builds[b].build for b in chosen), members, together
