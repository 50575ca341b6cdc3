"""Turn a catalogue of items into a distributor's instance, with the ratios of published facts.

Every ratio below names the fact it rests on; those without a published source say so. A period is a week. The
catalogue may be drawn (`stockrail.model.generator`) or real.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import Guardrail, Item, OpenOrder, Segment, Supplier
from stockrail.model.schema_settings import Settings, TreeSpecification
from stockrail.model.tree import IntArray

BoolArray = NDArray[np.bool_]

PERIOD_LENGTH_DAYS = 7
PERIODS_PER_YEAR = 365 / PERIOD_LENGTH_DAYS

CAPITAL_RATE, STORAGE_RATE, INSURANCE_RATE = 0.12, 0.04, 0.06
"""Carrying cost 20-30 % a year, of which capital 8-15 %, storage 2-5 %, the rest insurance and risk."""

CARRYING_RATE = CAPITAL_RATE + STORAGE_RATE + INSURANCE_RATE

RECEIVABLE_DAYS = 40.0
"""Days sales outstanding of large companies: 40.1."""

PAYMENT_DAYS = (23, 48)
"""Payment terms of suppliers: 23 to 48 days, 35.5 on average."""

GROSS_MARGIN = 0.33
"""Gross margin: 32.9 % in the median."""

EXPEDITE_MULTIPLE = (5.0, 10.0)
"""Fast freight costs 4-6 times as much as slow, by other reports 5-10 times: a premium of 14-54 % of the unit cost."""

SERVICE_LEVEL = {"A": 0.97, "B": 0.93, "C": 0.875}
"""Service levels by class: A 96-98 %, B 91-95 %, C 85-90 %."""

LOST_SHARE = {"A": 0.25, "B": 0.34, "C": 0.45}
"""Of customers who find nothing 20.5 % switch brand and 13.7 % go elsewhere: 34 % on average."""

CHURN_SHARE = {"A": 0.10, "B": 0.06, "C": 0.03}
"""Cost of a lost unit beyond its margin, as a share of price (assumed)."""

WRITE_OFF_SHARE = 0.25
"""Firms that write down stock write off about a quarter of it."""

FIXED_COST_SHARE_OF_REVENUE = 0.18
"""Wages, rent and the like, so that about a tenth of revenue is left (assumed)."""

TERMINAL_STOCK_SHARE = 0.9
OPENING_CASH_WEEKS = 3
"""What stock is worth at the end, and opening cash in weeks of cost of sales (assumed)."""

ORDER_QUANTITY_WEEKS = (2.0, 6.0)
"""Demand that an economic order quantity covers (assumed)."""

LOT_WEEKS = (0.2, 1.0)
MINIMUM_LOTS = (1, 3)
MAXIMUM_ORDER_WEEKS = 12
"""Demand that a lot covers, lots of the smallest order, and demand that the largest covers (assumed)."""

STOCK_WEEKS_BEYOND_LEAD_TIME = 1.2
"""Opening stock and open orders last until the first order can arrive, and so much longer (assumed)."""

PACK_SIZES = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 40, 48, 50, 60, 72, 80, 96])
"""Sensible numbers of units in a lot; above 96 the same numbers times ten, a hundred and so on."""


@dataclass(frozen=True)
class Catalogue:
    """What is known of each item before costs of ordering, lots and stock are derived.

    Attributes
    ----------
    names, descriptions, product_groups : tuple of str, by item
    supplier : int array [items]
        Position of the item's supplier.
    lead_time : int array [items]
        In weeks.
    unit_cost, unit_price : arrays [items]
    mean_demand, sigma : arrays [items, periods]
    is_variable : bool array [items]
        Whether demand is hard to forecast.
    """

    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    product_groups: tuple[str, ...]
    supplier: IntArray
    lead_time: IntArray
    unit_cost: Array
    unit_price: Array
    mean_demand: Array
    sigma: Array
    is_variable: BoolArray


def make_distributor(
    random: np.random.Generator,
    catalogue: Catalogue,
    suppliers: tuple[Supplier, ...],
    tree: TreeSpecification,
    *,
    name: str,
    currency: str,
    start: dt.date,
    single_unit_share: float,
    guardrails: tuple[Guardrail, ...] = (),
) -> Instance:
    """Derive order costs, lots, stock, segments and cash from a catalogue.

    Parameters
    ----------
    random : Generator
        Draws what the catalogue does not say.
    single_unit_share : float
        Share of items that come in lots of one unit.
    """
    landed_rate = np.array([1 + row.freight_rate + row.duty_rate for row in suppliers])
    unit_value = catalogue.unit_cost * landed_rate[catalogue.supplier]
    weekly = catalogue.mean_demand.mean(axis=1)
    revenue, cost = float(catalogue.unit_price @ weekly), float(unit_value @ weekly)
    items, open_orders = _items(random, catalogue, suppliers, currency, unit_value, single_unit_share)
    settings = Settings(
        name=name,
        currency=currency,
        start=start,
        period_length_days=PERIOD_LENGTH_DAYS,
        periods=catalogue.mean_demand.shape[1],
        cost_of_capital_rate_per_year=CAPITAL_RATE,
        storage_rate_per_year=STORAGE_RATE,
        insurance_rate_per_year=INSURANCE_RATE,
        terminal_stock_share=TERMINAL_STOCK_SHARE,
        receivable_days=RECEIVABLE_DAYS,
        opening_cash=significant(OPENING_CASH_WEEKS * cost, 2),
        opening_receivables=significant(revenue * RECEIVABLE_DAYS / PERIOD_LENGTH_DAYS, 3),
        opening_payables=significant(cost * sum(PAYMENT_DAYS) / 2 / PERIOD_LENGTH_DAYS, 3),
        fixed_payments_per_period=significant(FIXED_COST_SHARE_OF_REVENUE * revenue, 2),
        tree=tree,
    )
    return Instance(
        settings=settings,
        items=items,
        segments=_segments(),
        suppliers=suppliers,
        mean_demand=catalogue.mean_demand,
        sigma=catalogue.sigma,
        open_orders=open_orders,
        guardrails=guardrails,
    )


def _items(
    random: np.random.Generator,
    catalogue: Catalogue,
    suppliers: tuple[Supplier, ...],
    currency: str,
    unit_value: Array,
    single_unit_share: float,
) -> tuple[tuple[Item, ...], tuple[OpenOrder, ...]]:
    count = len(catalogue.names)
    weekly = catalogue.mean_demand.mean(axis=1)
    holding = CARRYING_RATE / PERIODS_PER_YEAR * unit_value
    # The economic order quantity is sqrt(2 * order_cost * demand / holding).
    order_cost = random.uniform(*ORDER_QUANTITY_WEEKS, count) ** 2 * weekly * holding / 2
    packs = pack_sizes(weekly * random.uniform(*LOT_WEEKS, count))
    lot = np.where(random.random(count) < single_unit_share, 1.0, packs)
    minimum = lot * random.integers(MINIMUM_LOTS[0], MINIMUM_LOTS[1] + 1, count)
    maximum = np.where(
        random.random(count) < 0.1, np.ceil(MAXIMUM_ORDER_WEEKS * weekly / lot) * lot + minimum, np.nan
    )
    # A multiple of freight is paid on top of the freight that the landed cost contains.
    freight_rate = np.array([row.freight_rate for row in suppliers])[catalogue.supplier]
    premium = (random.uniform(*EXPEDITE_MULTIPLE, count) - 1) * freight_rate * catalogue.unit_cost
    expedite_share = np.where(random.random(count) < 0.3, 0.0, random.random(count).round(2))
    shelf_life = random.integers(12, 27, count)
    has_open_order = (catalogue.lead_time >= 2) & (random.random(count) < 0.5)
    classes = _abc(catalogue.unit_price * weekly)
    rows, open_orders = [], []
    for i in range(count):
        supplier = suppliers[catalogue.supplier[i]]
        segment = _segment(classes[i], bool(catalogue.is_variable[i]))
        is_perishable = segment == _segment("C", True)
        cover = _cover_units(
            catalogue.mean_demand[i], int(catalogue.lead_time[i]), supplier.order_offset_periods
        )
        if has_open_order[i]:
            due = int(random.integers(1, catalogue.lead_time[i]))
            units = float(lot[i] * max(1, round(weekly[i] / lot[i])))
            open_orders.append(OpenOrder(item=catalogue.names[i], due_period=due, units=units))
            cover -= min(units, catalogue.mean_demand[i, due:].sum())
        rows.append(
            Item(
                item=catalogue.names[i],
                description=catalogue.descriptions[i],
                segment=segment,
                product_group=catalogue.product_groups[i],
                supplier=supplier.supplier,
                currency=currency,
                unit_price=float(catalogue.unit_price[i]),
                unit_cost=float(catalogue.unit_cost[i]),
                order_cost=significant(order_cost[i], 2),
                lot_size=float(lot[i]),
                minimum_order_units=float(minimum[i]),
                maximum_order_units=None if np.isnan(maximum[i]) else float(maximum[i]),
                lead_time_periods=int(catalogue.lead_time[i]),
                opening_stock_units=float(max(0, round(cover))),
                expedite_premium=significant(premium[i], 3),
                expedite_share=float(expedite_share[i]),
                shelf_life_periods=int(shelf_life[i]) if is_perishable else None,
                write_off_share=WRITE_OFF_SHARE if is_perishable else 0.0,
            )
        )
    return tuple(rows), tuple(open_orders)


def _cover_units(demand: Array, lead_time: int, first_order: int) -> float:
    """Demand until the first order can arrive, and a little longer."""
    periods = np.arange(len(demand))
    part = np.clip(lead_time + first_order + STOCK_WEEKS_BEYOND_LEAD_TIME - periods, 0, 1)
    return float(part @ demand)


def pack_sizes(units: Array) -> Array:
    """Nearest sensible number of units in a lot, by ratio."""
    decade = 10.0 ** np.maximum(0, np.floor(np.log10(np.maximum(units, 1) / 10)))
    distance = np.abs(np.log(np.maximum(units, 1) / decade)[:, None] - np.log(PACK_SIZES)[None, :])
    return np.asarray(PACK_SIZES[distance.argmin(axis=1)] * decade, dtype=np.float64)


def _segment(abc: str, is_variable: bool) -> str:
    return f"{abc}-{'variable' if is_variable else 'steady'}"


def _abc(revenue: Array) -> list[str]:
    """Class A makes the first 80 % of revenue, B the next 15 %, C the rest."""
    order = np.argsort(-revenue)
    share_before = np.empty_like(revenue)
    share_before[order] = (np.cumsum(revenue[order]) - revenue[order]) / revenue.sum()
    return ["A" if share < 0.80 else "B" if share < 0.95 else "C" for share in share_before]


def _segments() -> tuple[Segment, ...]:
    """Waiting costs so much that the service level of the class pays: cost / (cost + holding) = service level."""
    holding = CARRYING_RATE / PERIODS_PER_YEAR * (1 - GROSS_MARGIN)
    return tuple(
        Segment(
            segment=_segment(abc, is_variable),
            lost_share=LOST_SHARE[abc],
            churn_cost_share_of_price=CHURN_SHARE[abc],
            backorder_cost_share_of_price_per_period=significant(holding * level / (1 - level), 2),
        )
        for abc, level in SERVICE_LEVEL.items()
        for is_variable in (False, True)
    )


def significant(value: float, digits: int) -> float:
    """Round to significant digits, as people state such numbers."""
    return float(f"{float(value):.{digits}g}")
