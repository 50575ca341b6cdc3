"""One size of the benchmark of scale: solved by the right engine, checked in parts, written step by step."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import scale_check, scale_worker
from benchmarks.scale_cases import ScaleCase, ScaleOutcome
from benchmarks.scale_check import checked
from benchmarks.scale_worker import run, solved
from stockrail.model.scenarios import build_tree
from tests.solvers.blocks.block_cases import GAP, distributor, options, undisturbed


@pytest.fixture(autouse=True)
def parts_of_25(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 items are checked in three parts."""
    monkeypatch.setattr(scale_check, "ITEMS_AT_ONCE", 25)


def test_the_checker_confirms_a_plan_in_parts() -> None:
    """The objective of 60 items is the engine's, and the limit is kept; one order less is worth something else."""
    said: list[str] = []
    result, tree = undisturbed(), build_tree(distributor())
    assert result.cumulative_lots is not None
    valued = checked(distributor(), tree, result.cumulative_lots, said.append)
    assert valued.broken == ()
    assert valued.largest_excess <= 0.0
    assert valued.objective == pytest.approx(result.objective, abs=0.01)
    assert said[-1].endswith("of 3 parts")
    item = int(result.cumulative_lots[:, tree.leaves].sum(axis=1).argmax())
    fewer = result.cumulative_lots.copy()
    fewer[item] = 0
    assert abs(checked(distributor(), tree, fewer, said.append).objective - result.objective) > 0.01


@pytest.mark.parametrize(
    ("solver", "blocks_size", "engine"),
    [("auto", 10_000, "decomposition"), ("auto", 1_000, "blocks"), ("blocks", 10_000, "blocks")],
)
def test_the_engine_is_that_of_auto(
    solver: str, blocks_size: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """60 items on 70 nodes are 4,200; blocks begin where `auto` says, or where they are asked for."""
    monkeypatch.setattr(scale_worker, "BLOCKS_SIZE", blocks_size)
    tree = build_tree(distributor())
    assert 1_000 < tree.demand.size < 10_000
    name, result = solved(distributor(), tree, solver, options())
    assert name == engine
    assert result.gap <= GAP


def test_a_case_from_beginning_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every number is there, engine and checker agree, and each stage was said."""
    outcome = run(ScaleCase(items=20, gap=0.01, time_limit=30.0, workers=1), tmp_path / "outcome.json")
    assert outcome == ScaleOutcome.read(tmp_path / "outcome.json")
    assert outcome.stage == "done"
    assert (outcome.nodes, outcome.engine) == (1_210, "decomposition")
    assert outcome.agrees
    assert outcome.broken == ()
    assert outcome.gap is not None
    assert outcome.gap <= 0.01
    said = capsys.readouterr().out
    for stage in ("generating", "solving", "checking", "done"):
        assert stage in said
    assert replace(outcome, objective=(outcome.objective or 0.0) + 1.0).agrees is False
