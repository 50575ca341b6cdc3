"""The benchmark's linopy model has the optimum of the extensive form; only then is its building time one of the same model."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from stockrail.model.generator import generate
from stockrail.model.ledger import objective_form
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import SolveOptions

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("linopy") is None, reason="linopy is not installed (the optional extra `peers`)"
)


@pytest.mark.filterwarnings("ignore")  # linopy's own
@pytest.mark.parametrize("shelf_life", [None, 2])
def test_same_optimum(shelf_life: int | None) -> None:
    """Three scenarios of two items, one of them with a shelf life, under a limit that binds half way to the free peak."""
    from benchmarks.linopy_model import build_linopy

    instance = generate(2, 6, (3,), 2)
    items = tuple(
        row.model_copy(update={"shelf_life_periods": shelf_life, "write_off_share": 0.5})
        for row in instance.items
    )
    cap = Guardrail(
        guardrail="cap", metric="inventory_value", scope="all", first_period=0, last_period=5,
        lower=None, upper=9000.0, holds="every scenario", soft_price=None,
    )  # fmt: skip
    instance = replace(instance, sigma=np.zeros_like(instance.sigma), items=items, guardrails=(cap,))
    tables = Tables.build(instance, build_tree(instance))
    model = build_linopy(tables)
    model.solve("highs", mip_rel_gap=1e-7, presolve="off", output_flag=False, threads=1)
    margin = -(float(model.objective.value) + float(objective_form(tables).constant.sum()))
    ours = solve_extensive(tables, SolveOptions(gap=1e-7)).objective
    assert margin == pytest.approx(ours, rel=1e-6)
