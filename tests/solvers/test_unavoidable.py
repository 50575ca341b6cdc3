"""Limits that nothing ordered can keep are told before any search, by what is in stock, under way or fixed."""

from dataclasses import fields
from pathlib import Path

import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.metrics import metric_names
from stockrail.model.tables import Tables
from stockrail.solvers import single_limits
from stockrail.solvers.blocks.item_block import Asked, ItemBlock, Priced
from stockrail.solvers.blocks.solve import solve_in_blocks
from stockrail.solvers.decomposition import open_session, solve_decomposition, solve_in
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.line_ranges import LineRanges
from stockrail.solvers.result import Diagnosis, InfeasibleError, SolveOptions
from stockrail.solvers.unavoidable import LeastUse, beyond
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of
from tests.solvers.extensive_cases import one_order_two_futures
from tests.solvers.unavoidable_cases import CASES

EXACT = SolveOptions(time_limit=30.0, gap=0.0, workers=1)


def diagnosis_of(instance: Instance) -> Diagnosis:
    with pytest.raises(InfeasibleError) as caught:
        solve_decomposition(tables_of(instance), EXACT)
    return caught.value.diagnosis


def is_told(tables: Tables) -> bool:
    """Whether the check before the search says that limits cannot hold."""
    guardrails = Guardrails.build(tables)
    return bool(beyond(guardrails, LeastUse.of(guardrails, LineRanges(tables))).any())


def test_every_metric_has_a_case() -> None:
    """A new metric needs one."""
    assert set(CASES) == set(metric_names())


@pytest.mark.parametrize("metric", CASES)
def test_a_limit_that_cannot_hold_gives_way_by_what_is_beyond_it(metric: str) -> None:
    """The amounts of the cases are proven before any search, and the extensive form finds the same."""
    case = CASES[metric]
    tables = tables_of(case.instance(metric))
    assert is_told(tables)
    diagnosis = diagnosis_of(tables.instance)
    assert diagnosis.is_unavoidable
    assert diagnosis.is_enough
    assert diagnosis.conflict == (("G", case.side),)
    (relaxation,) = diagnosis.relaxations
    assert (relaxation.guardrail, relaxation.side, relaxation.period) == ("G", case.side, case.period)
    assert relaxation.amount == pytest.approx(case.amount)
    assert relaxation.limit_change == pytest.approx(case.limit_change)
    assert diagnosis.least_money == diagnosis.money
    with pytest.raises(InfeasibleError) as caught:
        solve_extensive(tables, EXACT)
    assert caught.value.diagnosis.money == pytest.approx(diagnosis.money, rel=1e-6)


@pytest.mark.parametrize("metric", CASES)
def test_a_limit_that_just_holds_is_not_told(metric: str) -> None:
    """With the limit moved by what the case says and a millionth of it there is a plan."""
    case = CASES[metric]
    change = case.limit_change * (1 + 1e-6)
    limit = case.limit + change if case.side == "upper" else case.limit - change
    tables = tables_of(case.instance(metric, **{case.side: limit}))
    assert not is_told(tables)
    assert solve_decomposition(tables, EXACT).cumulative_lots is not None


@pytest.mark.parametrize("metric", CASES)
def test_a_soft_limit_is_not_told(metric: str) -> None:
    """A limit that may be broken at a price leaves a plan."""
    tables = tables_of(CASES[metric].instance(metric, soft_price=0.01))
    assert not is_told(tables)
    assert solve_decomposition(tables, EXACT).cumulative_lots is not None


def test_a_hard_capacity() -> None:
    """5 fixed lots for a capacity of 2 are 3 too many, worth 10 each."""
    diagnosis = diagnosis_of(
        make_instance(order_overrides={"period": 0, "lots": 5}, suppliers={"capacity_units_per_period": 2})
    )
    assert diagnosis.conflict == (("capacity:V", "upper"),)
    assert diagnosis.money == pytest.approx(30)


