"""Published and closed-form reference cases as instances: the mapping, once, for every solver's tests.

The cases lie beside the repository, in shared/data/reference; without that folder there are no cases and tests skip. Which
are covered, how their numbers become columns, and which are not and why: docs/reference-cases.md.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stockrail.model.formulation_stock import backlog_of
from stockrail.model.instance import Instance
from tests.builders import make_instance, path_of_nodes

REFERENCE = Path(__file__).parents[2] / "shared" / "data" / "reference"

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference cases lie beside the repository, in shared/data/reference"
)


@dataclass(frozen=True)
class ReferenceCase:
    """An instance and what its best plan earns and orders first.

    Attributes
    ----------
    expected_margin : the reference value as an expected margin; `tolerance` is what lots or rounding may take of it.
    first_order_units : units by item ordered at the root, None where several plans are optimal; within `lot_tolerance`.
    """

    instance: Instance
    expected_margin: float
    tolerance: float
    first_order_units: tuple[float, ...] | None = None
    lot_tolerance: float = 1e-9


def reference(name: str) -> Any:
    """One file of reference cases."""
    return json.loads((REFERENCE / f"{name}.json").read_text())


def closed_forms(model: str) -> list[Any]:
    """Parameters of the closed-form cases of one model, by name; none without the folder."""
    if not REFERENCE.is_dir():
        return []
    return [
        pytest.param(case, id=case["name"])
        for case in reference("closed_form_gold")
        if case["model"] == model
    ]


def lot_sizing(
    demand: Sequence[float],
    order_cost: Sequence[float],
    holding_cost: float,
    purchase_cost: Sequence[float] | None = None,
) -> Instance:
    """One item that must never be out of stock: orders arrive at once, stock is counted at the end of the period.

    A unit's standard value is 1, so that the holding rate is the holding cost; waiting costs 1000 a unit and period.
    """
    facts = [
        {
            "node": f"n{t}",
            "order_cost_factor": order_cost[t],
            "cost_factor": purchase_cost[t] if purchase_cost else 1.0,
        }
        for t in range(len(demand))
    ]
    return make_instance(
        demand=demand,
        settings={"storage_rate_per_year": holding_cost},
        items={"unit_price": 10, "unit_cost": 1, "order_cost": 1},
        segments={"backorder_cost_share_of_price_per_period": 100},
        scenarios=path_of_nodes(len(demand)),
        scenario_suppliers=facts,
    )


def wagner_whitin_1958() -> ReferenceCase:
    """Wagner and Whitin's 12 periods cost 864; every unit is sold at 10 and bought at 1."""
    case = reference("G2_wagner_whitin_1958")
    instance = lot_sizing(case["demand"], case["setup"], case["holding"][0])
    return ReferenceCase(instance, 9 * sum(case["demand"]) - case["gold"]["optimum"], tolerance=1e-3)


def wagner_whitin(case: Any) -> ReferenceCase:
    """Textbook lot sizing; the optimum counts the purchase cost only where it differs by period."""
    given = case["params"]
    purchase = given.get("purchase_cost")
    fixed = [given["fixed_cost"]] * given["num_periods"]
    instance = lot_sizing(given["demand"], fixed, given["holding_cost"], purchase)
    revenue = (10 if purchase else 9) * sum(given["demand"])
    return ReferenceCase(instance, revenue - case["optimum"], tolerance=1e-2)


