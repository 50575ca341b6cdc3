"""Planning in blocks on a real cluster of two workers on this machine, one of which is killed."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest
from distributed import Client, LocalCluster

from stockrail.model.scenarios import build_tree
from stockrail.solvers.blocks.dask_cluster import DaskCluster
from stockrail.solvers.blocks.solve import solve_in_blocks
from stockrail.solvers.result import BlocksError
from tests.solvers.blocks.block_cases import BLOCK_ITEMS, distributor, options, undisturbed
from tests.solvers.blocks.test_solve import assert_same


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two worker processes."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as started:
        yield started


def test_a_cluster_gives_the_same_plan(cluster: LocalCluster) -> None:
    """Who works on blocks does not matter; nothing of the run stays on the workers."""
    asked = replace(options(), dask=cluster.scheduler_address)
    assert_same(solve_in_blocks(distributor(), build_tree(distributor()), asked, BLOCK_ITEMS), undisturbed())
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        assert set(client.run(_blocks_left).values()) == {0}


def test_a_killed_worker_changes_nothing(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is killed while it prices: what it held is sent again, and the plan is the same."""
    killed: list[int] = []
    ask = DaskCluster.ask

    def disturbed(
        self: DaskCluster, method: str, common: object, own: object
    ) -> Iterator[tuple[int, object]]:
        for answer in ask(self, method, common, own):  # type: ignore[arg-type]
            if method == "price" and not killed:
                with Client(cluster.scheduler_address, set_as_default=False) as client:
                    killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)
            yield answer

    monkeypatch.setattr(DaskCluster, "ask", disturbed)
    asked = replace(options(), dask=cluster.scheduler_address)
    result = solve_in_blocks(distributor(), build_tree(distributor()), asked, BLOCK_ITEMS)
    assert killed
    assert_same(result, undisturbed())


def test_no_cluster_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing answers."""
    monkeypatch.setattr("stockrail.solvers.blocks.dask_cluster.PATIENCE", "1s")
    asked = replace(options(), dask="tcp://127.0.0.1:9")
    with pytest.raises(BlocksError, match="No Dask scheduler answers at tcp://"):
        solve_in_blocks(distributor(), build_tree(distributor()), asked, BLOCK_ITEMS)


def _blocks_left() -> int:
    from stockrail.solvers.blocks import dask_cluster

    return len(dask_cluster._BLOCKS)
