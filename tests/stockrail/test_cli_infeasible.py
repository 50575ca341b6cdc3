"""Tests of the command line where no plan keeps the guardrails: what a person reads, and `--relax`."""

import json
from pathlib import Path

import pytest

from tests.stockrail.test_cli import changed, replaced, stockrail


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_exit_code_3_names_the_guardrail(tmp_path: Path, solver: str) -> None:
    """An inventory of 1 cannot be kept at `now`: 10 filters in stock meet a demand of 10 with noise.

    That leaves 3.98942 on hand, worth 5 each, 19.95 in all; the limit must be raised by 18.95.
    """
    instance = changed(tmp_path, replaced("guardrails.csv", ",500,every", ",1,every"))
    run = stockrail(
        "plan", instance, "--solver", solver, "--out", tmp_path / "plan", "--json", tmp_path / "why.json"
    )
    assert run.exit_code == 3
    assert "No plan keeps guardrail 'inventory-cap' (upper)." in run.stderr
    assert "inventory-cap, period 0: raise the upper limit by at least 18.95" in run.stderr
    assert "to 19.95" in run.stderr
    assert "--relax" in run.stderr
    assert max(map(len, run.stderr.splitlines())) <= 80
    assert "Traceback" not in run.output
    assert not (tmp_path / "plan").exists()
    why = json.loads((tmp_path / "why.json").read_text(encoding="utf-8"))
    assert set(why) == {
        "status", "conflict", "conflict_is_minimal", "conflict_is_unavoidable", "relaxations", "relaxations_are_enough", "money",
        "least_money", "items",
    }  # fmt: skip
    assert why["status"] == "infeasible"
    assert why["conflict"] == [{"guardrail": "inventory-cap", "side": "upper"}]
    assert why["relaxations"][0]["limit_change"] == pytest.approx(18.947, abs=1e-3)
    assert 0 < why["least_money"] <= why["money"] + 1e-6
    assert [row["item"] for row in why["items"]] == ["filter"]


def test_relax_plans_with_loosened_limits(tmp_path: Path) -> None:
    """With --relax the same instance has a plan, the output says what was loosened, and `verify` passes."""
    instance = changed(tmp_path, replaced("guardrails.csv", ",500,every", ",1,every"))
    run = stockrail("plan", instance, "--gap", 0, "--relax", "--out", tmp_path / "plan")
    assert run.exit_code == 0, run.output
    assert "2, worth EUR 22.11" in run.stdout
    assert "inventory-cap were loosened" in " ".join(run.stdout.split())
    assert stockrail("verify", tmp_path / "plan").exit_code == 0
