"""Why an item has safety stock, and stock at all: in words and numbers, from its plan alone, without another solve."""

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import amount, finite, percent, plural, units
from stockrail.inventory.inventory_split import PURPOSES, InventorySplit
from stockrail.inventory.safety_reasons import SafetyReasons
from stockrail.inventory.stock_outlook import Outlook
from stockrail.inventory.stock_split import PERIOD_WORDS, StockSplit, avoidable_excess, is_funded
from stockrail.model.ledger import Ledger
from stockrail.model.schema import Item

LEAST_UNITS = 1e-6
"""Units below which there is none but rounding."""

NEARLY_ALL = 0.95
"""Share of what is needed from which on a plan holds nearly all of it."""

LONG_LOT_PERIODS = 2.0
"""An order that lasts this long covers surprises of the period by itself."""


class ReasonView(BaseModel):
    """A reason for stock, or against it, with what it amounts to."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(
        description="forecast_error, scenarios, lead_time; cycle, safety, pipeline, build, excess."
    )
    title: str
    units: float = Field(description="Mean over scenarios and periods.")
    value: float = Field(description="At standard value, in money.")
    sentence: str = Field(description="Why, with the numbers that decide it.")


class LimitView(BaseModel):
    """A guardrail with a price on the item's stock. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    name: str
    metric: str
    side: str
    price: float = Field(description="What one more unit of the limit earns in all periods.")


class ReasonsView(BaseModel):
    """Why the item has safety stock, and what the rest of its stock is there for."""

    model_config = ConfigDict(frozen=True)

    shortage_cost: float = Field(description="Money per unit short for a period.")
    holding_cost: float = Field(description="Money per unit held until the next receipt.")
    critical_ratio: float = Field(description="Share of order cycles that should end without shortage.")
    safety_factor: float = Field(description="Standard deviations of safety that this asks for, 0 to 4.")
    needed: tuple[ReasonView, ...] = Field(
        description="Against what safety is needed; they add up to needed_units."
    )
    needed_units: float = Field(description="Safety that is needed, mean over scenarios and periods.")
    held_units: float = Field(description="What the plan holds of it beyond demand until the next receipt.")
    held: str = Field(description="Why as much is held, in words.")
    stock: tuple[ReasonView, ...] = Field(description="All stock by purpose, on hand and in transit.")
    limits: tuple[LimitView, ...] = Field(
        description="Guardrails that make its stock dearer than its holding cost."
    )


def reasons_of(ledger: Ledger, limits: tuple[LimitView, ...]) -> ReasonsView:
    """The reasons of a plan's only item.

    Parameters
    ----------
    ledger : of one item.
    limits : from `limits_on`.
    """
    on_hand = StockSplit.of(ledger)
    found = SafetyReasons.of(ledger, on_hand)
    value = float(ledger.tables.unit_value[0])
    needed, held = float(found.needed[0]), float(found.held[0])

    def reason(name: str, title: str, amount_: float, sentence: str) -> ReasonView:
        return ReasonView(name=name, title=title, units=amount_, value=amount_ * value, sentence=sentence)

    return ReasonsView(
        shortage_cost=float(found.shortage_cost[0]),
        holding_cost=float(found.holding_cost[0]),
        critical_ratio=float(found.critical_ratio[0]),
        safety_factor=float(found.safety_factor[0]),
        needed=tuple(
            reason(name, title, float(getattr(found, name)[0]), sentence)
            for name, title, sentence in _needs(ledger, found)
        ),
        needed_units=needed,
        held_units=held,
        held=_held(ledger, needed, held, limits),
        stock=tuple(reason(*row) for row in _stock(ledger)),
        limits=limits,
    )


def limits_on(guardrails: pd.DataFrame, item: Item) -> tuple[LimitView, ...]:
    """Guardrails with a price whose scope covers an item, the dearest first.

    Parameters
    ----------
    guardrails : columns name, metric, scope, scope_value, side, price; may be empty.
    """
    if guardrails.empty:
        return ()
    found = [
        LimitView(
            name=str(row["name"]), metric=str(row["metric"]), side=str(row["side"]), price=float(row["price"])
        )
        for row in guardrails.to_dict("records")
        if (finite(row["price"]) or 0.0) != 0.0
        and (row["scope"] == "all" or getattr(item, str(row["scope"]), None) == row["scope_value"])
    ]
    return tuple(sorted(found, key=lambda limit: -abs(limit.price)))


