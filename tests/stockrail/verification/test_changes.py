"""The checker on plans with announced orders: true ones pass, and every lie about changes is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stockrail as sr
from stockrail.model.writer import write
from stockrail.verification.verify import verify
from tests.stockrail.test_order_changes import instance_of

Summary = dict[str, Any]


def planned(path: Path, *, announced: Path | None = None) -> Path:
    """The folder of a plan of the instance with announced orders, or with those of an earlier plan."""
    write(instance_of(), path / "instance")
    made = sr.plan(
        sr.load(path / "instance"), gap=0.0, prices="none", checks=(), announced=announced, solver="extensive"
    )
    return made.write(path / "plan")


def failed_after(folder: Path, tamper: Callable[[Summary], None]) -> set[str]:
    """Names of the checks that fail after a change of plan.json."""
    plan = json.loads((folder / "plan.json").read_text())
    tamper(plan)
    (folder / "plan.json").write_text(json.dumps(plan))
    return {check.name for check in verify(folder).failed}


def test_a_true_plan_passes(tmp_path: Path) -> None:
    """With the instance's own announced orders, and then with those of that plan: the same orders again, so no change."""
    first = planned(tmp_path)
    assert verify(first).failed == ()
    second = planned(tmp_path / "again", announced=first)
    assert verify(second).failed == ()
    plan = json.loads((second / "plan.json").read_text())
    assert plan["announced_from"]["plan"] == str(first)
    assert (second / "announced_orders.csv").is_file()
    assert (second / "order_changes.csv").is_file()


@pytest.mark.parametrize(
    ("tamper", "names"),
    [
        (
            lambda plan: plan["margin_parts"].update(change=plan["margin_parts"]["change"] - 0.02),
            {"money:change", "margin_is_sum_of_parts"},
        ),
        (
            lambda plan: plan["order_changes"]["by_period"][1].update(added_units=99),
            {"order_changes:added_units"},
        ),
        (lambda plan: plan["order_changes"].update(kept_units=99), {"order_changes_sum:kept_units"}),
        (lambda plan: plan["order_changes"].update(cost=99), {"order_changes_sum:cost"}),
        (lambda plan: plan["order_changes"]["by_period"].pop(), {"order_changes_listed"}),
        (lambda plan: plan.update(order_changes=None), {"order_changes_listed"}),
    ],
)
def test_tampering_is_caught(tmp_path: Path, tamper: Callable[[Summary], None], names: set[str]) -> None:
    """Each number of a change fails exactly the checks that read it."""
    assert failed_after(planned(tmp_path), tamper) == names


def test_other_announcements_than_planned_are_caught(tmp_path: Path) -> None:
    """A row of announced_orders.csv that says less than was planned with changes units and money."""
    folder = planned(tmp_path / "again", announced=planned(tmp_path))
    table = folder / "announced_orders.csv"
    lines = table.read_text().splitlines()
    item, period, units = lines[1].split(",")
    table.write_text("\n".join([lines[0], f"{item},{period},{float(units) + 5}", *lines[2:]]) + "\n")
    assert {"money:change", "order_changes:announced_units"} <= failed_after(folder, lambda plan: None)


def test_changes_of_nothing_are_caught(tmp_path: Path) -> None:
    """A plan that claims changes where nothing was announced."""
    folder = planned(tmp_path)
    (tmp_path / "instance" / "announced_orders.csv").unlink()
    assert "order_changes_listed" in {check.name for check in verify(folder).failed}
