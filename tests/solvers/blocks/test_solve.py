"""Planning in blocks: bounds and plans against the extensive form, processes that die, runs that go on."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.scenarios import build_tree
from stockrail.model.schema import OpenOrder, OrderOverride
from stockrail.solvers.blocks import solve as blocks_solve
from stockrail.solvers.blocks.processes import Processes
from stockrail.solvers.blocks.solve import solve_in_blocks
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.result import BlocksError, SolveOptions, SolveResult, TerminationReason
from tests.solvers.blocks.block_cases import (
    BLOCK_ITEMS,
    GAP,
    distributor,
    distributor_tables,
    objective_of,
    options,
    undisturbed,
)
from tests.solvers.test_decomposition import KINDS, SEEDS, by_extensive_form, guarded

TINY = SolveOptions(time_limit=5.0, gap=1e-6, seed=1, workers=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimum_lies_between_plan_and_bound(kind: str) -> None:
    """For every kind of guardrail: what is claimed of the plan is true, and no plan beats the bound."""
    plans = 0
    for seed in SEEDS:
        optimum = by_extensive_form(kind, seed)
        if optimum is None:
            continue
        tables = guarded(kind, seed)
        result = solve_in_blocks(tables.instance, tables.tree, TINY, block_items=2)
        rounding = 1e-6 * max(abs(optimum.objective), 1.0)
        assert result.bound >= optimum.objective - rounding
        if result.cumulative_lots is None:
            continue
        plans += 1
        objective, excess = objective_of(tables, result.cumulative_lots)
        assert objective == pytest.approx(result.objective, rel=1e-9, abs=1e-6)
        assert excess == 0.0
        assert result.objective <= optimum.objective + rounding
    assert plans >= 2


def test_many_items_reach_the_gap() -> None:
    """The plan keeps its limits by the parameters of the whole instance, and earns what is claimed."""
    result = undisturbed()
    assert result.termination_reason is TerminationReason.GAP_REACHED
    assert result.gap <= GAP
    assert result.cumulative_lots is not None
    objective, excess = objective_of(distributor_tables(), result.cumulative_lots)
    assert objective == pytest.approx(result.objective, rel=1e-9)
    assert excess == 0.0


def test_a_killed_process_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two processes is killed while it prices, another while it swaps: the plan is that of an undisturbed run."""
    killed: list[str] = []
    ask = Processes.ask

    def disturbed(self: Processes, method: str, common: object, own: object) -> Iterator[tuple[int, object]]:
        for answered, answer in enumerate(ask(self, method, common, own)):  # type: ignore[arg-type]
            if answered == 0 and method in {"price", "swap"} and method not in killed:
                killed.append(method)
                os.kill(self.process_ids[0], signal.SIGKILL)
            yield answer

    monkeypatch.setattr(Processes, "ask", disturbed)
    result = solve_in_blocks(distributor(), build_tree(distributor()), options(workers=2), BLOCK_ITEMS)
    assert killed == ["price", "swap"]
    assert_same(result, undisturbed())


