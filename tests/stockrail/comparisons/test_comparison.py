"""What-ifs side by side: by hand, infeasible ones, names, files."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stockrail.comparisons.comparison import compare
from stockrail.comparisons.what_if_solve import INFEASIBLE, NOT_SOLVED, solve_what_ifs
from stockrail.generation import generate
from stockrail.model import InstanceError, load, write
from stockrail.model.overlay import apply
from stockrail.model.what_if import what_ifs as read_what_ifs
from stockrail.solvers.result import SolveOptions
from tests.stockrail.what_if_cases import growing, impossible, one_order, what_if

DISTRIBUTOR = Path(__file__).resolve().parents[3] / "instances" / "distributor"


def test_outcomes_by_hand() -> None:
    """Base: 30 units bought one period at a time, no stock left. Growth: 40 units at 11, so 440 of revenue, 200 of margin."""
    instance, what_ifs = growing()
    base, growth = compare(instance, what_ifs, gap=0.0).outcomes
    assert (base.expected_margin, base.revenue, base.fill_rate) == pytest.approx((120, 300, 1))
    assert (growth.expected_margin, growth.revenue, growth.fill_rate) == pytest.approx((200, 440, 1))
    assert base.buys_now >= 60  # ten units at 6, and more where buying ahead costs nothing


def test_buys_that_differ_by_hand() -> None:
    """10 units for 60 in base, 20 for 120 in the what-if: 60 between them."""
    instance, what_ifs = one_order()
    (row,) = compare(instance, what_ifs, gap=0.0).buys.to_dict("records")
    assert (row["item"], row["base_units"], row["high_units"], row["spread"]) == ("A", 10, 20, 60)


def test_one_infeasible_what_if_does_not_stop_the_others() -> None:
    """It has its explanation, the others have their plans, and no bridge leads to it."""
    instance, (base, high) = one_order()
    result = compare(instance, [base, impossible(), high], gap=0.0, regret=True)
    assert [row.status for row in result.outcomes] == ["proven", INFEASIBLE, "proven"]
    assert "too much" in result.outcomes[1].reason
    assert result.is_complete
    assert set(result.bridge["to"]) == {"base", "high"}
    assert len(result.regret) == 2


def test_the_first_may_be_infeasible_too() -> None:
    """The next one with a plan is solved from nothing then."""
    instance, (_, high) = one_order()
    result = compare(instance, [impossible(), high], gap=0.0)
    assert [row.status for row in result.outcomes] == [INFEASIBLE, "proven"]


def test_names_must_be_known() -> None:
    """A wrong name lists those there are; a name twice is refused."""
    with pytest.raises(
        InstanceError, match="column name: found 'bse'; allowed: one of: base, higher-service"
    ):
        compare(DISTRIBUTOR, ["bse"])
    with pytest.raises(InstanceError, match="each what-if once"):
        compare(DISTRIBUTOR, ["base", "base"])


def test_all_mistakes_of_all_what_ifs_at_once() -> None:
    """Two what-ifs whose changes do not fit are two problems, before anything is solved."""
    instance, _ = one_order()
    wrong = [what_if(name, {"table": "items", "column": "price", "set": 1}) for name in ("a", "b")]
    with pytest.raises(InstanceError) as caught:
        compare(instance, wrong)
    assert len(caught.value.problems) == 2


def test_cancelled_before_the_end() -> None:
    """What has not begun when the user stops is not solved, and says so."""
    instance, what_ifs = one_order()
    solved = solve_what_ifs(instance, what_ifs, SolveOptions(is_cancelled=lambda: True))
    assert [row.status for row in solved] == [NOT_SOLVED, NOT_SOLVED]


def test_the_number_of_workers_changes_nothing() -> None:
    """The same plans, however many workers share the work of a solve."""
    instance = generate(20, 8, (2, 2), 3, guardrail_share=0.8)
    what_ifs = [
        what_if("base"),
        what_if("tight", {"table": "guardrails", "column": "upper", "multiply": 0.95}),
        what_if("dear", {"table": "suppliers", "column": "freight_rate", "add": 0.02}),
    ]
    one, two = (compare(instance, what_ifs, gap=0.02, workers=count).frame() for count in (1, 2))
    pd.testing.assert_frame_equal(one.drop(columns="seconds"), two.drop(columns="seconds"))


def test_the_shipped_what_ifs_fit() -> None:
    """Four what-ifs come with the distributor, each with an owner and a reason, and each can be applied."""
    instance, shipped = load(DISTRIBUTOR), read_what_ifs(DISTRIBUTOR)
    names = ["base", "higher-service", "cash-constrained", "supplier-disruption"]
    assert [row.name for row in shipped] == names
    assert all(row.owner and row.reason for row in shipped)
    assert all(apply(instance, row) is not instance for row in shipped[1:])


def test_files(tmp_path: Path) -> None:
    """Every file of the comparison is there and can be read back."""
    instance, what_ifs = one_order()
    write(instance, tmp_path / "instance")
    result = compare(instance, [*what_ifs, impossible()], gap=0.0, regret=True)
    folder = result.write(tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == {
        "comparison.csv", "comparison.json", "guardrails.csv", "buys_that_differ.csv", "bridge.csv", "regret.csv",
        "brief.html", "brief.md",
    }  # fmt: skip
    record = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in record["what_ifs"]] == ["base", "high", "impossible"]
    assert record["what_ifs"][2]["expected_margin"] is None
    # Ten are bought now in base, and twenty in high; the ten more bring 40 (docs/what-ifs.md).
    (buy,) = record["buys_that_differ"]
    assert (buy["item"], buy["base_units"], buy["high_units"]) == ("A", 10, 20)
    there = [row["amount"] for row in record["bridge"] if (row["from"], row["to"]) == ("base", "high")]
    assert sum(there) == pytest.approx(40)
    assert len(record["bridge"]) == len(pd.read_csv(folder / "bridge.csv"))
    assert pd.read_csv(folder / "comparison.csv")["expected_margin"].tolist()[:2] == pytest.approx([40, 80])
