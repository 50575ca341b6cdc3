"""The rule on whole units: what holds for any claims, and small cases by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.allocation.shares import Claim, allocate, fair_shares


@st.composite
def claims(draw: st.DrawFn, most: int = 12) -> list[Claim]:
    """Claims of up to 7 with few priorities, so that they meet, and with equal ones among them."""
    made = []
    for k in range(draw(st.integers(1, 7))):
        asked = draw(st.integers(0, most))
        committed = draw(st.integers(0, asked))
        made.append(Claim(f"c{k}", draw(st.integers(1, 3)), asked, committed))
    return made


@given(claims(), st.integers(0, 100))
def test_all_that_can_be_given_is_given(asked: list[Claim], available: int) -> None:
    """The sum is what there is, or all that is asked; nobody gets more than they ask for, nor less than nothing."""
    given_units = allocate(available, asked)
    assert sum(given_units) == min(available, sum(claim.asked for claim in asked))
    assert all(0 <= got <= claim.asked for got, claim in zip(given_units, asked, strict=True))
    assert all(isinstance(got, int) for got in given_units)


@given(claims(), st.integers(0, 100))
def test_promises_come_first_and_priorities_in_order(asked: list[Claim], available: int) -> None:
    """Nobody gets beyond a promise while any is short; a lower priority gets nothing of a step before the higher ones have theirs."""
    given_units = allocate(available, asked)
    pairs = list(zip(asked, given_units, strict=True))
    for claim, got in pairs:
        if got < claim.committed:
            assert all(other_got <= other.committed for other, other_got in pairs)
            assert all(other_got == 0 for other, other_got in pairs if other.priority > claim.priority)
        if got < claim.asked:
            assert all(
                other_got <= other.committed for other, other_got in pairs if other.priority > claim.priority
            )


@given(claims(), st.integers(0, 100))
def test_more_stock_takes_nothing_from_anybody(asked: list[Claim], available: int) -> None:
    """One unit more goes to one claim, and all others keep what they have."""
    before, after = allocate(available, asked), allocate(available + 1, asked)
    assert all(one <= other for one, other in zip(before, after, strict=True))


@given(claims(), st.integers(0, 100), st.randoms())
def test_the_order_of_claims_does_not_matter(asked: list[Claim], available: int, random: object) -> None:
    """The same claims in another order get the same."""
    places = list(range(len(asked)))
    random.shuffle(places)  # type: ignore[attr-defined]
    shuffled = allocate(available, [asked[k] for k in places])
    expected = allocate(available, asked)
    assert shuffled == [expected[k] for k in places]


@given(claims(most=60), st.integers(0, 400))
def test_whole_units_are_near_the_exact_shares(asked: list[Claim], available: int) -> None:
    """Sharing exactly by the same steps, with fractions, differs by less than one unit for anybody."""
    left, exact = Fraction(available), [Fraction(0)] * len(asked)
    for up_to in ("committed", "asked"):
        for priority in (1, 2, 3):
            wanted = [
                getattr(claim, up_to) - got if claim.priority == priority else Fraction(0)
                for claim, got in zip(asked, exact, strict=True)
            ]
            share = min(Fraction(1), left / sum(wanted)) if sum(wanted) else Fraction(0)
            exact = [got + share * want for got, want in zip(exact, wanted, strict=True)]
            left -= share * sum(wanted)
    assert all(abs(one - other) < 1 for one, other in zip(allocate(available, asked), exact, strict=True))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 40))
def test_units_one_by_one(wanted: list[int], available: int) -> None:
    """The quota method said in the plainest way, with every claim looked at for each unit, gives the same as the quick one."""
    given_units, total = [0] * len(wanted), sum(wanted)
    for count in range(1, min(available, total) + 1):
        due = [k for k, want in enumerate(wanted) if given_units[k] < Fraction(count * want, total)]
        best = min(due, key=lambda k: (-Fraction(wanted[k], given_units[k] + 1), wanted[k], f"n{k}"))
        given_units[best] += 1
    assert fair_shares(available, wanted, [f"n{k}" for k in range(len(wanted))]) == given_units


def test_many_small_claims_do_not_eat_up_a_large_one() -> None:
    """One wants 100, a hundred others 1 each. Of 150 units the exact shares are 75 and 0.75 each.

    Rounding each share would give the hundred their unit and the large one 50. Here it has 75, and 75 of the others have theirs.
    """
    shares = fair_shares(150, [100] + [1] * 100, [f"n{k:03d}" for k in range(101)])
    assert shares == [75] + [1] * 75 + [0] * 25


def test_largest_remainders_would_take_a_unit_away() -> None:
    """The reason not to round by largest remainders: 6, 6 and 2 are wanted, and the third would lose by the 11th unit.

    Exact shares of 10 are 4.29, 4.29, 1.43: 4, 4, 1, and the unit left to the third; of 11 they are 4.71, 4.71, 1.57: 5, 5, 1.
    """
    names = ["a", "b", "c"]
    by_remainder = [_largest_remainders(units, [6, 6, 2]) for units in (10, 11)]
    assert by_remainder == [[4, 4, 2], [5, 5, 1]]
    assert [fair_shares(units, [6, 6, 2], names) for units in (10, 11)] == [[5, 4, 1], [5, 5, 1]]


def _largest_remainders(available: int, wanted: list[int]) -> list[int]:
    exact = [Fraction(available * want, sum(wanted)) for want in wanted]
    floors = [share.numerator // share.denominator for share in exact]
    ranked = sorted(range(len(wanted)), key=lambda k: floors[k] - exact[k])
    for k in ranked[: available - sum(floors)]:
        floors[k] += 1
    return floors


@pytest.mark.parametrize(
    ("available", "wanted", "names", "expected"),
    [
        # 5 of 10 exactly by half: 2.5 each. Both want as much, so the name decides.
        (5, [5, 5], ["b", "a"], [2, 3]),
        # 1 unit for 3, 3 and 1: 3 / 1 is more than 1 / 1, and of the two the name decides.
        (1, [1, 3, 3], ["a", "c", "b"], [0, 0, 1]),
        # Exact shares of 1, 2 and 3 units are (1/4, 3/4), (1/2, 3/2), (3/4, 9/4). The first two go to the larger, which has 2 of 9/4
        # before the third; both are due then, and 9 / 3 and 3 / 1 are equal: the one that wants less gets it. The fourth makes 1 and 3.
        (2, [3, 9], ["a", "b"], [0, 2]),
        (3, [3, 9], ["a", "b"], [1, 2]),
        (4, [3, 9], ["a", "b"], [1, 3]),
        # Very many units whose shares are in simple proportion: in whole numbers that floats do not hold.
        (10**20, [10**20, 2 * 10**20], ["a", "b"], [33333333333333333333, 66666666666666666667]),
        (0, [4, 4], ["a", "b"], [0, 0]),
        (9, [4, 4], ["a", "b"], [4, 4]),
        (3, [], [], []),
    ],
)
def test_ties(available: int, wanted: list[int], names: list[str], expected: list[int]) -> None:
    """Of equal ones, who wants less goes first, then the name that comes first."""
    assert fair_shares(available, wanted, names) == expected


def test_steps_by_hand() -> None:
    """Promises of 40 and 20 first, then the rest of priority 1, then of 2.

    60: promises alone. 65: 5 beyond, of the 10 that north is not promised. 80: north has all 50; of the 10 left south wants
    20 and the corner 10 more, exactly 6.67 and 3.33. Below 60 the promise of priority 2 is short.
    """
    asked = [Claim("north", 1, 50, 40), Claim("south", 2, 40, 20), Claim("corner", 2, 10)]
    assert allocate(30, asked) == [30, 0, 0]
    assert allocate(50, asked) == [40, 10, 0]
    assert allocate(60, asked) == [40, 20, 0]
    assert allocate(65, asked) == [45, 20, 0]
    assert allocate(80, asked) == [50, 27, 3]
    assert allocate(200, asked) == [50, 40, 10]


def test_what_makes_no_sense_is_refused() -> None:
    """More promised than asked for, and less than no stock."""
    claim = Claim("a", 1, 3, 2)
    with pytest.raises(ValueError, match="Expected 0 <= committed <= asked, not 4 of 3 for a"):
        replace(claim, committed=4)
    with pytest.raises(ValueError, match="Expected at least 0 units, not -1"):
        allocate(-1, [claim])
