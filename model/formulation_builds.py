"""Funded builds in the extensive form: the room they add, and what they leave to the items outside (section 7)."""

from collections.abc import Iterator
from itertools import combinations

from stockrail.model.instance import Instance
from stockrail.model.schema import FundedBuild


def room_in_period(instance: Instance, build: FundedBuild, period: int) -> float:
    """What a build adds to its guardrail's limit in a period: all of it, then evenly less until its exit."""
    exit_period = instance.period_of(build.exit_date)
    if period < build.first_period:
        return 0.0
    if period <= build.last_period:
        return build.amount
    if period < exit_period:
        return build.amount * (exit_period - period) / (exit_period - build.last_period)
    return 0.0


def sets_of_builds(instance: Instance, guardrail: str) -> Iterator[tuple[FundedBuild, ...]]:
    """Every set of builds of a guardrail, the empty one first."""
    builds = [build for build in instance.funded_builds if build.guardrail == guardrail]
    for size in range(len(builds) + 1):
        yield from combinations(builds, size)


def room_outside(
    instance: Instance, guardrail: str, chosen: tuple[FundedBuild, ...], period: int
) -> float | None:
    """Room that is left to the items outside of the chosen builds; None where one of them has none in the period."""
    if any(room_in_period(instance, build, period) <= 0 for build in chosen):
        return None
    others = (
        build for build in instance.funded_builds if build.guardrail == guardrail and build not in chosen
    )
    return sum(room_in_period(instance, build, period) for build in others)
