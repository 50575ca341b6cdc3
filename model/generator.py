"""Generate a distributor of any size, with the ratios of `stockrail.model.distributor`."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from stockrail.model.distributor import (
    GROSS_MARGIN,
    PAYMENT_DAYS,
    PERIODS_PER_YEAR,
    Catalogue,
    make_distributor,
)
from stockrail.model.instance import Instance
from stockrail.model.schema import Guardrail, Supplier
from stockrail.model.schema_settings import Branching, Factor, SupplierEvent, TreeSpecification

START = dt.date(2027, 1, 4)

GROSS_MARGIN_DEVIATION = 0.07
"""Gross margin 24.2, 32.9 and 41.7 % at the 10th, 50th and 90th percentile: normal with this deviation."""

FREIGHT_RATE = (0.035, 0.06)
"""Freight is 3.5 % of the value by sea; up to 6 % with part loads (assumed)."""

VOLATILITY = {"market": 0.10, "product_group": 0.10, "item": 0.15}
PERSISTENCE = {"market": 0.98, "product_group": 0.95, "item": 0.90}
"""Standard deviation of the logarithm of demand at each branching, and what is left of it a week later (assumed)."""

DISRUPTION_PERIODS, DISRUPTION_DELAY = 4, 2
"""4.8 % of deliveries are more than 14 days late: two weeks late in 4 of 26 weeks of a third of the scenarios."""


@dataclass(frozen=True)
class Disruption:
    """A supplier that is late and dearer for a while; fields as in `SupplierEvent`."""

    supplier: str
    duration_periods: int
    delay_periods: int
    cost_factor: float = 1.0


def generate(
    items: int,
    periods: int,
    branchings: tuple[int, ...],
    seed: int,
    *,
    name: str = "distributor",
    guardrails: tuple[Guardrail, ...] = (),
) -> Instance:
    """Generate a distributor's planning problem in weeks and EUR.

    Parameters
    ----------
    items, periods : int
        Size of the problem, at least 1 item and 2 periods.
    branchings : tuple of int
        Number of branches of each branching of the tree. The branchings are spread over the first half of the horizon;
        the number of scenarios is the product.
    seed : int
        The same seed gives the same instance.

    Raises
    ------
    ValueError
        If there are more branchings than periods after the first.
    """
    if items < 1 or periods < 2:
        raise ValueError(f"Expected at least 1 item and 2 periods, got {items} and {periods}.")
    random = np.random.default_rng(seed)
    suppliers = _suppliers(random, min(12, -(-items // 3)))
    catalogue = _catalogue(random, items, periods, suppliers)
    return make_distributor(
        random,
        catalogue,
        suppliers,
        specification(branchings, periods, seed, (disruption_of_largest(catalogue, suppliers),)),
        name=name,
        currency="EUR",
        start=START,
        single_unit_share=0.15,
        guardrails=guardrails,
    )


def specification(
    widths: tuple[int, ...], periods: int, seed: int, disruptions: tuple[Disruption, ...]
) -> TreeSpecification:
    """Specify a tree with branchings spread over the first half of the horizon.

    Each disruption hits the last branch of one branching: the first one that of the second branching, so that there is
    a while to prepare, further ones those after it, all over again if there are too many.
    """
    branchings = tuple(
        Branching(period=t, width=w)
        for t, w in zip(branching_periods(len(widths), periods), widths, strict=True)
    )
    hit = [branchings[(k + 1) % len(branchings)] for k in range(len(disruptions))] if branchings else []
    events = tuple(
        SupplierEvent(period=branching.period, branch=branching.width - 1, **vars(disruption))
        for branching, disruption in zip(hit, disruptions, strict=False)
    )
    return TreeSpecification(
        branchings=branchings,
        market=_factor("market"),
        product_group=_factor("product_group"),
        item=_factor("item"),
        events=events,
        seed=seed,
    )


def _factor(layer: str) -> Factor:
    return Factor(volatility=VOLATILITY[layer], persistence=PERSISTENCE[layer])


def branching_periods(count: int, periods: int) -> list[int]:
    """Spread branchings evenly from period 1 over the first half of the horizon, further where they do not fit.

    >>> branching_periods(4, 26)
    [1, 5, 9, 13]
    """
    if count > periods - 1:
        raise ValueError(f"Expected at most {periods - 1} branchings in {periods} periods, got {count}.")
    last = max(periods // 2, count)
    return [int(t) for t in np.linspace(1, last, count).round()]


def _catalogue(
    random: np.random.Generator, items: int, periods: int, suppliers: tuple[Supplier, ...]
) -> Catalogue:
    # Every supplier and product group has an item before chance mixes them.
    supplier = random.permutation(np.arange(items) % len(suppliers))
    groups = max(1, min(12, items // 4))
    product_group = random.permutation(np.arange(items) % groups)
    weekly = random.lognormal(np.log(40), 1.1, items)
    unit_cost = np.maximum(random.lognormal(np.log(12), 0.9, items).round(2), 0.5)
    landed_rate = np.array([1 + row.freight_rate + row.duty_rate for row in suppliers])[supplier]
    gross_margin = np.clip(random.normal(GROSS_MARGIN, GROSS_MARGIN_DEVIATION, items), 0.15, 0.55)
    swing = random.uniform(0.05, 0.30, groups)[product_group]
    peak = random.uniform(0, PERIODS_PER_YEAR, groups)[product_group]
    angle = 2 * np.pi * (np.arange(periods) - peak[:, None]) / PERIODS_PER_YEAR
    mean_demand = np.maximum((weekly[:, None] * (1 + swing[:, None] * np.cos(angle))).round(1), 0.1)
    is_variable = random.random(items) < 0.4
    deviation = np.where(is_variable, random.uniform(0.25, 0.40, items), random.uniform(0.15, 0.25, items))
    lead_time = random.integers(1, 5, len(suppliers))[supplier]
    digits = max(3, len(str(items)))
    return Catalogue(
        names=tuple(f"item-{i + 1:0{digits}d}" for i in range(items)),
        descriptions=tuple(f"Article {i + 1} of group {k + 1}" for i, k in enumerate(product_group)),
        product_groups=tuple(f"group-{k + 1:02d}" for k in product_group),
        supplier=supplier,
        lead_time=np.minimum(lead_time, max(1, periods - 2)),
        unit_cost=unit_cost,
        unit_price=(unit_cost * landed_rate / (1 - gross_margin)).round(2),
        mean_demand=mean_demand,
        sigma=(deviation[:, None] * mean_demand).round(2),
        is_variable=is_variable,
    )


def _suppliers(random: np.random.Generator, count: int) -> tuple[Supplier, ...]:
    rows = []
    for k in range(count):
        interval = 2 if random.random() < 0.3 else 1
        rows.append(
            Supplier(
                supplier=f"supplier-{k + 1:02d}",
                currency="EUR",
                freight_rate=round(random.uniform(*FREIGHT_RATE), 3),
                duty_rate=float(random.choice([0.0, 0.0, 0.02, 0.04])),
                payment_days=float(random.integers(PAYMENT_DAYS[0], PAYMENT_DAYS[1] + 1)),
                order_interval_periods=interval,
                order_offset_periods=int(random.integers(interval)),
                ownership="shipment" if random.random() < 0.25 else "receipt",
                capacity_units_per_period=None,
            )
        )
    return tuple(rows)


def disruption_of_largest(catalogue: Catalogue, suppliers: tuple[Supplier, ...]) -> Disruption:
    """Make the supplier that most is bought from late, as far as the horizon allows."""
    spend = np.bincount(catalogue.supplier, catalogue.unit_cost * catalogue.mean_demand.sum(axis=1))
    largest = int(spend.argmax())
    longest = int(catalogue.lead_time[catalogue.supplier == largest].max())
    delay = min(DISRUPTION_DELAY, catalogue.mean_demand.shape[1] - 1 - longest)
    return Disruption(suppliers[largest].supplier, DISRUPTION_PERIODS, delay, 1.1)
