"""The record of a choice among plans."""

from pathlib import Path

import pytest

from stockrail.workbench.comparisons import decisions
from stockrail.workbench.comparisons.of_runs import RunComparison, compare_runs
from stockrail.workbench.errors import ConflictError, NotAllowedError, NotFoundError, StateError
from stockrail.workbench.governance.approvals import latest_approved
from stockrail.workbench.store import Store, audit
from tests.stockrail.workbench.comparisons.runs import base_and_high


@pytest.fixture
def compared(store: Store, tmp_path: Path) -> RunComparison:
    """Base earns 40 and high 80; the bound of base is 81, so that the difference is within the gap."""
    return compare_runs(store, base_and_high(store, tmp_path / "in", bound=81.0))


def test_record_keeps_the_numbers_of_that_moment(store: Store, compared: RunComparison) -> None:
    """Who, as which role, why, the figures of both, and what the bounds said; sealed and in the log."""
    made = decisions.record(store, "dora", compared, 2, " The customer has signed. ", None)
    assert (made.kind, made.verdict, made.subject_id, made.by, made.role, made.reason) == (
        "comparison", "chosen", 2, "dora", "executive", "The customer has signed.",
    )  # fmt: skip
    base, high = made.data["runs"]
    assert (base["run_id"], base["scenario"], high["scenario"]) == (1, "base", "high")
    assert high["changes"] == ["demand: mean_units times 2"]
    assert (base["outcome"]["expected_margin"], high["outcome"]["expected_margin"]) == pytest.approx((40, 80))
    assert high["difference"] == pytest.approx({"amount": 40, "least": -1, "most": 40, "is_within_gap": True})
    assert made.data["summary"].startswith("Between high, run 2, which earns most, and base, run 1 lie")
    with store.read() as session:
        assert decisions.get(session, made.id).data == made.data
        assert latest_approved(session) is None
    assert audit.verify(store).passed


def test_who_may_not_decide(store: Store, compared: RunComparison) -> None:
    """Demand planning, finance and auditors may not approve plans, and so may not choose among them."""
    for name in ("anna", "carla", "edna"):
        with pytest.raises(NotAllowedError, match=r"plan\.approve"):
            decisions.record(store, name, compared, 1, "Mine.", None)
    with store.read() as session:
        assert decisions.decisions(session) == []


def test_who_asked_for_a_run_may_choose_it(store: Store, compared: RunComparison) -> None:
    """Ben asked for both; choosing approves nothing."""
    assert decisions.record(store, "ben", compared, 1, "Safer.", None).by == "ben"


@pytest.mark.parametrize(
    ("chosen", "reason", "why"), [(3, "x", "not compared"), (1, "  ", "Say why"), (1, "x" * 4_001, "Say why")]
)
def test_what_is_refused(store: Store, compared: RunComparison, chosen: int, reason: str, why: str) -> None:
    """A run that was not looked at, and no reason or an endless one."""
    with pytest.raises(StateError, match=why):
        decisions.record(store, "dora", compared, chosen, reason, None)


def test_nobody_decides_past_somebody_else(store: Store, compared: RunComparison) -> None:
    """Who has not seen Ben's decision is told of it; who has may decide again. Other runs are another question."""
    first = decisions.record(store, "ben", compared, 1, "Safer.", None)
    with pytest.raises(ConflictError, match=r"ben decided about these runs at .* and chose run 1"):
        decisions.record(store, "dora", compared, 2, "More.", None)
    second = decisions.record(store, "dora", compared, 2, "More.", first.id)
    with store.read() as session:
        assert [row.id for row in decisions.decisions(session)] == [second.id, first.id]
        latest = decisions.latest(session, [2, 1])
        assert latest is not None and latest.id == second.id
        assert decisions.latest(session, [1, 2, 3]) is None
        with pytest.raises(NotFoundError, match="no decision 99"):
            decisions.get(session, 99)