def air_conditioner() -> ReferenceCase:
    """Birge and Louveaux's three stages cost 62,500: regular at 100 up to 200 a period, express at 300, storage at 50.

    Being out of stock costs more than the express premium, so all demand is met; stock of 100 units is worth 10,000.
    """
    case = reference("G1_air_conditioner_3stage")
    nodes = [
        {
            "node": str(node["id"]),
            "parent": str(node["parent"]) if node["id"] else "",
            "period": node["stage"] - 1,
            "probability": node["prob"],
        }
        for node in case["nodes"]
    ]
    instance = make_instance(
        demand=(0, 0, 0),
        settings={"storage_rate_per_year": 0.5},
        items={
            "unit_price": 1000,
            "unit_cost": 100,
            "lot_size": 50,
            "maximum_order_units": 200,
            "expedite_premium": 200,
            "expedite_share": 1,
        },
        segments={"backorder_cost_share_of_price_per_period": 1},
        guardrails={"upper": 10_000},
        scenarios=nodes,
        scenario_demand=[{"node": str(node["id"]), "units": node["demand"]} for node in case["nodes"]],
    )
    revenue = 1000 * sum(node["prob"] * node["demand"] for node in case["nodes"])
    return ReferenceCase(
        instance, revenue - case["gold"]["optimum"], 0.05, first_order_units=(case["gold"]["x1_regular"],)
    )


def two_stage_with_budget(budget: str) -> ReferenceCase:
    """Orders before demand is known, within a budget on purchases (the recourse problem of the reference case).

    An order with lead time 1 is placed before the demand of period 1 is known. Stock is worth half its standard value
    at the end, so the standard value is twice the salvage value, and the cost factor restores the purchase cost.
    """
    case = reference("G11_two_stage_evpi_vss")
    scenarios = [{"node": "now", "period": 0, "probability": 1}] + [
        {"node": f"s{k}", "parent": "now", "period": 1, "probability": scenario["prob"]}
        for k, scenario in enumerate(case["scenarios"])
    ]
    instance = make_instance(
        demand=((0, 0), (0, 0)),
        settings={"terminal_stock_share": 0.5},
        items=[
            {
                "unit_price": item["price"],
                "unit_cost": 2 * item["salvage"],
                "order_cost": item["setup"],
                "lead_time_periods": 1,
                "segment": item["n"],
                "supplier": item["n"],
            }
            for item in case["items"]
        ],
        segments=[
            {
                "segment": item["n"],
                "lost_share": 1,
                "churn_cost_share_of_price": item["penalty"] / item["price"],
            }
            for item in case["items"]
        ],
        suppliers=[{"supplier": item["n"]} for item in case["items"]],
        guardrails={"metric": "purchases", "upper": None if budget == "None" else float(budget)},
        scenarios=scenarios,
        scenario_demand=[
            {"node": f"s{k}", "item": item["n"], "units": scenario["demand"][i]}
            for k, scenario in enumerate(case["scenarios"])
            for i, item in enumerate(case["items"])
        ],
        scenario_suppliers=[
            {"node": "now", "supplier": item["n"], "cost_factor": item["cost"] / (2 * item["salvage"])}
            for item in case["items"]
        ],
    )
    gold = case["gold"][budget]
    return ReferenceCase(instance, gold["RP"], tolerance=1e-3, first_order_units=tuple(gold["Q"]))


def newsvendor_normal(case: Any) -> ReferenceCase:
    """One period, normal demand, what is short waits at the stockout cost.

    With stock at the end worth its value c, margin = mean * (price - c) - holding * on hand - stockout * backlog, so the
    newsvendor's cost is what is missing to mean * (price - c). The order is within half a lot of the closed form's.
    """
    given = case["params"]
    return _base_stock(case, periods=1, lead_time=0, mean=given["demand_mean"])


def base_stock_lead_time(case: Any) -> ReferenceCase:
    """One order for a whole lead time: the newsvendor of the error that accumulates until it arrives.

    The order of period 0 arrives in period `lead_time`; it is the only one that arrives within the horizon. By then
    lead time + 1 periods have been demanded, and their errors have accumulated.
    """
    given = case["params"]
    return _base_stock(case, given["lead_time"] + 1, given["lead_time"], given["demand_mean"])


