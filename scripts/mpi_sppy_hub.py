"""Run mpi-sppy on an instance: its extensive form, its progressive hedging, or its hub with bounding spokes under MPI.

    python scripts/mpi_sppy_hub.py instances/three-items --method ef
    python scripts/mpi_sppy_hub.py instances/three-items --method ph
    mpiexec -n 3 python scripts/mpi_sppy_hub.py instances/three-items

It needs the optional extra `mpisppy` (docs/interoperability.md). Subproblems are solved by HiGHS. What mpi-sppy reports is
printed next to the same numbers computed anew: a bound from the weights of progressive hedging, by solves of our own, and
the value of the plan by the ledger.
"""

import json
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from stockrail.interop import mpisppy as scenarios
from stockrail.interop.bounds import lagrangian_bound, plan_of_scenarios
from stockrail.interop.stages import StageTree
from stockrail.measures.solving import Evaluation
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers.result import relative_gap

SOLVER = "highs"
RANKS = 3
"""The hub, the Lagrangian spoke and the spoke that tries plans."""

SHARE_OF_SECONDS = 0.5
"""Of the time limit, what computing the bound anew may take in all."""

LEAST_SECONDS = 0.5
"""Of a scenario's solve."""


class Method(StrEnum):
    """Ways of mpi-sppy."""

    HUB = "hub"
    PH = "ph"
    EF = "ef"


