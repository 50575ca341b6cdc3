"""The lot recursion against the extensive form on random items, and its bounds on coarser grids."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger, objective_form
from stockrail.model.stock import BASIS, LinearForm, Stock
from stockrail.model.tables import Tables, cumulate
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.recursion import RADIUS, Answer, Recursion, threads
from stockrail.solvers.result import SolveOptions
from tests.builders import make_instance
from tests.random_instances import features_of, keeps_order_rules, random_instance, tables_of

SEEDS = range(60)
FORMERLY_WRONG = (294, 474, 576, 660, 703, 817)
"""Items with forecast error for which HiGHS called a plan optimal that is not, while tables of levels had far tails."""

EXACT = SolveOptions(time_limit=60.0, gap=0.0)
MONEY = 2e-5
"""Tables of levels in the extensive form are exact to a millionth of a unit."""


@pytest.fixture(scope="module")
def executor() -> Iterator[ThreadPoolExecutor]:
    """Threads for all recursions of this module."""
    with threads(2) as pool:
        yield pool


def item_of(seed: int, lots: tuple[int, int] = (3, 9)) -> Tables:
    return tables_of(random_instance(np.random.default_rng(seed), lots=lots))


def value_of(form: LinearForm, tables: Tables, answer: Answer) -> float:
    """Value of the form for the answer's plan."""
    return float(form.value(Stock.of(tables, answer.plan.astype(np.int64))).sum())


def test_random_items_have_every_feature() -> None:
    """Lead times 0 to 4, delays, order rules, noise, shelf lives and the rest all occur among the items below."""
    features = [features_of(item_of(seed)) for seed in SEEDS]
    count = {name: sum(name in found for found in features) for name in set().union(*features)}
    assert len(count) == 5 + 21
    assert min(count.values()) >= 2


@pytest.mark.parametrize("seed", [*SEEDS, *FORMERLY_WRONG])
def test_recursion_is_the_extensive_form(seed: int, executor: ThreadPoolExecutor) -> None:
    """One item without guardrails: value, bound and the plan's own margin are the optimum of the extensive form."""
    tables = item_of(seed)
    form = objective_form(tables)
    answer = Recursion(tables, executor, 2).minimise(form)
    result = solve_extensive(tables, EXACT)
    tolerance = MONEY if tables.sigma.any() else 1e-6
    assert -answer.lower_bound[0] == pytest.approx(result.objective, abs=tolerance)
    assert result.bound == pytest.approx(-answer.lower_bound[0], abs=2e-5)
    plan = answer.plan.astype(np.int64)
    assert Ledger(tables, plan).expected_margin == pytest.approx(-answer.lower_bound[0], abs=1e-8)
    assert keeps_order_rules(tables, plan)


@pytest.mark.parametrize("seed", range(8))
def test_items_are_solved_side_by_side(seed: int, executor: ThreadPoolExecutor) -> None:
    """Several items in one call: their bounds add up to the extensive form's optimum, plan by plan."""
    tables = tables_of(random_instance(np.random.default_rng(seed), items=4, most_nodes=8, lots=(3, 5)))
    form = objective_form(tables)
    answer = Recursion(tables, executor, 2).minimise(form)
    assert -answer.lower_bound.sum() == pytest.approx(solve_extensive(tables, EXACT).objective, abs=1e-4)
    by_item = form.value(Stock.of(tables, answer.plan.astype(np.int64)))
    np.testing.assert_allclose(by_item, answer.lower_bound, atol=1e-8)


def test_any_form_is_minimised(executor: ThreadPoolExecutor) -> None:
    """With random prices on cash and working capital, of either sign, no plan at all is better than the answer."""
    rails = tuple({"guardrail": name, "metric": name, "upper": 1} for name in ("cash", "working_capital"))
    checked = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        tables = tables_of(random_instance(rng, lots=(2, 3), most_nodes=6, guardrails=rails))
        plans = every_plan(tables, most=3000)
        if not plans:
            continue
        guardrails = Guardrails.build(tables)
        form = guardrails.pull(rng.uniform(0, 0.3, size=len(guardrails)) * rng.choice([-1, 1]))
        form.add(objective_form(tables))
        answer = Recursion(tables, executor, 2).minimise(form)
        best = values_of(form, tables, plans).min()
        assert answer.lower_bound[0] == pytest.approx(best, abs=1e-8)
        assert value_of(form, tables, answer) == pytest.approx(best, abs=1e-8)
        checked += 1
    assert checked >= 15


