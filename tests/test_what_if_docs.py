"""The numbers of docs/what-ifs.md are those of the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stockrail.comparisons.comparison import compare
from stockrail.comparisons.margin_bridge import DECISIONS, FACTS
from stockrail.model import InstanceError
from stockrail.model.what_if import BASELINE, WhatIf
from stockrail.workbench.comparisons.of_runs import compare_runs
from stockrail.workbench.store import Store
from tests.builders import make_instance
from tests.stockrail.workbench.comparisons.runs import base_and_high
from tests.stockrail.workbench.people import write_people

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "what-ifs.md").read_text(encoding="utf-8")
INSTANCE = make_instance(demand=(10,), segments={"lost_share": 1})


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A store with people."""
    with Store.create(tmp_path / "store") as made:
        write_people(made)
        yield made


def _what_ifs() -> list[WhatIf]:
    block = re.search("```yaml\n(.+?)```", PAGE, re.DOTALL)
    assert block is not None
    return [BASELINE, *(WhatIf.model_validate(row) for row in yaml.safe_load(block[1])["what_ifs"])]


def _row(name: str) -> list[float]:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} |"))
    return [float(cell) for cell in line.split("|")[2:4]]


def test_example() -> None:
    """Margins, revenue, buys, regret and the bridges of the worked example."""
    result = compare(INSTANCE, _what_ifs(), gap=0.0, regret=True)
    base, high = result.outcomes
    assert _row("expected margin") == pytest.approx([base.expected_margin, high.expected_margin])
    assert _row("revenue") == pytest.approx([base.revenue, high.revenue])
    assert _row("orders now, units") == result.buys[["base_units", "high_units"]].iloc[0].tolist()
    regret = {(row.first_buys_of, row.happens): row.regret for row in result.regret.itertuples(index=False)}
    assert _row("base") == pytest.approx([0, regret["base", "high"]])
    assert _row("high") == pytest.approx([regret["high", "base"], 0])
    there = result.bridge_between("base", "high").groupby(["step", "part"])["amount"].sum()
    assert there.groupby("step").sum().to_dict() == pytest.approx({FACTS: 0, DECISIONS: 40})
    assert there[DECISIONS, "revenue"] == pytest.approx(100)
    assert there[DECISIONS, "landed_cost"] == pytest.approx(-60)
    back = result.bridge_between("high", "base").groupby(["step", "part"])["amount"].sum()
    assert back[FACTS, "revenue"] == pytest.approx(-100)
    assert back[DECISIONS, "landed_cost"] == pytest.approx(60)


def test_plans_that_are_there(sqlite_store: Store, tmp_path: Path) -> None:
    """The second example: the bound of base is 81, and what the page says of the difference."""
    text = PAGE.partition("## Plans that are there")[2]

    def row(name: str) -> list[float]:
        line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        return [float(cell) for cell in line.split("|")[2:4] if cell.strip()]

    compared = compare_runs(sqlite_store, base_and_high(sqlite_store, tmp_path / "in", bound=81.0))
    base, high = compared.comparison.outcomes
    assert row("earns") == pytest.approx([base.expected_margin, high.expected_margin])
    assert row("no plan earns more than") == pytest.approx([base.bound, high.bound])
    difference = compared.differences[1]
    assert row("more than base") == pytest.approx([difference.amount])
    assert row("at the least, by the bounds") == pytest.approx([difference.least])
    assert row("at the most, by the bounds") == pytest.approx([difference.most])
    assert difference.is_within_gap


def test_message() -> None:
    """The message of a wrong `where` is the one on the page."""
    message = next(
        line.strip() for line in PAGE.splitlines() if line.startswith("    scenarios.yaml, what-if")
    )
    wrong = WhatIf.model_validate(
        {
            "name": "high",
            "changes": [{"table": "demand", "where": {"item": "B"}, "column": "mean_units", "multiply": 2}],
        }
    )
    with pytest.raises(InstanceError) as caught:
        compare(INSTANCE, [wrong])
    assert message in str(caught.value)
