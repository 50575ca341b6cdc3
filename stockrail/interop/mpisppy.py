"""The extensive model, scenario by scenario, for mpi-sppy (docs/interoperability.md).

A scenario's model is the extensive form on its path alone. mpi-sppy asks that scenarios order the same lots as long as they
know the same, which gives the extensive form of the whole tree back. The functions have the names that mpi-sppy looks for:
`python -m mpisppy.generic_cylinders --module-name stockrail.interop.mpisppy` finds them. mpi-sppy itself is an optional extra
and is imported only where it is needed.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo

from stockrail.interop.stages import StageNode, StageTree
from stockrail.measures.sub_tree import sub_tree
from stockrail.measures.ties import ties
from stockrail.model import load
from stockrail.model.formulation import build_model
from stockrail.model.formulation_guardrails import violation_cost
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables


def scenario_creator(scenario_name: str, folder: Path | str, **_: Any) -> pyo.ConcreteModel:
    """The model of one scenario, as the minimisation of minus its objective, with what mpi-sppy needs attached.

    Parameters
    ----------
    scenario_name : one of `scenario_names_creator(folder=folder)`.
    folder : an instance: a folder or an .xlsx workbook.

    Raises
    ------
    ValueError
        Something ties scenarios together; the message names it.
    ImportError
        mpi-sppy is not installed.
    """
    from mpisppy.scenario_tree import ScenarioNode

    tables, stages = read(folder)
    scenario = stages.scenario_names.index(scenario_name)
    m = scenario_model(tables, stages, scenario)
    m._mpisppy_probability = float(tables.tree.probability[stages.leaves[scenario]])
    m._mpisppy_node_list = [
        ScenarioNode(
            node.name,
            node.conditional_probability,
            node.stage,
            _cost(m, tables, node),
            [m.lots[i, tables.tree.names[n]] for n in node.nodes for i in m.ITEMS],
            m,
            parent_name=node.parent,
        )
        for node in stages.path_of(scenario)
    ]
    return m


def scenario_names_creator(
    num_scens: int | None = None, start: int | None = None, folder: Path | str | None = None
) -> list[str]:
    """Names of scenarios: `num_scens` of them from `start` on, by default all of the instance in `folder`."""
    first = start or 0
    if num_scens is None:
        if folder is None:
            raise ValueError(
                "Say how many scenarios there are (num_scens), or where the instance is (folder)."
            )
        return read(folder)[1].scenario_names[first:]
    return [f"scenario{k}" for k in range(first, first + num_scens)]


def all_nodenames(folder: Path | str) -> list[str]:
    """Names of all nodes by stage, which mpi-sppy asks for beside the scenarios' names."""
    return read(folder)[1].nodenames


def inparser_adder(cfg: Any) -> None:
    """Add the instance to mpi-sppy's command line, and the branching factors that its driver asks for."""
    cfg.num_scens_optional()
    cfg.add_branching_factors()
    cfg.add_to_config(
        "folder", description="instance: a folder or an .xlsx workbook", domain=str, default=None
    )


def kw_creator(cfg: Any) -> dict[str, Any]:
    """Arguments of `scenario_creator` from mpi-sppy's command line."""
    if cfg.folder is None:
        raise ValueError("Say where the instance is: --folder FOLDER.")
    return {"folder": cfg.folder}


def scenario_denouement(rank: int, scenario_name: str, scenario: pyo.ConcreteModel) -> None:
    """Nothing is printed for a scenario at the end."""


def rho_setter(m: pyo.ConcreteModel, share: float = 0.1) -> list[tuple[int, float]]:
    """Penalties of progressive hedging: a share of what a lot costs, for each order that scenarios share.

    Proportional to cost as in Watson and Woodruff, Progressive hedging innovations (2011), section 2.1.
    """
    rho = {i: max(share * m.lot_size[i] * m.unit_value[i], 1e-6) for i in m.ITEMS}
    return [
        (id(var), rho[var.index()[0]]) for node in m._mpisppy_node_list for var in node.nonant_vardata_list
    ]


def scenario_model(tables: Tables, stages: StageTree, scenario: int) -> pyo.ConcreteModel:
    """The extensive form on the path of one scenario, as a minimisation. It needs no mpi-sppy.

    What limits refer to stays that of the whole tree (docs/formulation.md, section 18), so that a plan of the tree is one here.
    """
    refuse_ties(tables.instance)
    part, _ = sub_tree(tables, np.array([stages.leaves[scenario]]))
    m = build_model(part)
    m.name = stages.scenario_names[scenario]
    m.objective.deactivate()
    m.minus_objective = pyo.Objective(expr=-m.objective.expr, sense=pyo.minimize)
    # Implied by the laws of orders. Progressive hedging replaces squares of bounded variables by lines.
    for i, n in m.FREE_ORDERS:
        m.lots[i, n].setub(m.largest_order_lots[i])
    for i, n in m.FIXED_ORDERS:
        m.lots[i, n].setub(m.fixed_lots[i, n])
    for i, n in m.NO_ORDERS:
        m.lots[i, n].setub(0)
    return m


def refuse_ties(instance: Instance) -> None:
    """Refuse what is judged over all scenarios at once, which no scenario alone can state.

    Raises
    ------
    ValueError
        Names every guardrail that holds in expectation, in a tail or by chance, and a CVaR in the objective.
    """
    faults = [f'guardrail "{row.guardrail}" holds "{row.holds}"' for row in ties(instance)]
    if instance.settings.margin_cvar_weight > 0:
        faults.append(f"margin_cvar_weight is {instance.settings.margin_cvar_weight:g}")
    if faults:
        raise ValueError(
            f"{instance.settings.name}: scenarios cannot be planned one by one where something ties them together: "
            f"{'; '.join(faults)}. Let these guardrails hold in every scenario, leave out what cannot, or use `stockrail plan`, "
            "which takes all of them."
        )


@lru_cache(maxsize=4)
def read(folder: Path | str) -> tuple[Tables, StageTree]:
    """Parameters and stages of an instance; read once for all its scenarios."""
    instance = load(Path(folder))
    refuse_ties(instance)
    tree = build_tree(instance)
    return Tables.build(instance, tree), StageTree.of(tree)


def _cost(m: pyo.ConcreteModel, tables: Tables, node: StageNode) -> pyo.Expression:
    """What a stage adds to the minimised objective, limits on several periods where they end."""
    names: Sequence[str] = [tables.tree.names[n] for n in node.nodes]
    margin = sum(m.discount[n] * m.margin[i, n] for n in names for i in m.ITEMS)
    return sum(violation_cost(m, g, s, n) for g, s, n in m.VIOLATED if n in names) - margin