@dataclass(frozen=True)
class Outcome:
    """What a run found, of the maximised objective, in money. None where there is none.

    Attributes
    ----------
    bound, objective : as mpi-sppy reports them.
    bound_anew, objective_anew : computed by Stockrail.
    gap : of the two computed anew.
    broken : hard limits that the plan does not keep.
    """

    method: str
    scenarios: int
    seconds: float
    bound: float | None = None
    objective: float | None = None
    bound_anew: float | None = None
    objective_anew: float | None = None
    gap: float | None = None
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """An instance as mpi-sppy takes it."""

    folder: str
    tables: Tables
    stages: StageTree
    iterations: int
    rho_share: float
    gap: float
    time_limit: float

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of every class of mpi-sppy that makes scenarios."""
        return {
            "all_scenario_names": self.stages.scenario_names,
            "scenario_creator": scenarios.scenario_creator,
            "scenario_creator_kwargs": {"folder": self.folder},
            "all_nodenames": self.stages.nodenames,
        }

    @property
    def solver_options(self) -> dict[str, Any]:
        """Of each scenario's solve. Presolve is off, as HiGHS 1.16 with it has called plans optimal that are not.

        A pass over all scenarios takes at most about a third of the time, with what their solves have found by then.
        """
        seconds = max(self.time_limit / (3 * len(self.stages.leaves)), LEAST_SECONDS)
        return {"presolve": "off", "mip_rel_gap": self.gap / 10, "threads": 1, "time_limit": seconds}

    def rho(self, model: Any, **_: Any) -> list[tuple[int, float]]:
        """Penalties by order."""
        return scenarios.rho_setter(model, self.rho_share)


def main(
    folder: Annotated[Path, typer.Argument(help="Instance: a folder or an .xlsx workbook.")],
    method: Annotated[Method, typer.Option(help="`hub` runs under mpiexec -n 3.")] = Method.HUB,
    iterations: Annotated[int, typer.Option(min=1, help="Of progressive hedging, at most.")] = 50,
    rho_share: Annotated[float, typer.Option(help="Penalty as a share of what a lot costs.")] = 0.1,
    gap: Annotated[float, typer.Option(help="Relative gap at which to stop.")] = 0.001,
    time_limit: Annotated[float, typer.Option(help="Seconds.")] = 300.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="File for the numbers.")] = None,
) -> None:
    """Run mpi-sppy and print its bounds with those computed anew."""
    try:
        tables, stages = scenarios.read(folder)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    case = Case(str(folder), tables, stages, iterations, rho_share, gap, time_limit)
    run = {Method.EF: extensive_form, Method.PH: serial_hedging, Method.HUB: hub}[method]
    outcome = run(case)
    if outcome is None:  # another rank than the hub's
        return
    show(outcome, tables.instance.settings.currency)
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(outcome), indent=2) + "\n", encoding="utf-8")


def extensive_form(case: Case) -> Outcome:
    """mpi-sppy's own extensive form, made of the scenarios' models."""
    from mpisppy.opt.ef import ExtensiveForm

    began = time.perf_counter()
    form = ExtensiveForm({"solver": SOLVER}, **case.arguments)
    options = case.solver_options | {"mip_rel_gap": case.gap, "time_limit": case.time_limit}
    results = form.solve_extensive_form(solver_options=options)
    seconds = time.perf_counter() - began
    lots = _lots(case, dict(form.scenarios())) if form.tree_solution_available else None
    bound, objective = -float(results.problem.lower_bound), form.get_objective_value()
    return _outcome(case, "ef", seconds, bound, None if objective is None else -objective, None, lots)


def serial_hedging(case: Case) -> Outcome:
    """Progressive hedging in this process; the plan is what scenarios agree on, if they do."""
    from mpisppy.opt.ph import PH

    began = time.perf_counter()
    options = {
        "solver_name": SOLVER,
        "PHIterLimit": case.iterations,
        "defaultPHrho": 1.0,
        "convthresh": 1e-6,
        "time_limit": case.time_limit,
        "verbose": False,
        "display_progress": False,
        "iter0_solver_options": case.solver_options,
        "iterk_solver_options": case.solver_options,
        "linearize_proximal_terms": True,
        "proximal_linearization_tolerance": 1e-1,
    }
    hedging = PH(options, **case.arguments, rho_setter=case.rho)
    _, _, trivial = hedging.ph_main(finalize=False)
    seconds = time.perf_counter() - began
    models = hedging.local_scenarios
    return _outcome(case, "ph", seconds, -float(trivial), None, _weights(case, models), _lots(case, models))


def hub(case: Case) -> Outcome | None:
    """Progressive hedging as the hub, with a Lagrangian spoke for the bound and one that tries the scenarios' orders."""
    from mpisppy import MPI
    from mpisppy.spin_the_wheel import WheelSpinner
    from mpisppy.utils import cfg_vanilla
    from mpisppy.utils.config import Config

    world = MPI.COMM_WORLD
    if world.Get_size() % RANKS:
        raise SystemExit(f"The hub and its two spokes need {RANKS} processes: mpiexec -n {RANKS} python ...")
    cfg = Config()
    for add in (cfg.popular_args, cfg.two_sided_args, cfg.ph_args, cfg.lagrangian_args, cfg.xhatxbar_args):
        add()
    cfg.solver_name, cfg.max_iterations, cfg.default_rho = SOLVER, case.iterations, 1.0
    cfg.rel_gap, cfg.time_limit, cfg.linearize_proximal_terms = case.gap, case.time_limit, True
    cfg.solver_options = " ".join(f"{name}={value}" for name, value in case.solver_options.items())
    given = {**case.arguments, "scenario_denouement": scenarios.scenario_denouement}
    began = time.perf_counter()
    bounding = cfg_vanilla.lagrangian_spoke(cfg, **given, rho_setter=case.rho)
    bounding["spoke_class"] = _keeping_weights(bounding["spoke_class"])
    trying = cfg_vanilla.xhatxbar_spoke(cfg, **given)
    wheel = WheelSpinner(cfg_vanilla.ph_hub(cfg, **given, rho_setter=case.rho), [bounding, trying])
    wheel.spin()
    seconds = time.perf_counter() - began
    models, spoke = wheel.spcomm.opt.local_scenarios, wheel.spcomm
    weights = world.gather(getattr(spoke, "best_weights", {}), root=0)
    # The spoke loads the best plan that it has tried into its models at the end.
    tried = wheel.strata_rank == RANKS - 1 and np.isfinite(spoke.best_inner_bound)
    lots = world.gather(_local(models, _lots_of) if tried else {}, root=0)
    if world.Get_rank() != 0:
        return None
    bound, objective = -float(wheel.BestOuterBound), -float(wheel.BestInnerBound)
    plan = _merged(case, lots)
    return _outcome(case, "hub", seconds, bound, objective, _merged(case, weights), plan)