TWO_ITEMS: Changes = {
    "demand": [[5, 5, 5], [2, 2, 2]],
    "items": [{"opening_stock_units": 10}, {"opening_stock_units": 8}],
}
"""5, 0 and no units of A are left, 6, 4, 2 of B: 66, 24 and 12 in all."""


def test_two_items_are_summed() -> None:
    """A limit of 20 is exceeded by 46 and 4 in the first two periods; A has 30 of the 66."""
    diagnosis = diagnosis_of(make_instance(**TWO_ITEMS, guardrails={"upper": 20}))
    found = {row.period: row.amount for row in diagnosis.relaxations}
    assert found == pytest.approx({0: 46, 1: 4})
    assert diagnosis.money == pytest.approx(50)
    assert dict(diagnosis.items) == pytest.approx({"B": 36 / 66, "A": 30 / 66})


def test_a_scope_counts_its_items() -> None:
    """B alone has 36 in period 0; a limit of 40 on it can hold, one of 30 cannot, by 6."""
    of_b = {"scope": "item", "scope_value": "B"}
    assert not is_told(tables_of(make_instance(**TWO_ITEMS, guardrails={"upper": 40, **of_b})))
    diagnosis = diagnosis_of(make_instance(**TWO_ITEMS, guardrails={"upper": 30, **of_b}))
    assert {row.period: row.amount for row in diagnosis.relaxations} == pytest.approx({0: 6})


def test_blocks_of_items_say_the_same() -> None:
    """Each block has its own least, and they add up."""
    tables = tables_of(make_instance(**TWO_ITEMS, guardrails={"upper": 20}))
    with pytest.raises(InfeasibleError) as caught:
        solve_in_blocks(tables.instance, tables.tree, EXACT, block_items=1)
    of_blocks, whole = caught.value.diagnosis, diagnosis_of(tables.instance)
    assert of_blocks.items == ()  # only whole instances know
    for field in fields(Diagnosis):
        if field.name != "items":
            assert getattr(of_blocks, field.name) == getattr(whole, field.name)


def test_a_sample_of_many_blocks_is_not_searched_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """40 blocks of one item each, 30 in stock of all for a limit of 900: the recursion is asked at no prices at all."""
    asked: list[bool] = []
    price = ItemBlock.price

    def spy(block: ItemBlock, question: Asked) -> Priced:
        asked.append(question.prices is None)
        return price(block, question)

    monkeypatch.setattr(ItemBlock, "price", spy)
    tables = tables_of(
        make_instance(
            demand=[[5, 5]] * 40,
            items=[{"item": f"I{i}", "opening_stock_units": 10} for i in range(40)],
            guardrails={"upper": 900},
        )
    )
    with pytest.raises(InfeasibleError) as caught:
        solve_in_blocks(tables.instance, tables.tree, EXACT, block_items=1)
    assert caught.value.diagnosis.money == pytest.approx(40 * 30 - 900)
    assert asked == [True] * 40


@pytest.mark.parametrize(
    ("holds", "alpha", "amount"),
    [("every scenario", None, 60), ("expected", None, 36), ("cvar", 0.5, 60), ("chance", 0.5, 12)],
)
def test_each_way_to_hold(holds: str, alpha: float | None, amount: float) -> None:
    """20 in stock leave 10 or 18 units, worth 60 or 108, for a limit of 48.

    In expectation 84 are 36 too much; of the worst half it is 60, and a chance of one half lets the low demand off.
    """
    rail = {"first_period": 1, "upper": 48, "holds": holds, "alpha": alpha}
    diagnosis = diagnosis_of(one_order_two_futures(items={"opening_stock_units": 20}, guardrails=rail))
    assert diagnosis.is_unavoidable
    assert diagnosis.money == diagnosis.least_money == pytest.approx(amount)


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        ("each period", {0: 10, 1: 100, 2: 70}),
        ("quarter ends", {1: 100}),
        ("average", {2: 60}),
        ("total", {2: 220}),
    ],
)
def test_each_way_to_measure(measured: str, told: dict[int, float]) -> None:
    """30, 120 and 90 in stock whatever is ordered, for a limit of 20: 10, 100 and 70 too much; the average is 80, the total 240.

    Periods of 46 days from 1 January 2024 end on 15 February, 1 April and 17 May: the second has the quarter's last day.
    """
    diagnosis = diagnosis_of(
        make_instance(
            demand=(5, 5, 5),
            settings={"period_length_days": 46},
            items={"opening_stock_units": 10},
            open_orders={"due_period": 1, "units": 20},
            guardrails={"upper": 20, "measured": measured},
        )
    )
    assert {row.period: row.amount for row in diagnosis.relaxations} == pytest.approx(told)