@pytest.mark.parametrize("spread", [1.0, 0.1])
def test_any_coefficients_are_minimised(spread: float, executor: ThreadPoolExecutor) -> None:
    """Random coefficients of either sign on all ten functions: whole lots are exact, buckets and coarse grids bound it.

    A plan on a coarse grid costs no less than the optimum and is worth what the form says.
    """
    checked, with_breaks = 0, 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        tables = tables_of(random_instance(rng, lots=(2, 9), most_nodes=5, has_announced=seed % 2 == 1))
        plans = every_plan(tables, most=3000)
        if len(plans) < 10:
            continue
        form = random_form(rng, tables, spread)
        best = values_of(form, tables, plans).min()
        exact = Recursion(tables, executor, 2)
        answer = exact.minimise(form)
        assert answer.lower_bound[0] == pytest.approx(best, abs=1e-8)
        assert value_of(form, tables, answer) == pytest.approx(best, abs=1e-8)
        for grid in (2, 3, 4, 8):
            assert exact.lower_bound(form, np.array([grid]), np.arange(1))[0] <= best + 1e-8
        for levels in (1, 2, 4):
            coarse = Recursion(tables, executor, 2, levels=levels).minimise(form)
            assert coarse.lower_bound[0] <= best + 1e-8
            assert value_of(form, tables, coarse) >= best - 1e-8
            assert keeps_order_rules(tables, coarse.plan.astype(np.int64))
        checked += 1
        with_breaks += bool(tables.tiers.count[0])
    assert checked >= 60
    assert with_breaks >= 20


def random_form(rng: np.random.Generator, tables: Tables, spread: float) -> LinearForm:
    """Coefficients of either sign on every function, of a size that lets each one matter; many are 0."""
    form = LinearForm.zero(tables)
    size = {"is_order": 20.0, "in_full": 20.0, "saving": 2.0}
    for name in BASIS:
        coefficient = rng.normal(size=tables.demand.shape) * (rng.random(tables.demand.shape) < 0.6)
        getattr(form, name)[...] = coefficient * size.get(name, 1.0)
    form.cumulative_lots *= spread * tables.lot_size[0]
    form.constant[...] = rng.normal()
    return form


def values_of(form: LinearForm, tables: Tables, plans: list[list[int]]) -> np.ndarray:
    """Value of the form for many plans of one item, each as an item of its own."""

    def copies(values: np.ndarray) -> np.ndarray:
        return np.repeat(values, len(plans), axis=0)

    def repeated(rows: Any) -> dict[str, Any]:
        found = {f.name: getattr(rows, f.name) for f in dataclasses.fields(rows)}
        return {k: copies(v) for k, v in found.items() if isinstance(v, np.ndarray) and len(v) == 1}

    arrivals = dataclasses.replace(tables.arrivals, item_lane=copies(tables.arrivals.item_lane))
    tiers = dataclasses.replace(tables.tiers, **repeated(tables.tiers))
    changes = dataclasses.replace(tables.order_changes, **repeated(tables.order_changes))
    many = dataclasses.replace(
        tables, arrivals=arrivals, tiers=tiers, order_changes=changes, **repeated(tables)
    )
    return LinearForm(**repeated(form)).value(Stock.of(many, np.array(plans)))


def every_plan(tables: Tables, most: int, item: int = 0) -> list[list[int]]:
    """Cumulative lots by node of every plan of one item; none at all where there are more than `most`."""
    parent, limit = tables.tree.parent, int(tables.lots_limit[item])
    largest = limit if tables.maximum_lots[item] < 0 else int(tables.maximum_lots[item])
    orders = [0, *range(int(tables.minimum_lots[item]), largest + 1)]
    free: list[list[int]] = [[]]  # free cumulative lots by node
    for node in range(len(parent)):
        here = orders if tables.is_order_allowed[item, node] else [0]
        grown = []
        for plan in free:
            before = plan[parent[node]] if node else 0
            grown += [[*plan, before + lots] for lots in here if before + lots <= limit]
        free = grown
        if len(free) > most:
            return []
    fixed = cumulate(tables.tree, tables.fixed_lots.astype(np.float64))[item].astype(int).tolist()
    return [[a + b for a, b in zip(plan, fixed, strict=True)] for plan in free]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("order_bonus", [0.0, 40.0])
def test_bucket_bound_is_a_bound(seed: int, order_bonus: float, executor: ThreadPoolExecutor) -> None:
    """Buckets of several lots never cost more than the optimum; buckets of one lot cost exactly that.

    An upper limit on cash can make an order worth something in itself, hence the bonus: then many small orders are best,
    and several of them stay inside one bucket.
    """
    tables = item_of(seed, lots=(10, 60))
    form = objective_form(tables)
    form.is_order -= order_bonus * tables.weight
    recursion = Recursion(tables, executor, 2, levels=10**6)
    optimum = recursion.minimise(form).lower_bound[0]
    everyone = np.arange(1)
    assert recursion.lower_bound(form, np.array([1]), everyone)[0] == pytest.approx(optimum, abs=1e-8)
    for grid in (2, 3, 5, 8, 16):
        assert recursion.lower_bound(form, np.array([grid]), everyone)[0] <= optimum + 1e-8


def test_bucket_bound_closes_with_finer_grids(executor: ThreadPoolExecutor) -> None:
    """The mean distance to the optimum falls with the grid, so a finer closing bound is worth its time."""
    distance = np.zeros(3)
    for seed in range(20):
        tables = item_of(seed, lots=(40, 80))
        form = objective_form(tables)
        recursion = Recursion(tables, executor, 2, levels=10**6)
        optimum = recursion.minimise(form).lower_bound[0]
        bounds = [recursion.lower_bound(form, np.array([grid]), np.arange(1))[0] for grid in (16, 4, 2)]
        distance += optimum - np.array(bounds)
    assert distance[0] > distance[1] > distance[2] > 0


