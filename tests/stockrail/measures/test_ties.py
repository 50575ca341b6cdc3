"""Limits that tie scenarios together: which they are, and where plans of groups keep them in all."""

import pytest

from stockrail.measures.ties import are_kept_by_groups, ties, without_ties
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

EXPECTED: Changes = {"guardrail": "E", "upper": 5, "holds": "expected"}
CHANCE: Changes = {"guardrail": "P", "upper": 5, "holds": "chance", "alpha": 0.1}
TAIL: Changes = {"guardrail": "T", "upper": 5, "holds": "cvar", "alpha": 0.5}
SOFT: Changes = {"soft_price": 1}


def test_only_limits_on_all_scenarios_are_ties() -> None:
    """A limit in every scenario stays, the others go with their limits of single periods."""
    instance = make_instance(
        guardrails=[{"guardrail": "G", "upper": 9}, EXPECTED, CHANCE, TAIL],
        guardrail_limits=[
            {"guardrail": "G", "period": 1, "upper": 7},
            {"guardrail": "E", "period": 1, "upper": 3},
        ],
    )
    assert [row.guardrail for row in ties(instance)] == ["E", "P", "T"]
    left = without_ties(tables_of(instance)).instance
    assert [row.guardrail for row in left.guardrails] == ["G"]
    assert [row.guardrail for row in left.guardrail_limits] == ["G"]


@pytest.mark.parametrize(
    ("limit", "of_single", "of_groups"),
    [
        (EXPECTED, True, True),
        ({**EXPECTED, **SOFT}, True, True),
        (CHANCE, True, True),
        ({**CHANCE, **SOFT}, True, False),
        (TAIL, True, False),
        ({**TAIL, **SOFT}, False, False),
    ],
)
def test_where_groups_keep_them(limit: Changes, of_single: bool, of_groups: bool) -> None:
    """A tail over groups may be worse than each group's: amounts of 0 and 10, and of 6.6 for certain, have tail means of at most 6.7
    at alpha 0.25, and half of each has 7.8.
    """
    instance = make_instance(guardrails=[limit])
    assert are_kept_by_groups(instance, is_single=True) == of_single
    assert are_kept_by_groups(instance, is_single=False) == of_groups
