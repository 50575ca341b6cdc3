"""Scenarios for mpi-sppy: what is refused, what a scenario's model is, and mpi-sppy's own extensive form where it is installed."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.interop import mpisppy
from stockrail.model import load, write
from stockrail.model.generator import generate
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import SolveOptions
from tests.builders import make_instance

THREE_ITEMS = "instances/three-items"

needs_mpi_sppy = pytest.mark.skipif(
    importlib.util.find_spec("mpisppy") is None,
    reason="mpi-sppy is not installed (the optional extra `mpisppy`)",
)


def test_what_ties_scenarios_is_refused_by_name() -> None:
    """All of it at once: guardrails in expectation, in a tail and by chance, and a CVaR in the objective."""
    limits = [
        {"guardrail": "mean", "holds": "expected", "upper": 9},
        {"guardrail": "tail", "holds": "cvar", "alpha": 0.5, "upper": 9},
        {"guardrail": "odds", "holds": "chance", "alpha": 0.5, "upper": 9},
        {"guardrail": "each", "holds": "every scenario", "upper": 9},
    ]
    instance = make_instance(
        demand=(1,), guardrails=limits, settings={"margin_cvar_weight": 0.5, "margin_cvar_alpha": 0.9}
    )
    with pytest.raises(ValueError, match="tail") as refused:
        mpisppy.refuse_ties(instance)
    assert all(f'"{name}"' in str(refused.value) for name in ("mean", "tail", "odds"))
    assert "margin_cvar_weight is 0.5" in str(refused.value)
    assert '"each"' not in str(refused.value)


def test_names() -> None:
    """Names by number, of the instance or as many as are asked for; without either it is said what is missing."""
    assert mpisppy.scenario_names_creator(folder=THREE_ITEMS) == ["scenario0", "scenario1"]
    assert mpisppy.scenario_names_creator(2, start=3) == ["scenario3", "scenario4"]
    assert mpisppy.all_nodenames(THREE_ITEMS) == ["ROOT"]
    with pytest.raises(ValueError, match="folder"):
        mpisppy.scenario_names_creator()


def test_a_scenario_keeps_a_plan_of_the_tree() -> None:
    """Orders of a node have the same names in both scenarios, and as bounds those that the rules of orders imply."""
    tables, stages = mpisppy.read(THREE_ITEMS)
    models = [mpisppy.scenario_model(tables, stages, k) for k in range(2)]
    assert [list(m.NODES) for m in models] == [["now", "cool", "cool-end"], ["now", "hot", "hot-end"]]
    for m in models:
        assert all(
            m.lots[i, n].ub == (m.largest_order_lots[i] if (i, n) in m.FREE_ORDERS else 0) for i, n in m.lots
        )


@needs_mpi_sppy
@pytest.mark.filterwarnings("ignore")  # mpi-sppy's own
@pytest.mark.parametrize("periods", [0, 6])
def test_extensive_form_of_mpi_sppy(periods: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mpi-sppy's extensive form, made of the scenarios, has the optimum of ours: two and three stages."""
    from mpisppy.opt.ef import ExtensiveForm

    folder = str(Path(THREE_ITEMS).resolve())
    if periods:
        instance = generate(1, periods, (2, 2), 3)
        write(replace(instance, sigma=np.zeros_like(instance.sigma)), tmp_path / "generated")
        folder = str(tmp_path / "generated")
    monkeypatch.chdir(tmp_path)  # mpi-sppy writes its logs where it is
    form: Any = ExtensiveForm(
        {"solver": "highs"},
        mpisppy.scenario_names_creator(folder=folder),
        mpisppy.scenario_creator,
        scenario_creator_kwargs={"folder": folder},
        all_nodenames=mpisppy.all_nodenames(folder),
    )
    form.solve_extensive_form(solver_options={"presolve": "off", "mip_rel_gap": 0.0, "threads": 1})
    instance = load(folder)
    ours = solve_extensive(Tables.build(instance, build_tree(instance)), SolveOptions(gap=0.0)).objective
    assert -form.get_objective_value() == pytest.approx(ours, rel=1e-6)
