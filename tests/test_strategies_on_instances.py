"""Rule <= band <= free on every instance of the repository: what the plans are worth, and what is proven of them."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from stockrail.calibration.solve import solve_strategies
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger, objective_form
from stockrail.model.policy import Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.reader import load
from stockrail.model.rules import breaches_of_band, rule_plan
from stockrail.model.tables import Tables
from stockrail.solvers.result import SolveOptions, SolveResult
from tests.random_instances import keeps_order_rules, tables_of

FOLDERS = sorted(file.parent for file in (Path(__file__).parents[1] / "instances").glob("*/instance.yaml"))
ORDER = ("rule", "within_rule", "band", "free")
"""From the strictest to the freest; `within_rule` is the band of the rule's own options."""

NO_RULE: frozenset[str] = frozenset()
"""Instances whose hard guardrails no choice of options keeps: there only band <= free is asked. So far there is none."""

USUAL = SolveOptions(time_limit=10.0, gap=0.005, workers=2)
EFFORT = {"distributor": SolveOptions(time_limit=25.0, gap=0.02, workers=2)}
"""Less proof for large instances, so that they take half a minute."""


def worth(tables: Tables, result: SolveResult) -> float:
    """What a plan is worth by the ledger, in which no solver has a part; it keeps the order rules and the hard guardrails."""
    plan = result.cumulative_lots
    assert plan is not None
    assert keeps_order_rules(tables, plan)
    stock, rails = Ledger(tables, plan).stock, Guardrails.build(tables)
    over = rails.assess(rails.usage(rails.metric_values(stock))[0])
    assert not over[~rails.is_soft].any()
    mean_weight = (
        1.0 - tables.instance.settings.margin_cvar_weight
    )  # the tail's share is among the costs of the guardrails
    return -mean_weight * float(objective_form(tables).value(stock).sum()) - rails.cost(over)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_strategies_are_ordered(folder: Path) -> None:
    """Plans are worth more, and bounds are higher, the freer the strategy; each plan is one of its strategy, below its bound."""
    tables = tables_of(load(folder))
    options = EFFORT.get(folder.name, USUAL)
    found = solve_strategies(tables, options, strategy="all", most_departures=0)
    has_rule = folder.name not in NO_RULE
    order = ORDER if has_rule else tuple(name for name in ORDER if name in ("band", "free"))
    assert set(order) <= set(found.results), found.missing
    values = [worth(tables, found.results[name]) for name in order]
    bounds = [found.results[name].bound for name in order]
    rounding = 1e-6 * max(values)
    assert values == pytest.approx([found.results[name].objective for name in order], abs=rounding)
    assert all(stricter <= freer + rounding for stricter, freer in pairwise(values))
    assert all(stricter <= freer + rounding for stricter, freer in pairwise(bounds))
    assert all(value <= bound + rounding for value, bound in zip(values, bounds, strict=True))
    assert found.rule.is_feasible == has_rule
    if has_rule:
        policy = Policy.of(tables.instance, found.rule.options_by_item())
        targets = PolicyTargets.of(tables, Forecast.of(tables), policy)
        rule, within = (found.results[name].cumulative_lots for name in ("rule", "within_rule"))
        assert rule is not None and within is not None
        np.testing.assert_array_equal(rule, rule_plan(tables, targets))
        assert breaches_of_band(tables, targets, within).tolist() == []
        assert found.rule.gap <= options.gap


def test_all_instances_are_looked_at() -> None:
    """The folders of the repository are found, among them the large one."""
    assert {"calibration-example", "distributor", "guardrails-example", "three-items"} <= {
        folder.name for folder in FOLDERS
    }
