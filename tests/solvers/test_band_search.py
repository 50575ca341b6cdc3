"""The strategy `band` against every plan within the targets of every choice, and between rule and free."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.policy import Option, Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.reader import load
from stockrail.model.rules import breaches_of_band
from stockrail.model.stock import Stock
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers.band_search import BandResult, solve_band
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.result import InfeasibleError, SolveOptions
from stockrail.solvers.rule_choice import solve_rule
from stockrail.solvers.rule_result import RuleResult
from tests.builders import Changes, make_instance
from tests.random_instances import keeps_order_rules, tables_of
from tests.solvers.rule_cases import Choices, limit_kept_by, rule_instance
from tests.solvers.test_guardrail_kinds import HOLDS, LOWER, worst
from tests.solvers.test_recursion import every_plan

EXACT = SolveOptions(time_limit=20.0, gap=0.0, workers=1)
INSTANCES = Path(__file__).parents[2] / "instances"

MOST_PLANS = 160
"""Plans of one item that are enumerated."""

SEEDS = (5, 26, 30, 37, 39, 45)
"""Of instances with few plans and something to gain."""


def near(amount: float) -> float:
    """What rounding may make of an amount."""
    return 1e-6 * max(1.0, abs(amount))


def check_in_band(tables: Tables, rule: RuleResult, found: BandResult) -> None:
    """The plan keeps the order rules, the targets of its options and the hard guardrails, and is worth what it says."""
    plan = found.result.cumulative_lots
    assert plan is not None
    assert keeps_order_rules(tables, plan)
    policy = Policy.of(tables.instance, [rule.plans.options[k] for k in found.by_item])
    targets = PolicyTargets.of(tables, Forecast.of(tables), policy)
    assert breaches_of_band(tables, targets, plan).tolist() == []
    judge = Choices(tables).judge
    stock = Stock.of(tables, plan)
    over = judge.assess(judge.usage(judge.metric_values(stock))[0])
    assert not over[~judge.is_soft].any()
    worth = -float(rule.plans.objective.value(stock).sum()) - judge.cost(over)
    assert found.result.objective == pytest.approx(worth, abs=near(worth))


def one_path(**changes: object) -> Instance:
    """Four periods with a demand of 10 that waits for 10 a unit and period; nothing in stock; holding costs 0.6."""
    return make_instance(
        demand=(10, 10, 10, 10),
        settings={"storage_rate_per_year": 0.1},
        segments={"backorder_cost_share_of_price_per_period": 1.0},
        **changes,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("item", "cover", "expected"),
    [
        # Orders cost nothing and cover is 0: 10 units in each period earn 10 - 6 each. The band lets one more lot in, which only costs.
        ({}, 0.0, (160.0, 160.0, 160.0)),
        # Cover 2. The rule orders 30, for three periods, and then what the limit of cumulative lots (40 + 1) leaves: 11. Stock of
        # 20, 10, 0, 1 costs 31 * 0.6, the 41st unit 6. In the band 10 in each period are enough.
        ({}, 2.0, (400 - 41 * 6 - 18.6, 160.0, 160.0)),
        # An order costs 20 and cover is 0: the floor asks for 10 in each period, 4 orders. Free, two orders of 20 are best:
        # they save 40 and hold 10 units twice.
        ({"order_cost": 20}, 0.0, (160 - 80, 160 - 80, 160 - 40 - 12.0)),
    ],
)
def test_by_hand(item: Changes, cover: float, expected: tuple[float, float, float]) -> None:
    """What rule, band and free earn."""
    option = {"segment": "S", "option": "O", "safety_factor": 0, "cover_periods": cover, "review_periods": 1}
    tables = tables_of(one_path(items=item, policy_options=option))
    rule = solve_rule(tables, EXACT)
    band = solve_band(tables, EXACT, rule)
    free = solve_decomposition(tables, EXACT)
    assert (rule.objective, band.result.objective, free.objective) == pytest.approx(expected)
    assert band.result.bound == pytest.approx(expected[1])
    check_in_band(tables, rule, band)


class EveryPlan:
    """Every plan of two items, and the objective of every pair of them, -inf where it breaks a hard guardrail."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        tables = choices.tables
        self.plans = [every_plan(tables, MOST_PLANS, item) for item in range(2)]
        self.is_complete = all(self.plans)
        if not self.is_complete:
            return
        count = max(len(plans) for plans in self.plans)
        # The shorter list is filled up with its last plan, so that both are evaluated side by side.
        self._both = [
            np.array([plans[min(k, len(plans) - 1)] for plans in self.plans], dtype=np.int64)
            for k in range(count)
        ]
        judge, rows = choices.judge, np.arange(len(choices.judge))
        stocks = [Stock.of(tables, plan) for plan in self._both]
        cost = np.array([choices.objective.value(stock) for stock in stocks])
        usage = np.array([judge.item_usage(judge.metric_values(stock), rows) for stock in stocks])
        self.objective = np.full((len(self.plans[0]), len(self.plans[1])), -np.inf)
        for a, b in np.ndindex(self.objective.shape):
            over = judge.assess(usage[a, 0] + usage[b, 1])
            if not over[~judge.is_soft].any():
                self.objective[a, b] = -cost[a, 0] - cost[b, 1] - judge.cost(over)

    def best(self, options: list[Option]) -> float:
        """The largest objective in the band of the items' options."""
        tables = self._choices.tables
        targets = PolicyTargets.of(tables, Forecast.of(tables), Policy.of(tables.instance, options))
        is_inside: Array = np.ones((2, len(self._both)), dtype=bool)
        for k, plan in enumerate(self._both):
            is_inside[breaches_of_band(tables, targets, plan)[:, 0], k] = False
        first, second = (np.flatnonzero(is_inside[i, : len(self.plans[i])]) for i in range(2))
        return float(self.objective[np.ix_(first, second)].max())