def test_nothing_is_searched() -> None:
    """No plan is made and nothing is asked of the recursion."""
    tables = tables_of(make_instance(**TWO_ITEMS, guardrails={"upper": 20}))
    with open_session(tables, EXACT) as session:
        with pytest.raises(InfeasibleError):
            solve_in(session, session.guardrails, EXACT)
        assert session.pool.plans == []
        assert session.proofs == []


SERVICE: Changes = {"guardrail": "service", "metric": "fill_rate", "lower": 1, "first_period": 2}


def test_what_is_enough_is_not_known_where_no_orders_break_another_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """120 in stock in period 1 for a limit of 100; without orders 10 of 30 units are short in period 2, which another one forbids.

    Where explaining takes no time, the cheapest relaxation is found: 20 suffice, as 10 units can still be ordered in period 2.
    """
    instance = make_instance(
        demand=(5, 5, 30),
        items={"opening_stock_units": 10},
        open_orders={"due_period": 1, "units": 20},
        guardrails=[{"upper": 100}, SERVICE],
    )
    whole = diagnosis_of(instance)
    assert whole.is_enough
    assert whole.money == pytest.approx(20, rel=0.01)
    monkeypatch.setattr(single_limits, "EXPLAINED_SIZE", 0)
    with pytest.raises(InfeasibleError, match=r"at least 20, to 120(.|\n)*find out what else") as caught:
        solve_decomposition(tables_of(instance), EXACT)
    assert caught.value.diagnosis.is_unavoidable
    assert not caught.value.diagnosis.is_enough
    assert caught.value.diagnosis.money == pytest.approx(20)


def test_the_message_says_which_limit_to_raise_to_what() -> None:
    """In the words that a person reads: reason, change and new limit, what to do next."""
    with pytest.raises(InfeasibleError) as caught:
        solve_decomposition(tables_of(make_instance(**TWO_ITEMS, guardrails={"upper": 20})), EXACT)
    lines = str(caught.value).splitlines()
    assert lines[0] == (
        "No plan keeps guardrail 'G' (upper). With what is in stock, under way or fixed, it is broken by itself, whatever else "
        "is ordered."
    )
    assert lines[2] == "  G, period 0: raise the upper limit by at least 46, to 66 (worth 46.00)"
    assert lines[3] == "  G, period 1: raise the upper limit by at least 4, to 24 (worth 4.00)"
    assert "--relax" in lines[-1]


def test_the_page_shows_what_is_printed() -> None:
    """The example in docs/guardrails.md, 30, 120 and 90 in stock for a limit of 100, line by line."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "guardrails.md").read_text(encoding="utf-8")
    instance = make_instance(
        demand=(5, 5, 5),
        items={"opening_stock_units": 10},
        open_orders={"due_period": 1, "units": 20},
        guardrails={"upper": 100},
    )
    with pytest.raises(InfeasibleError) as caught:
        solve_decomposition(tables_of(instance), EXACT)
    lines = str(caught.value).splitlines()
    assert "\n".join(f"    {line}" for line in lines[:3]) in page
