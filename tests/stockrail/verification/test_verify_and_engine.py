"""Two ways to the same numbers: the checker's walk over the tree and the engine's tables agree on random instances."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.schema import FundedBuild, Guardrail, QuantityBreak, Warehouse
from stockrail.verification.flows import Flows, simulate
from stockrail.verification.guardrails import Rows, read_limits
from stockrail.verification.metrics import RATIOS
from stockrail.verification.verify import measure_all
from tests.random_instances import random_instance, random_plan, tables_of

SEEDS = range(12)
ITEMS = 4
GUARDRAILS = 14


def instance_with_everything(random: np.random.Generator) -> Instance:
    """A random instance with quantity breaks, deposits, overtime, a warehouse, and soft guardrails of every kind."""
    plain = random_instance(random, items=ITEMS, most_nodes=16)
    settings = plain.settings.model_copy(update={"forward_cover_days": float(random.uniform(5, 200))})
    breaks = [
        QuantityBreak.model_validate(
            {
                "item": row.item,
                "from_units": row.lot_size * lots,
                "unit_cost": row.unit_cost * share,
                "applies_to": kind,
            }
        )
        for row, kind in zip(plain.items, ("all units", "incremental"), strict=False)
        for lots, share in ((2, 0.9), (4, 0.8))
    ]
    guardrails = [_random_guardrail(random, plain, f"g{k}") for k in range(GUARDRAILS)]
    builds = [
        FundedBuild(
            build=f"b{k}",
            guardrail=row.guardrail,
            scope="item",
            scope_value=plain.items[k % ITEMS].item,
            amount=20,
            first_period=0,
            last_period=max(0, settings.periods - 3),
            exit_date=settings.start
            + dt.timedelta(days=settings.period_length_days * (settings.periods + 1)),
        )
        for k, row in enumerate(guardrails)
        if row.measured == "each period" and row.metric != "overtime_spend"
    ]
    supplier = {"deposit_share": 0.3, "capacity_units_per_period": 5.0, "overtime_premium_per_unit": 0.7}
    return dataclasses.replace(
        plain,
        settings=settings,
        items=tuple(row.model_copy(update={"warehouse": "H", "space_per_unit": 0.5}) for row in plain.items),
        suppliers=tuple(row.model_copy(update=supplier) for row in plain.suppliers),
        warehouses=(Warehouse(warehouse="H", capacity_space=10, overflow_premium_per_period=0.4),),
        quantity_breaks=tuple(breaks),
        guardrails=tuple(guardrails),
        funded_builds=tuple(builds),
    )


def _random_guardrail(random: np.random.Generator, instance: Instance, name: str) -> Guardrail:
    holds = str(random.choice(["every scenario", "expected", "cvar", "chance"]))
    is_whole = random.random() < 0.6
    first = int(random.integers(0, instance.settings.periods))
    measured = str(random.choice(["each period", "average", "total"]))
    return Guardrail.model_validate(
        {
            "guardrail": name,
            "metric": str(random.choice(list(METRICS))),
            "scope": "all" if is_whole else "supplier",
            "scope_value": "" if is_whole else instance.items[0].supplier,
            "first_period": first,
            "last_period": int(random.integers(first, instance.settings.periods)),
            "lower": random.uniform(0, 50),
            "upper": random.uniform(50, 500),
            "holds": holds,
            "alpha": random.uniform(0, 0.8) if holds in ("cvar", "chance") else None,
            "measured": measured,
            "soft_price": random.uniform(0.1, 3),
        }
    )


def both(seed: int) -> tuple[Ledger, Flows, list[Rows]]:
    """A random plan in the engine's ledger and in the checker's simulation."""
    random = np.random.default_rng(seed)
    instance = instance_with_everything(random)
    tables = tables_of(instance)
    ledger = Ledger(tables, random_plan(random, tables))
    limits = read_limits(instance, tables.tree)
    scopes = [np.ones(ITEMS, dtype=bool), *(limit.scope for limit in limits)]
    flows = simulate(instance, tables.tree, np.rint(ledger.stock.lots).astype(np.int64).T, scopes)
    return ledger, flows, measure_all(limits, flows, instance, tables.tree)


@pytest.mark.parametrize("seed", SEEDS)
def test_money_metrics_and_denominators_agree(seed: int) -> None:
    """Parts of the margin by item, and metrics and denominators by node."""
    ledger, flows, _ = both(seed)
    for part, amount in flows.parts.items():
        np.testing.assert_allclose(ledger.item_parts[part], amount, atol=1e-7, err_msg=part)
    for name, values in flows.metrics.items():
        np.testing.assert_allclose(ledger.metric(name).sum(axis=0), values[0], atol=1e-7, err_msg=name)
    assert set(METRICS) == {*flows.metrics, "overtime_spend"}
    for name in RATIOS:
        denominator = METRICS[name].denominator(ledger.tables)
        if isinstance(denominator, np.ndarray):
            ours = flows.denominators[name][0]
            np.testing.assert_allclose(denominator.sum(axis=0), ours, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
def test_penalties_and_overtime_agree(seed: int) -> None:
    """What soft guardrails of every kind cost, with funded builds, and what capacities cost."""
    ledger, _, measured = both(seed)
    guardrails = Guardrails.build(ledger.tables)
    # Row by row in the same order, so that two mistakes cannot cancel out.
    use = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
    costs = guardrails.soft_prices * guardrails.assess(use)
    blocks = list(guardrails.each())
    assert [(block.name, block.side) for block, _ in blocks] == [rows.limit.key for rows in measured]
    engine = [float(costs[where].sum()) for _, where in blocks]
    assert engine == pytest.approx([rows.penalty for rows in measured], rel=1e-6, abs=1e-6)
    assert sum(cost > 0 for cost in engine) >= GUARDRAILS / 2