def _base_stock(case: Any, periods: int, lead_time: int, mean: float) -> ReferenceCase:
    given = case["params"]
    sd = given["demand_sd"]
    unit_cost, lot = 2 * given["holding_cost"], sd / 40
    price = 10 * unit_cost
    instance = make_instance(
        demand=[mean] * periods,
        sigma=[sd] * periods,
        settings={"storage_rate_per_year": 0.5, "terminal_stock_share": 1},
        items={
            "unit_price": price,
            "unit_cost": unit_cost,
            "lot_size": lot,
            "lead_time_periods": lead_time,
        },
        segments={"backorder_cost_share_of_price_per_period": given["stockout_cost"] / price},
    )
    # What the periods before the order's arrival hold and owe is given: the order cannot change it.
    given_cost = 0.0
    for period in range(periods - 1):
        net, sigma = -mean * (period + 1), sd * (period + 1) ** 0.5
        owed = backlog_of(net, sigma)
        given_cost += given["stockout_cost"] * owed + given["holding_cost"] * (net + owed)
    margin = periods * mean * (price - unit_cost) - given_cost - case["optimum"]
    return ReferenceCase(
        instance,
        margin,
        tolerance=1e-4 * case["optimum"],
        first_order_units=(case["base_stock"],),
        lot_tolerance=lot / 2 + 1e-9,
    )


def newsvendor_with_lost_sales(case: Any) -> ReferenceCase:
    """One period, normal demand, what is short is lost; a unit left is worth the salvage share of its cost."""
    given = case["params"]
    cost, lot = given["purchase_cost"], given["demand_sd"] / 40
    instance = make_instance(
        demand=[given["demand_mean"]],
        sigma=given["demand_sd"],
        settings={"terminal_stock_share": given["salvage_value"] / cost},
        items={"unit_price": given["revenue"], "unit_cost": cost, "lot_size": lot},
        segments={"lost_share": 1},
    )
    return ReferenceCase(
        instance,
        case["optimum"],
        tolerance=1e-4 * case["optimum"],
        first_order_units=(case["base_stock"],),
        lot_tolerance=lot,
    )


def newsvendor_with_expediting(number: int) -> ReferenceCase:
    """One period, normal demand, what is short is expedited while that costs less than losing the sale.

    The normal distribution owes sigma * G(Q / sigma) before demand arrives (demand below 0). The closed form expedites
    it too, the model does not: its margin is higher by the premium on it.
    """
    case = reference("G10_expedite_newsvendor")["gold"][number]
    cost, price, lot = case["c"], case["price"], 0.5
    premium = case["expedite_cost"] - cost
    instance = make_instance(
        demand=[case["mean"]],
        sigma=case["sd"],
        settings={
            "storage_rate_per_year": case["hold"] / cost,
            "terminal_stock_share": case["salvage"] / cost,
        },
        items={
            "unit_price": price,
            "unit_cost": cost,
            "lot_size": lot,
            "expedite_premium": premium,
            "expedite_share": 1,
        },
        segments={"lost_share": 1, "churn_cost_share_of_price": case["penalty"] / price},
    )
    owed_before = premium * backlog_of(case["Q"], case["sd"])
    return ReferenceCase(
        instance, case["profit"] + owed_before, 0.02, first_order_units=(case["Q"],), lot_tolerance=lot
    )


def newsvendor_discrete(case: Any) -> ReferenceCase:
    """Demand known only after the order, one scenario per outcome, no noise: exact, at amounts in the millions."""
    given = case["params"]
    pmf = {int(units): probability for units, probability in given["demand_pmf"].items()}
    unit_cost = 2.0 * given["holding_cost"]
    price = 2.0 * unit_cost
    instance = make_instance(
        demand=(0, 0),
        settings={"storage_rate_per_year": 0.5, "terminal_stock_share": 1},
        items={"unit_price": price, "unit_cost": unit_cost, "lead_time_periods": 1},
        segments={"backorder_cost_share_of_price_per_period": given["stockout_cost"] / price},
        scenarios=[{"node": "now", "period": 0, "probability": 1}]
        + [
            {"node": f"d{units}", "parent": "now", "period": 1, "probability": probability}
            for units, probability in pmf.items()
        ],
        scenario_demand=[{"node": f"d{units}", "units": units} for units in pmf],
    )
    mean = sum(units * probability for units, probability in pmf.items())
    margin = mean * (price - unit_cost) - case["optimum"]
    return ReferenceCase(instance, margin, tolerance=1.0, first_order_units=(case["base_stock"],))
