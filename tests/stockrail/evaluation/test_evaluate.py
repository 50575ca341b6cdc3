"""A whole evaluation: equal capital on training paths, pairs on test paths, and what comes out of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.evaluation.baselines import FORESIGHT, Budget, baselines
from stockrail.evaluation.capital import capital_measure
from stockrail.evaluation.contest import Training
from stockrail.evaluation.display import evaluation_lines
from stockrail.evaluation.equal_capital import TOLERANCE
from stockrail.evaluation.evaluate import TRAINING_SEED, evaluate
from stockrail.evaluation.evaluation import PLAN, Evaluation
from stockrail.generation import generate
from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.simulation.paths import drawn
from stockrail.simulation.physics import simulate
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from stockrail.solvers import SolveOptions, solve

PATHS = 40


@pytest.fixture(scope="module")
def instance() -> Instance:
    """Sixteen items, ten weeks, three scenarios, and a limit on inventory value."""
    return generate(16, 10, (3,), 3, guardrail_share=0.95)


@pytest.fixture(scope="module")
def result(instance: Instance) -> Evaluation:
    return evaluate(instance, paths=PATHS, training_paths=40, foresight_paths=4, gap=0.01, seed=5, workers=1)


def test_equal_capital_on_training_paths(instance: Instance) -> None:
    """Each baseline that says so uses what the plan uses, within the tolerance, in a simulation of its own."""
    tables, world = Tables.build(instance, build_tree(instance)), World.of(instance)
    _, solved = solve(tables, SolveOptions(gap=0.01, workers=1))
    assert solved.cumulative_lots is not None
    training = drawn(instance, tables.tree, 40, TRAINING_SEED)
    outcome = simulate(world, training, TreePolicy(tables.tree, solved.cumulative_lots))
    capital = capital_measure(instance, outcome)
    target = float(capital.of(outcome).mean())
    arena = Training(world, capital, training, target)
    reached = 0
    for baseline in baselines(
        tables, world, ("textbook", "min-max", "newsvendor", "mean-plan"), Budget(workers=1)
    ):
        scaled = arena.scale(baseline)
        used = float(capital.of(simulate(world, training, baseline.policy(scaled.scale))).mean())
        assert used == pytest.approx(scaled.capital)
        assert scaled.is_reached == (abs(used / target - 1.0) <= TOLERANCE)
        reached += scaled.is_reached
    assert reached >= 3


def _rows(result: Evaluation) -> dict[str, dict[str, Any]]:
    return {
        str(row["name"]): {str(key): value for key, value in row.items()}
        for row in result.table.to_dict("records")
    }


def _margins(result: Evaluation, name: str) -> Array:
    paths = result.paths
    return paths[paths["contestant"] == name]["margin"].to_numpy(dtype=np.float64)


def test_table_is_of_the_paths(result: Evaluation) -> None:
    """Means and differences are those of the rows path by path, and every contestant had the same paths."""
    table, plan = _rows(result), _margins(result, PLAN)
    for name, row in table.items():
        own = _margins(result, name)
        assert row["pairs"] == len(own) == (4 if name == FORESIGHT else PATHS)
        assert row["margin"] == pytest.approx(own.mean())
        assert row["margin_difference"] == pytest.approx((plan[: len(own)] - own).mean(), abs=1e-6)
        assert row["margin_lower"] <= row["margin_difference"] + 1e-9
    assert table[PLAN]["margin_difference"] == 0.0


def test_foresight_is_a_ceiling(result: Evaluation) -> None:
    """Knowing the path earns more than the plan on each of the paths."""
    assert (_margins(result, FORESIGHT) > _margins(result, PLAN)[:4]).all()


def test_stock_left_is_worth_more_in_full(result: Evaluation) -> None:
    """At its full value stock that is left is never worth less than at the instance's share of it."""
    assert (result.paths["margin_full_stock"] >= result.paths["margin"] - 1e-9).all()


def test_verdicts_follow_the_intervals(result: Evaluation) -> None:
    """More where the whole interval is above 0, less where it is below, else not shown."""
    table = _rows(result)
    for row in result.verdicts.to_dict("records"):
        lower, upper = (table[row["contestant"]][f"{row['measure']}_{end}"] for end in ("lower", "upper"))
        assert row["kind"] == ("more" if lower > 0 else "less" if upper < 0 else "not shown")


def test_same_seed_same_answer(instance: Instance, result: Evaluation) -> None:
    """Paths and plan are those of the seed."""
    again = evaluate(
        instance,
        paths=PATHS,
        training_paths=40,
        names=("textbook",),
        foresight_paths=0,
        gap=0.01,
        seed=5,
        workers=1,
    )
    assert again.table["margin"].tolist() == result.table["margin"].iloc[:2].tolist()
    other = evaluate(
        instance, paths=PATHS, training_paths=40, names=(), foresight_paths=0, gap=0.01, seed=6, workers=1
    )
    assert other.table["margin"].iloc[0] != result.table["margin"].iloc[0]


def test_files(result: Evaluation, tmp_path: Path) -> None:
    """JSON, CSV and a page that has every verdict and needs no network."""
    result.write(tmp_path)
    record = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in record["table"]] == result.table["name"].tolist()
    assert record["table"][0]["nervousness"] is None
    rows = (tmp_path / "evaluation.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(result.table) + 1
    page = (tmp_path / "evaluation.html").read_text(encoding="utf-8")
    assert "Does the plan earn more?" in page
    assert "http://" not in page.split("<body>")[1].split("<script")[0]
    for name in result.table["name"]:
        assert name in page


def test_what_cannot_be_done_is_refused(instance: Instance) -> None:
    """One path says nothing about chance; an unknown baseline is named with those there are."""
    with pytest.raises(ValueError, match="At least 2 paths"):
        evaluate(instance, paths=1)
    with pytest.raises(ValueError, match="guess: no such baseline"):
        evaluate(instance, names=("guess",))


def test_cancelled_keeps_what_is_done(instance: Instance) -> None:
    """Cancelled after the first baseline: the plan and that one are told, and what is missing is said."""
    told: list[str] = []
    found = evaluate(
        instance,
        paths=10,
        training_paths=10,
        gap=0.01,
        workers=1,
        on_progress=lambda done, total, name: told.append(name),
        is_cancelled=lambda: "baseline textbook" in told,
    )
    assert found.table["name"].tolist() == [PLAN, "textbook"]
    assert any("Ended early, without one-level, min-max" in note for note in found.notes)
    assert np.isfinite(found.table["margin"]).all()


def test_a_ceiling_of_fewer_paths_says_so(result: Evaluation, tmp_path: Path) -> None:
    """Its margin beside the plan's would mislead: it is that of 4 of the 40 paths."""
    sentence = "The ceiling, foresight, is of 4 paths: it is compared with the plan on those."
    assert sentence in evaluation_lines(result)
    result.write(tmp_path)
    assert sentence in (tmp_path / "evaluation.html").read_text(encoding="utf-8")