def test_coarse_to_fine_is_feasible_and_mostly_best(executor: ThreadPoolExecutor) -> None:
    """Plans found on 16 levels and refined keep every order rule, cost no less than the optimum, and mostly equal it."""
    is_best = []
    for seed in range(40):
        tables = item_of(seed, lots=(40, 80))
        form = objective_form(tables)
        optimum = Recursion(tables, executor, 2, levels=10**6).minimise(form).lower_bound[0]
        recursion = Recursion(tables, executor, 2, levels=16)
        if recursion.grid[0] == 1:  # hardly any demand left after opening stock
            continue
        assert recursion.coarse_items == 1
        answer = recursion.minimise(form)
        value = value_of(form, tables, answer)
        assert keeps_order_rules(tables, answer.plan.astype(np.int64))
        assert answer.lower_bound[0] <= optimum + 1e-8
        assert value >= optimum - 1e-8
        is_best.append(value <= optimum + 1e-6)
    assert len(is_best) >= 25
    assert np.mean(is_best) >= 0.6


@pytest.mark.parametrize(
    ("lots", "levels", "grid"), [(128, 128, 1), (129, 128, 2), (256, 128, 2), (257, 128, 4)]
)
def test_grid_is_the_smallest_power_of_two(
    lots: int, levels: int, grid: int, executor: ThreadPoolExecutor
) -> None:
    """An item with as many lots as levels is exact; one lot more and its grid doubles.

    Demand of lots - 1 units gives a limit of lots - 1, and one for the smallest order.
    """
    tables = tables_of(make_instance(demand=[lots - 1]))
    assert tables.lots_limit.tolist() == [lots]
    assert Recursion(tables, executor, 2, levels=levels).grid.tolist() == [grid]


@pytest.mark.parametrize("maximum", [None, 7])
def test_finer_grids_look_around_the_coarser_plan(maximum: int | None, executor: ThreadPoolExecutor) -> None:
    """1,000 units in two periods from a grid of 64 down to single units: the window moves with the plan.

    Everything is ordered when it is needed, as holding costs: 400 and 600. A coarse plan is at most 63 lots off, a
    finer grid looks 10 steps of 8 to each side and then 10 of 1, and a maximum of 7 lots of 100 is kept on the way.
    """
    lot_size = 1 if maximum is None else 100
    tables = tables_of(
        make_instance(
            demand=(400, 600),
            settings={"storage_rate_per_year": 0.1},
            items={
                "lot_size": lot_size,
                "maximum_order_units": None if maximum is None else maximum * lot_size,
            },
            segments={"backorder_cost_share_of_price_per_period": 0.5},
        )
    )
    recursion = Recursion(tables, executor, 2, levels=16 if maximum is None else 4)
    assert recursion.grid[0] == (64 if maximum is None else 4)
    assert RADIUS >= 8  # a finer grid must reach the neighbouring coarse levels
    plan = recursion.minimise(objective_form(tables)).plan * lot_size
    assert plan.tolist() == [[400, 1000]]


@pytest.mark.parametrize("maximum", [988, 990, 995])
def test_finer_grids_keep_a_maximum_of_very_many_lots(maximum: int, executor: ThreadPoolExecutor) -> None:
    """1,000 units at once of which one order brings at most `maximum`: the rest comes early or not at all, never in that order.

    The finer grid of the second period begins hundreds of lots above that of the first, and has fewer levels than an order may
    have steps.
    """
    tables = tables_of(
        make_instance(
            demand=(0, 1000),
            settings={"storage_rate_per_year": 0.1},
            items={"lot_size": 1, "maximum_order_units": maximum},
            segments={"backorder_cost_share_of_price_per_period": 0.5},
        )
    )
    form = objective_form(tables)
    recursion = Recursion(tables, executor, 2, levels=16)
    assert recursion.grid[0] == 64
    answer = recursion.minimise(form)
    assert keeps_order_rules(tables, answer.plan.astype(np.int64))
    optimum = Recursion(tables, executor, 2, levels=10**6).minimise(form)
    assert optimum.plan.tolist() == [[1000 - maximum, 1000]]
    assert value_of(form, tables, answer) >= optimum.lower_bound[0] - 1e-8


def test_threads_do_not_change_the_answer() -> None:
    """One worker or three: the same plan, to the last lot."""
    tables = tables_of(random_instance(np.random.default_rng(1), items=20))
    form = objective_form(tables)
    answers = []
    for workers in (1, 3):
        with threads(workers) as pool:
            answers.append(Recursion(tables, pool, workers).minimise(form))
    np.testing.assert_array_equal(answers[0].plan, answers[1].plan)
    np.testing.assert_array_equal(answers[0].lower_bound, answers[1].lower_bound)
