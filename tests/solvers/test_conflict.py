"""The deletion filter finds a conflict that is one, and minimal."""

from collections.abc import Set as AbstractSet

from hypothesis import given
from hypothesis import strategies as st

from stockrail.solvers.conflict import Side, minimal_conflict

SIDES: list[Side] = [(name, side) for name in "abc" for side in ("upper", "lower")]


def test_two_of_three() -> None:
    """Sides 0 and 2 conflict: 0 cannot be left out, 1 can, 2 cannot. Three candidates, three questions."""
    asked = []

    def is_feasible(kept: AbstractSet[Side]) -> bool:
        asked.append(kept)
        return not {SIDES[0], SIDES[2]} <= kept

    assert minimal_conflict(SIDES[:3], is_feasible) == (SIDES[0], SIDES[2])
    assert len(asked) == 3


def test_one_alone_is_not_asked_about() -> None:
    """A single candidate is the conflict, and the empty set is never in question."""

    def never(kept: AbstractSet[Side]) -> bool:
        raise AssertionError(kept)

    assert minimal_conflict(SIDES[:1], never) == (SIDES[0],)


@given(st.lists(st.sets(st.sampled_from(SIDES), min_size=1), min_size=1))
def test_conflict_is_minimal(conflicts: list[set[Side]]) -> None:
    """Whatever sets of sides conflict: what is found cannot hold, and can without any one of its sides."""

    def is_feasible(kept: AbstractSet[Side]) -> bool:
        return not any(conflict <= kept for conflict in conflicts)

    found = minimal_conflict(SIDES, is_feasible)
    assert not is_feasible(set(found))
    assert all(is_feasible(set(found) - {side}) for side in found)
