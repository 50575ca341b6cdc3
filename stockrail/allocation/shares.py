"""The rule of allocation on whole units (docs/formulation.md, section 20).

First what was promised, in the order of priorities, then the rest, in the same order. Where a step cannot be given whole, its units
are shared in proportion to what is wanted in it, in whole units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import gcd


@dataclass(frozen=True)
class Claim:
    """What somebody asks for.

    Attributes
    ----------
    name : who; decides last among equals.
    priority : 1 goes before 2.
    asked, committed : whole units; of what is asked so much was promised. 0 <= committed <= asked.
    """

    name: str
    priority: int
    asked: int
    committed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.committed <= self.asked:
            raise ValueError(
                f"Expected 0 <= committed <= asked, not {self.committed} of {self.asked} for {self.name}."
            )


def allocate(available: int, claims: Sequence[Claim]) -> list[int]:
    """Units that each claim gets.

    Parameters
    ----------
    available : whole units, at least 0.
    claims : in any order; the result has the same order.

    Raises
    ------
    ValueError
        Less than no units are available.

    Examples
    --------
    >>> allocate(60, [Claim("north", 1, 50, 40), Claim("south", 2, 40, 20), Claim("corner", 2, 10)])
    [40, 20, 0]
    >>> allocate(80, [Claim("north", 1, 50, 40), Claim("south", 2, 40, 20), Claim("corner", 2, 10)])
    [50, 27, 3]
    """
    if available < 0:
        raise ValueError(f"Expected at least 0 units, not {available}.")
    given = [0] * len(claims)
    for up_to in ("committed", "asked"):
        for priority in sorted({claim.priority for claim in claims}):
            wanted = [
                getattr(claim, up_to) - got if claim.priority == priority else 0
                for claim, got in zip(claims, given, strict=True)
            ]
            shared = fair_shares(available, wanted, [claim.name for claim in claims])
            given = [got + more for got, more in zip(given, shared, strict=True)]
            available -= sum(shared)
    return given


def fair_shares(available: int, wanted: Sequence[int], names: Sequence[str]) -> list[int]:
    """Whole units in proportion to what is wanted; all of it where there is enough.

    Units are given one by one. The next one goes to a claim that has less than its exact share of the units given by then, this
    one included: to the one with the largest `wanted / (given + 1)`, of equal ones to the one that wants less, whose share is then
    further from met, then to the name that comes first. This is the quota method (Balinski and Young, American Mathematical Monthly 82, 1975): everybody's units
    differ from the exact share by less than one, and nobody gets less because there is more. Largest remainders have only the first of
    these, methods that round each share by a divisor only the second.

    Time goes with the number of units, about half a second for 100,000.

    Examples
    --------
    Of 10 units, 6, 6 and 2 are wanted. By largest remainders it would be 4, 4, 2, and of 11 units 5, 5, 1.

    >>> fair_shares(10, [6, 6, 2], ["a", "b", "c"]), fair_shares(11, [6, 6, 2], ["a", "b", "c"])
    ([5, 4, 1], [5, 5, 1])
    """
    total = sum(wanted)
    if available >= total:
        return list(wanted)
    # After every so many units all exact shares are whole numbers, and so are met.
    divisor = gcd(*wanted)
    rounds = available * divisor // total
    given = [rounds * want // divisor for want in wanted]
    count = sum(given)
    later = [(count, place) for place, want in enumerate(wanted) if want]
    due: list[_Unit] = []
    while count < available:
        count += 1
        while later and later[0][0] <= count:
            place = heappop(later)[1]
            heappush(due, _Unit(wanted[place], given[place], names[place], place))
        place = heappop(due).place
        given[place] += 1
        # The first number of units of which its exact share is more than it has.
        heappush(later, (given[place] * total // wanted[place] + 1, place))
    return given


@dataclass(frozen=True)
class _Unit:
    """The next unit of a claim that has `given` already; the smaller one is given first."""

    wanted: int
    given: int
    name: str
    place: int

    def __lt__(self, other: "_Unit") -> bool:
        own, others = self.wanted * (other.given + 1), other.wanted * (self.given + 1)
        if own != others:
            return own > others
        return (self.wanted, self.name, self.place) < (other.wanted, other.name, other.place)
