"""Statistical gaps as reports get them, with the numbers that each of them has to show."""

from typing import Any

from stockrail.measures.replications import Replication, Replications
from stockrail.measures.statistical_gap import gap_record
from tests.builders import make_instance


def record_of(*trees: tuple[float, float, float], broken: tuple[str, ...] = ()) -> dict[str, Any]:
    """The record of trees, each with its bound, what the policy reaches, and what the first orders reach."""
    rows = tuple(Replication(bound, bound, policy, broken, first, "solved") for bound, policy, first in trees)
    record = gap_record(Replications(rows, "here"), make_instance())
    assert record is not None
    return record


COMPUTED = record_of((1010.0, 1000.0, 1008.0), (1010.0, 1000.0, 1008.0))
"""Of 1,000 that the policy reaches others could reach 10 more, 1.00%, and other first orders 2, 0.20%; the two trees agree."""

NEGATIVE = record_of((990.0, 1000.0, 988.0), (990.0, 1000.0, 988.0), broken=("cap (upper)",))
"""The policy reaches 10 more than plans that keep the limits may: -1.00%."""