CASES = [
    ("inventory_value", "every scenario", None),
    ("inventory_value", "every scenario", 0.3),
    ("working_capital", "expected", None),
    ("fill_rate", "expected", None),
    ("purchases", "cvar", None),
    ("purchases", "cvar", 0.5),
    ("inventory_value", "chance", None),
    ("cash", "every scenario", None),
]


@pytest.mark.parametrize(("metric", "holds", "soft"), CASES)
def test_between_rule_and_every_plan(metric: str, holds: str, soft: float | None) -> None:
    """Rule <= band <= best in the band <= bound, for the rule's options and for those of all menus; band <= free."""
    gained = 0
    for seed in SEEDS:
        side, sign = ("lower", -1.0) if metric in LOWER else ("upper", 1.0)
        rail: Changes = {"metric": metric, side: 0.0, **HOLDS[holds], "soft_price": soft}
        limit = limit_kept_by(0.4, Choices(tables_of(two_items(seed, rail))), worst, sign)
        choices = Choices(tables_of(two_items(seed, {**rail, side: limit})))
        every = EveryPlan(choices)
        assert every.is_complete
        tables = choices.tables
        rule = solve_rule(tables, EXACT)
        assert rule.is_feasible  # four choices of ten keep the limit
        found = solve_band(tables, EXACT, rule)
        check_in_band(tables, rule, found)
        segment = tables.instance.item_segment
        menus = [choices.menus[s] for s in segment]
        same = segment[0] == segment[1]
        best = max(every.best([a, b]) for a, b in product(*menus) if not same or a == b)
        within = every.best(rule.options_by_item())
        tolerance = near(best)
        assert rule.objective <= found.within_rule.objective + tolerance
        assert found.within_rule.objective <= within + tolerance
        assert found.within_rule.bound >= within - tolerance
        assert found.within_rule.objective <= found.result.objective + tolerance
        assert found.result.objective <= best + tolerance
        assert found.result.bound >= best - tolerance
        assert best <= every.objective.max() + tolerance
        free = solve_decomposition(tables, EXACT)
        assert found.result.objective <= free.bound + tolerance
        gained += found.result.objective > rule.objective + tolerance
    assert gained >= 3


def two_items(seed: int, rail: Changes) -> Instance:
    """Two items with few plans and three options."""
    return rule_instance(seed, rail, items=2, options=3, most_nodes=5, lots=(2, 5))


@pytest.mark.parametrize("departures", [0, 3])
@pytest.mark.parametrize("seed", range(4))
def test_items_with_very_many_lots(seed: int, departures: int) -> None:
    """Coarse grids: the plan is in the band of its options, those of departing items too, and between rule and bound."""
    rail: Changes = {"metric": "inventory_value", "upper": 0.0}

    def instance(upper: float) -> Instance:
        return rule_instance(seed, {**rail, "upper": upper}, items=5, lots=(200, 600))

    choices = Choices(tables_of(instance(0.0)))
    tables = tables_of(instance(limit_kept_by(0.5, choices, worst, 1.0)))
    options = SolveOptions(time_limit=5.0, gap=0.001, workers=2)
    rule = solve_rule(tables, options, most_departures=departures)
    found = solve_band(tables, options, rule)
    check_in_band(tables, rule, found)
    assert rule.objective - near(rule.objective) <= found.result.objective
    assert found.result.objective <= found.result.bound + near(found.result.bound)


def test_no_plan_in_the_band_keeps_the_guardrails() -> None:
    """The floor asks for 10 units in each period, which is 60 of purchases; at most 50 are allowed in period 0."""
    tables = tables_of(
        one_path(
            policy_options={
                "segment": "S",
                "option": "O",
                "safety_factor": 0,
                "cover_periods": 0,
                "review_periods": 1,
            },
            guardrails={"metric": "purchases", "upper": 50, "last_period": 0},
        )
    )
    rule = solve_rule(tables, EXACT)
    assert not rule.is_feasible
    with pytest.raises(InfeasibleError):
        solve_band(tables, EXACT, rule)
    assert solve_decomposition(tables, EXACT).objective > 0


@pytest.mark.parametrize("name", ["three-items", "guardrails-example"])
def test_strategies_are_ordered_on_the_instances(name: str) -> None:
    """Rule <= band <= free, each with the plan of the one before to begin with; bounds are above their plans."""
    tables = tables_of(load(INSTANCES / name))
    options = SolveOptions(time_limit=5.0, gap=0.005, workers=2)
    rule = solve_rule(tables, options)
    assert rule.is_feasible
    assert rule.gap <= 0.005
    found = solve_band(tables, options, rule)
    check_in_band(tables, rule, found)
    free = solve_decomposition(tables, options)
    assert rule.objective <= found.within_rule.objective <= found.result.objective <= free.bound
    assert rule.objective <= rule.bound
    assert found.result.objective <= found.result.bound