def _keeping_weights(spoke: Any) -> Any:
    """A Lagrangian spoke that remembers the weights of its best bound; mpi-sppy keeps the bound alone."""

    class KeepingWeights(spoke):  # type: ignore[misc]
        best_weights: dict[str, list[list[float]]]
        best_bound = -np.inf

        def lagrangian(self, *arguments: Any, **named: Any) -> Any:
            bound = super().lagrangian(*arguments, **named)
            if bound is not None and bound > self.best_bound:
                self.best_bound = bound
                self.best_weights = _local(self.opt.local_scenarios, _weights_of)
            return bound

    return KeepingWeights


def _outcome(
    case: Case,
    method: str,
    seconds: float,
    bound: float,
    objective: float | None,
    weights: Array | None,
    lots: Array | None,
) -> Outcome:
    """Value and prove anew what was found."""
    anew: float | None = None
    valued: float | None = None
    broken: tuple[str, ...] = ()
    if weights is not None:
        budget = SHARE_OF_SECONDS * case.time_limit / len(weights)
        anew = lagrangian_bound(
            case.tables, case.stages, weights, gap=case.gap / 10, time_limit=max(budget, 1.0)
        )
    if lots is not None:
        try:
            evaluation = Evaluation.of(case.tables, plan_of_scenarios(case.tables, case.stages, lots))
            valued, broken = evaluation.objective, evaluation.broken
        except ValueError:
            valued = None  # scenarios do not agree yet
    return Outcome(
        method=method,
        scenarios=len(case.stages.leaves),
        seconds=seconds,
        bound=bound if np.isfinite(bound) else None,
        objective=objective if objective is not None and np.isfinite(objective) else None,
        bound_anew=anew,
        objective_anew=valued,
        gap=None if valued is None or anew is None or broken else relative_gap(valued, anew),
        broken=broken,
    )


def _lots_of(model: Any) -> list[list[float]]:
    return [[model.lots[i, n].value for n in model.NODES] for i in model.ITEMS]


def _weights_of(model: Any) -> list[list[float]]:
    weight = {
        model._mpisppy_data.nonant_indices[key].index(): float(w.value)
        for key, w in model._mpisppy_model.W.items()
    }
    return [[weight.get((i, n), 0.0) for n in model.NODES] for i in model.ITEMS]


def _local(models: dict[str, Any], read: Any) -> dict[str, list[list[float]]]:
    return {name: read(model) for name, model in models.items()}


def _merged(case: Case, parts: list[dict[str, list[list[float]]]]) -> Array | None:
    """Arrays of all scenarios [scenarios, items, periods], None where one is missing."""
    known = {name: rows for part in parts for name, rows in part.items()}
    if any(name not in known for name in case.stages.scenario_names):
        return None
    found = np.array([known[name] for name in case.stages.scenario_names], dtype=np.float64)
    return found if np.isfinite(found).all() else None


def _lots(case: Case, models: dict[str, Any]) -> Array | None:
    return _merged(case, [_local(models, _lots_of)])


def _weights(case: Case, models: dict[str, Any]) -> Array | None:
    return _merged(case, [_local(models, _weights_of)])


def show(outcome: Outcome, currency: str) -> None:
    """Print a run."""
    print(f"mpi-sppy {outcome.method}, {outcome.scenarios} scenarios, {outcome.seconds:.1f} s")
    rows = (
        ("no plan reaches more than", outcome.bound, outcome.bound_anew),
        ("plan", outcome.objective, outcome.objective_anew),
    )
    print(f"{'':28}{'mpi-sppy':>18}{'computed anew':>18}")
    for name, theirs, ours in rows:
        values = ("-" if value is None else f"{currency} {value:,.2f}" for value in (theirs, ours))
        print(f"{name:28}" + "".join(f"{value:>18}" for value in values))
    if outcome.gap is not None:
        print(f"{'gap':28}{'':18}{outcome.gap:>18.3%}")
    if outcome.broken:
        print(f"The plan does not keep {', '.join(outcome.broken)}.")
    elif outcome.objective_anew is None:
        print("No plan: scenarios that know the same do not order the same yet. Allow more iterations.")


if __name__ == "__main__":
    typer.run(main)