def _needs(ledger: Ledger, found: SafetyReasons) -> list[tuple[str, str, str]]:
    """Name, title and sentence of each step."""
    instance = ledger.tables.instance
    lead_time = instance.items[0].lead_time_periods
    sigma = float(instance.sigma[0].mean())
    error = (
        f"Demand of a period misses its forecast by {units(sigma)} units, one standard deviation."
        if sigma > 0
        else "Its forecast has no error beyond the scenarios."
    )
    scenarios = (
        "Demand can go different ways in the tree, and which one is known too late for the next period."
        if float(found.scenarios[0]) > LEAST_UNITS
        else "All scenarios agree on the next period's demand."
    )
    if lead_time == 0:
        words = "Orders arrive at once, so that nothing has to be bridged."
    elif float(found.lead_time[0]) >= 0:
        words = (
            f"An order takes {lead_time} {plural(lead_time, 'period')}, so errors of {lead_time + 1} periods add up before "
            "it can help."
        )
    else:
        words = (
            f"An order takes {lead_time} {plural(lead_time, 'period')}; over that time demand varies less than from one period to "
            "the next, as scenarios even out."
        )
    return [
        ("forecast_error", "Forecast error", error),
        ("scenarios", "Scenarios", scenarios),
        ("lead_time", "Lead time", words),
    ]


def _held(ledger: Ledger, needed: float, held: float, limits: tuple[LimitView, ...]) -> str:
    if needed <= LEAST_UNITS:
        return "None is needed, and none is held."
    share = held / needed
    if share > NEARLY_ALL:
        return "The plan holds nearly all of it beyond what demand needs until the next receipt."
    said = f"Beyond what demand needs until the next receipt the plan holds {percent(share, 0)} of it on average."
    tables = ledger.tables
    smallest = float(tables.minimum_lots[0] * tables.lot_size[0])
    demand = float((tables.demand @ tables.tree.probability)[0]) / tables.tree.periods
    if demand > 0 and smallest / demand >= LONG_LOT_PERIODS:
        return (
            f"{said} The smallest order of {units(smallest)} lasts {_time(smallest / demand, ledger)}, so few order cycles come near a "
            "shortage."
        )
    if limits:
        return f"{said} Stock is dearer than its holding cost under {limits[0].name}."
    return f"{said} Stock that is there for demand until then helps against surprises as well."


def _stock(ledger: Ledger) -> list[tuple[str, str, float, str]]:
    """Name, title, mean units and sentence of each purpose."""
    split = InventorySplit.of(ledger)
    mean = {purpose: float(ledger.expected(getattr(split, purpose)).mean()) for purpose in PURPOSES}
    return [
        ("cycle", "Cycle stock", mean["cycle"], _cycle(ledger)),
        (
            "safety",
            "Safety stock",
            mean["safety"],
            "Held against the forecast error, scenarios and lead time above.",
        ),
        ("pipeline", "In transit", mean["pipeline"], _pipeline(ledger)),
        ("build", "Pre-build", mean["build"], _build(ledger, mean["build"])),
        ("excess", "Avoidable excess", mean["excess"], _excess(ledger)),
    ]


def _cycle(ledger: Ledger) -> str:
    tables = ledger.tables
    orders = float((ledger.line("is_order") @ tables.tree.probability)[0])
    smallest = float(tables.minimum_lots[0] * tables.lot_size[0])
    economic = float(Outlook(ledger).economic_lot[0])
    if orders <= LEAST_UNITS:
        return "Nothing is ordered: what is there serves demand."
    average = float((ledger.line("ordered") @ tables.tree.probability)[0]) / orders
    said = f"For demand until the next receipt: an order has {units(average)} units on average"
    if smallest > economic:
        word = "minimum order" if tables.instance.items[0].minimum_order_units > 0 else "lot"
        return f"{said}; the {word} of {units(smallest)} is more than costs ask for ({units(economic)})."
    return f"{said}; the lot that balances order and holding costs is {units(economic)}."


def _pipeline(ledger: Ledger) -> str:
    lead_time = ledger.tables.instance.items[0].lead_time_periods
    return (
        "Orders arrive at once."
        if lead_time == 0
        else f"Ordered and not there yet: an order takes {lead_time} {plural(lead_time, 'period')}."
    )


def _build(ledger: Ledger, mean: float) -> str:
    if mean <= LEAST_UNITS:
        return "Nothing is built in advance."
    causes = []
    if is_funded(ledger.tables).any():
        causes.append("a funded build has room for it")
    if Outlook(ledger).is_shortage_foreseen.any():
        causes.append(
            "demand rises, or the supplier becomes dearer, slower or scarcer within the next lead time"
        )
    return f"Bought ahead of need, as {' and '.join(causes)}."


def _excess(ledger: Ledger) -> str:
    rows = avoidable_excess(ledger)
    if rows.empty:
        return "None: every unit has a purpose."
    reason = str(rows["reason"].iloc[0])
    return f"No purpose explains it: {reason}."


def _time(periods: float, ledger: Ledger) -> str:
    """So many periods in words."""
    days = ledger.tables.instance.settings.period_length_days
    word = PERIOD_WORDS.get(days)
    return f"{amount(periods, 1)} {word}" if word else f"{amount(periods * days, 0)} days"
