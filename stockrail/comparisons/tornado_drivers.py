"""Drivers of a tornado: assumptions of an instance, each with the changes that make it lower and higher.

Every side of a driver is a what-if: put into `scenarios.yaml` it gives the same number again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stockrail.comparisons.tornado_limits import Limit, Where, limits_of
from stockrail.formats import plural
from stockrail.model.instance import Instance
from stockrail.model.schema import Supplier, Warehouse
from stockrail.model.schema_settings import TreeSpecification
from stockrail.model.what_if import SETTINGS_TABLE, Change, Span, WhatIf

SHARE, PERIODS = 0.1, 1
"""By how much a driver moves unless somebody says otherwise: a tenth of it, and lead times by a period."""

MOST_PERIODS = 520
MOST_NAME = 120

LEAD_TIME = "lead-time"

MONEY_METRICS = frozenset({"cash", "working_capital", "receivables", "payables", "cash_conversion_cycle"})
"""Metrics that terms of payment move. Margin itself does not depend on when money comes and goes."""

Cell = tuple[str, str]
"""A table and a column of it."""

SCALED: tuple[tuple[str, str, tuple[Cell, ...]], ...] = (
    ("demand", "demand", (("demand", "mean_units"), ("scenario_demand", "units"))),
    ("price", "price", (("items", "unit_price"),)),
    ("unit-cost", "unit cost", (("items", "unit_cost"), ("quantity_breaks", "unit_cost"))),
    ("order-cost", "cost of an order", (("items", "order_cost"),)),
    ("freight-and-duty", "freight and duty", (("suppliers", "freight_rate"), ("suppliers", "duty_rate"))),
    ("expedite-premium", "premium for expediting", (("items", "expedite_premium"),)),
    (
        "capacity-premium",
        "premiums for overtime and overflow",
        (("suppliers", "overtime_premium_per_unit"), ("warehouses", "overflow_premium_per_period")),
    ),
    (
        "shortage-cost",
        "cost of a shortage",
        (
            ("segments", "churn_cost_share_of_price"),
            ("segments", "backorder_cost_share_of_price_per_period"),
        ),
    ),
    ("lost-share", "share of shortages that is lost", (("segments", "lost_share"),)),
    ("capital-rate", "cost of capital", ((SETTINGS_TABLE, "cost_of_capital_rate_per_year"),)),
    (
        "holding-rate",
        "storage and insurance",
        ((SETTINGS_TABLE, "storage_rate_per_year"), (SETTINGS_TABLE, "insurance_rate_per_year")),
    ),
    ("discount-rate", "discount rate", ((SETTINGS_TABLE, "discount_rate_per_year"),)),
    ("end-value", "value of stock at the end", ((SETTINGS_TABLE, "terminal_stock_share"),)),
    ("opening-stock", "opening stock", (("items", "opening_stock_units"),)),
    ("payment-days", "days until suppliers are paid", (("suppliers", "payment_days"),)),
    ("receivable-days", "days until customers pay", ((SETTINGS_TABLE, "receivable_days"),)),
)
"""Drivers that are multiplied: name, words, and the columns that move together."""

OF_MONEY_LIMITS = frozenset({"payment-days", "receivable-days"})

UNCERTAINTY = "demand-uncertainty"

ARRAYS = {"demand": "mean_demand", "forecast_error": "sigma"}
"""Tables that an instance holds as arrays, with their names there."""

FACTORS = ("market", "product_group", "item")


class DriverError(ValueError):
    """There is no such driver, or it cannot move by so much. The message says which there are."""


@dataclass(frozen=True)
class Driver:
    """An assumption and the changes that move it.

    Attributes
    ----------
    name : as it is asked for, such as `demand` or `limit:inventory-cap`.
    words : what people call it.
    low, high : changes that make it lower and higher; none where it cannot.
    low_words, high_words : by how much, such as `-10%`.
    loosens : which side allows all that the baseline allows, and the other one less; None where that is not known.
    """

    name: str
    words: str
    low: tuple[Change, ...]
    high: tuple[Change, ...]
    low_words: str
    high_words: str
    loosens: str | None = None

    def what_if(self, side: str) -> WhatIf:
        """One side as a what-if; `side` is `low` or `high`."""
        changes, words = (self.low, self.low_words) if side == "low" else (self.high, self.high_words)
        name = f"{self.name[: MOST_NAME - len(side) - 1]}-{side}"
        return WhatIf(name=name, kind="event", reason=f"Tornado: {self.words} {words}.", changes=changes)


@dataclass(frozen=True)
class Sizes:
    """By how much drivers move.

    Attributes
    ----------
    share : of each, more than 0 and less than 1.
    periods : lead times.
    of : for single drivers in place of the two.
    """

    share: float = SHARE
    periods: int = PERIODS
    of: Mapping[str, float] = field(default_factory=dict)

    def of_driver(self, name: str) -> float:
        """A share, or of `lead-time` a number of periods."""
        return self.of.get(name, float(self.periods) if name == LEAD_TIME else self.share)


def drivers(instance: Instance, wanted: Sequence[str] = (), sizes: Sizes | None = None) -> tuple[Driver, ...]:
    """The drivers that an instance has, or those of them that are asked for, in the order of the model.

    An assumption that is nowhere other than 0 is none: it cannot move by a share of itself.

    Raises
    ------
    DriverError
        An unknown name, or a size that is no share between 0 and 1 (of lead times: no number of periods from 1 on); all at once.
    """
    sizes = sizes or Sizes()
    known = {name: (words, limit) for name, words, limit in _known(instance)}
    problems = [
        f"There is no driver {name!r} here. Drivers of this instance: {', '.join(known)}."
        for name in dict.fromkeys([*wanted, *sizes.of])
        if name not in known
    ][:1]
    problems += list(_wrong_sizes(sizes))
    if problems:
        raise DriverError("\n".join(problems))
    return tuple(
        _driver(instance, name, words, limit, sizes.of_driver(name))
        for name, (words, limit) in known.items()
        if not wanted or name in wanted
    )


def driver_names(instance: Instance) -> dict[str, str]:
    """Names of the drivers that an instance has, with what people call them."""
    return {name: words for name, words, _ in _known(instance)}


def _wrong_sizes(sizes: Sizes) -> Iterator[str]:
    for name, size in {"all": sizes.share, LEAD_TIME: float(sizes.periods), **sizes.of}.items():
        if name == LEAD_TIME:
            if not (size == int(size) and 1 <= size <= MOST_PERIODS):
                yield f"{name} cannot move by {size:g}: expected a whole number of periods from 1 to {MOST_PERIODS}."
        elif not 0 < size < 1:
            yield f"{name} cannot move by {size:g}: expected a share between 0 and 1, such as 0.1 for 10%."


def _known(instance: Instance) -> Iterator[tuple[str, str, Limit | None]]:
    """Name, words, and the limit that it is, where it is one."""
    has_money_limits = any(row.metric in MONEY_METRICS for row in instance.guardrails)
    for name, words, cells in SCALED:
        if name in OF_MONEY_LIMITS and not has_money_limits:
            continue
        if any(_scaled(instance, table, column, 1.0) for table, column in cells):
            yield name, words, None
        if name == "demand":
            if _uncertain(instance, 1.0):
                yield UNCERTAINTY, "uncertainty of demand", None
            if instance.items:
                yield LEAD_TIME, "lead time", None
    for limit in filter(lambda one: one.can_move, limits_of(instance)):
        yield limit.driver, limit.words, limit


def _driver(instance: Instance, name: str, words: str, limit: Limit | None, size: float) -> Driver:
    if limit is not None:
        return Driver(
            name,
            words,
            limit.changes(-size),
            limit.changes(size),
            limit.size_words(-size),
            limit.size_words(size),
            "high" if limit.side == "upper" else "low",
        )
    if name == LEAD_TIME:
        count = int(size)
        period = plural(count, "period")
        longer = (_lead_time(add=count),)
        return Driver(
            name, words, _shorter(instance, count), longer, f"-{count} {period}", f"+{count} {period}"
        )
    # Rounded: 1 - 0.9 would be written with all its digits.
    low, high = (_changes(instance, name, round(1.0 + signed, 10)) for signed in (-size, size))
    return Driver(name, words, low, high, f"-{100 * size:.3g}%", f"+{100 * size:.3g}%")


def _changes(instance: Instance, name: str, factor: float) -> tuple[Change, ...]:
    if name == UNCERTAINTY:
        return _uncertain(instance, factor)
    cells = next(cells for other, _, cells in SCALED if other == name)
    return tuple(change for table, column in cells for change in _scaled(instance, table, column, factor))


def _scaled(instance: Instance, table: str, column: str, factor: float) -> tuple[Change, ...]:
    """The change of a column, or none where it has no value other than 0."""
    if table == SETTINGS_TABLE:
        return (_setting(column, factor),) if getattr(instance.settings, column) else ()
    if table in ARRAYS:
        return (
            (Change(table=table, column=column, multiply=factor),)
            if getattr(instance, ARRAYS[table]).any()
            else ()
        )
    rows = getattr(instance, table)
    if not any(getattr(row, column) for row in rows):
        return ()
    blank = any(getattr(row, column) is None for row in rows)
    where: Where = {}
    if blank:
        key = "supplier" if isinstance(rows[0], Supplier) else "warehouse"
        assert isinstance(rows[0], Supplier | Warehouse)
        where = {key: tuple(getattr(row, key) for row in rows if getattr(row, column) is not None)}
    return (Change(table=table, where=where, column=column, multiply=factor),)


def _uncertain(instance: Instance, factor: float) -> tuple[Change, ...]:
    """Forecast errors, and how far the factors of the tree move demand."""
    changes = list(_scaled(instance, "forecast_error", "sigma_units", factor))
    tree = instance.settings.tree
    if isinstance(tree, TreeSpecification) and tree.branchings:
        names = [name for name in FACTORS if getattr(tree, name).volatility]
        changes += [_setting(f"tree.{name}.volatility", factor) for name in names]
    return tuple(changes)


def _setting(column: str, factor: float) -> Change:
    return Change(table=SETTINGS_TABLE, column=column, multiply=factor)


def _shorter(instance: Instance, count: int) -> tuple[Change, ...]:
    """Lead times shorter by `count` periods, those that are not as long 0."""
    there = {row.lead_time_periods for row in instance.items}
    changes = []
    if any(0 < periods < count for periods in there):
        where = Span(first=1, last=count - 1)
        changes.append(
            Change(table="items", where={"lead_time_periods": where}, column="lead_time_periods", set=0)
        )
    if any(periods >= count for periods in there):
        changes.append(_lead_time(add=-count, where=Span(first=count, last=MOST_PERIODS)))
    return tuple(changes)


def _lead_time(add: int, where: Span | None = None) -> Change:
    rows: Where = {} if where is None else {"lead_time_periods": where}
    return Change(table="items", where=rows, column="lead_time_periods", add=add)