def test_a_process_that_always_dies_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some restarts the message says what the cause may be."""
    ask = Processes.ask

    def deadly(self: Processes, method: str, common: object, own: object) -> Iterator[tuple[int, object]]:
        started = self._started

        def doomed(place: int, restarts: int = 0) -> object:
            worker = started(place, restarts)
            worker.process.kill()
            return worker

        monkeypatch.setattr(self, "_started", doomed)
        os.kill(self.process_ids[0], signal.SIGKILL)
        yield from ask(self, method, common, own)  # type: ignore[arg-type]

    monkeypatch.setattr(Processes, "ask", deadly)
    monkeypatch.setattr("stockrail.solvers.blocks.processes.MOST_RESTARTS", 1)
    with pytest.raises(BlocksError, match="ended 2 times, last with exit code -9"):
        solve_in_blocks(distributor(), build_tree(distributor()), options(workers=2), BLOCK_ITEMS)


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    """Stopped after some answers, the run goes on from its file and asks only what is new; the bound is never worse."""
    file = tmp_path / "run.npz"
    tree = build_tree(distributor())
    kept = replace(options(), checkpoint=file)
    calls = 0

    def stop_after_some() -> bool:
        nonlocal calls
        calls += 1
        return calls > 30

    first = solve_in_blocks(distributor(), tree, replace(kept, is_cancelled=stop_after_some), BLOCK_ITEMS)
    assert first.termination_reason is TerminationReason.CANCELLED
    asked = len(np.load(file)["least"])
    assert asked >= 3
    second = solve_in_blocks(distributor(), tree, kept, BLOCK_ITEMS)
    assert second.gap <= GAP
    assert second.bound <= first.bound
    assert len(np.load(file)["least"]) > asked
    third = solve_in_blocks(distributor(), tree, kept, BLOCK_ITEMS)
    assert_same(third, second)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """Another instance, or a file that is no checkpoint at all."""
    file = tmp_path / "run.npz"
    tree = build_tree(distributor())
    quick = replace(options(), checkpoint=file, gap=0.5)
    solve_in_blocks(distributor(), tree, quick, BLOCK_ITEMS)
    item = distributor().items[0].item
    others = (
        replace(distributor(), sigma=distributor().sigma * 1.1),
        replace(distributor(), open_orders=(OpenOrder(item=item, due_period=2, units=5.0),)),
        replace(distributor(), order_overrides=(OrderOverride(item=item, period=3, lots=1),)),
    )
    for other in others:
        with pytest.raises(BlocksError, match="belongs to another instance"):
            solve_in_blocks(other, tree, quick, BLOCK_ITEMS)
    dearer = replace(tree, order_cost_factor=tree.order_cost_factor * 2.0)
    with pytest.raises(BlocksError, match="belongs to another instance"):
        solve_in_blocks(distributor(), dearer, quick, BLOCK_ITEMS)
    file.write_text("no checkpoint")
    with pytest.raises(BlocksError, match="cannot be read"):
        solve_in_blocks(distributor(), tree, quick, BLOCK_ITEMS)


def test_limits_by_chance_are_refused() -> None:
    """Nodes to let go are not chosen block by block."""
    row = distributor().guardrails[0].model_copy(update={"holds": "chance", "alpha": 0.1})
    instance = replace(distributor(), guardrails=(row,))
    with pytest.raises(BlocksError, match=f"by chance \\({row.guardrail}\\)"):
        solve_in_blocks(instance, build_tree(instance), options(), BLOCK_ITEMS)


def test_prices_of_a_sample_begin_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many blocks some of them find prices first; bound and plan stay true."""
    monkeypatch.setattr(blocks_solve, "SAMPLED_FROM", 4)
    monkeypatch.setattr(blocks_solve, "SAMPLE", 2)
    result = solve_in_blocks(distributor(), build_tree(distributor()), options(), BLOCK_ITEMS)
    assert result.gap <= GAP
    assert result.bound >= undisturbed().objective
    assert result.cumulative_lots is not None
    objective, excess = objective_of(distributor_tables(), result.cumulative_lots)
    assert objective == pytest.approx(result.objective, rel=1e-9)
    assert excess == 0.0


def assert_same(result: SolveResult, other: SolveResult) -> None:
    """The same plan, objective and bound to the last bit."""
    assert result.cumulative_lots is not None
    assert other.cumulative_lots is not None
    np.testing.assert_array_equal(result.cumulative_lots, other.cumulative_lots)
    assert result.objective == other.objective
    assert result.bound == other.bound


def test_a_stop_before_any_plan_still_gives_one() -> None:
    """Cancelled after three answers, before the first plan was looked for: there is a plan, and its gap is told."""
    calls = 0

    def stop_early() -> bool:
        nonlocal calls
        calls += 1
        return calls > 14

    asked = replace(options(), is_cancelled=stop_early)
    result = solve_in_blocks(distributor(), build_tree(distributor()), asked, BLOCK_ITEMS)
    assert result.termination_reason is TerminationReason.CANCELLED
    assert result.cumulative_lots is not None
    objective, excess = objective_of(distributor_tables(), result.cumulative_lots)
    assert objective == pytest.approx(result.objective, rel=1e-9)
    assert excess == 0.0
    assert result.bound >= undisturbed().objective


def test_items_with_very_many_lots_are_said() -> None:
    """14 of the 60 items can have more than 128 lots on a path: the note counts them over all blocks, as for one block."""
    many = int((distributor_tables().lots_limit > 128).sum())
    assert many == 14
    (note,) = undisturbed().notes
    assert note.startswith("The bound treats 14 items that have very many lots in buckets")
    whole = solve_decomposition(distributor_tables(), replace(options(), gap=0.5))
    assert note in whole.notes


def test_no_note_where_lots_are_few() -> None:
    """With lots as large as all demand no item has buckets, so there is nothing to say."""
    items = tuple(row.model_copy(update={"lot_size": 1e6}) for row in distributor().items)
    instance = replace(distributor(), items=items, guardrails=())
    result = solve_in_blocks(instance, build_tree(instance), options(), BLOCK_ITEMS)
    assert result.notes == ()
