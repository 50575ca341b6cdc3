"""Laws between rows and tables of an instance; laws of a single value live in `stockrail.model.schema`.

Each law is a function that takes a draft and yields a problem for each breach. A law runs only where every table it
reads is valid row by row, so that nobody is told twice about one mistake. The laws of scenario trees are in
`stockrail.model.tree_consistency`.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator

from stockrail.model import tree_consistency
from stockrail.model.draft import TABLE_OF, Draft
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema import (
    Demand,
    ForecastError,
    Guardrail,
    Item,
    OpenOrder,
    OrderOverride,
    Row,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    Segment,
    Settings,
    Supplier,
)

Law = Callable[[Draft], Iterator[Problem]]

ROUNDING = 1e-9
"""Slack when units are turned into lots, against the rounding of floating-point division."""

KEYS: dict[type[Row], tuple[str, ...]] = {
    Item: ("item",),
    Segment: ("segment",),
    Supplier: ("supplier",),
    Demand: ("item", "period"),
    ForecastError: ("item", "period"),
    OrderOverride: ("item", "period"),
    Guardrail: ("guardrail",),
    ScenarioNode: ("node",),
    ScenarioDemand: ("node", "item"),
    ScenarioSupplier: ("node", "supplier"),
}
"""Columns that identify a row. Open orders have none: two may be due in one period."""

REFERENCES: tuple[tuple[type[Row], str, type[Row]], ...] = (
    (Item, "segment", Segment),
    (Item, "supplier", Supplier),
    (Demand, "item", Item),
    (ForecastError, "item", Item),
    (OpenOrder, "item", Item),
    (OrderOverride, "item", Item),
    (ScenarioDemand, "item", Item),
    (ScenarioDemand, "node", ScenarioNode),
    (ScenarioSupplier, "supplier", Supplier),
    (ScenarioSupplier, "node", ScenarioNode),
)
"""A column, and the table whose column of the same name has to contain its values."""

PERIOD_COLUMNS: tuple[tuple[type[Row], str], ...] = (
    (Demand, "period"),
    (ForecastError, "period"),
    (OpenOrder, "due_period"),
    (OrderOverride, "period"),
    (Guardrail, "first_period"),
    (Guardrail, "last_period"),
    (ScenarioNode, "period"),
)
"""Columns that hold a period of the horizon."""


def inconsistencies(draft: Draft) -> list[Problem]:
    """Find every contradiction in a draft."""
    return [
        problem
        for law, models in LAWS.items()
        if all(_is_valid(draft, model) for model in models)
        for problem in law(draft)
    ]


def inconsistencies_of(instance: Instance) -> list[Problem]:
    """Find every contradiction in an instance that was made or changed in code."""
    return inconsistencies(Draft.of(instance))


def _is_valid(draft: Draft, model: type[Row]) -> bool:
    return draft.settings is not None if model is Settings else TABLE_OF[model] in draft.rows


def unique_keys(draft: Draft) -> Iterator[Problem]:
    """No two rows of a table describe the same thing."""
    for model, columns in KEYS.items():
        if not _is_valid(draft, model):
            continue
        first_line: dict[tuple[object, ...], int] = {}
        for line, row in draft.each(model):
            key = tuple(getattr(row, column) for column in columns)
            if key in first_line:
                value = ", ".join(map(str, key))
                allowed = f"one row each; row {first_line[key]} has it too"
                yield draft.problem(model, line, ", ".join(columns), value, allowed)
            else:
                first_line[key] = line


def known_references(draft: Draft) -> Iterator[Problem]:
    """A name used in one table is defined in the table it belongs to."""
    for model, column, target in REFERENCES:
        if _is_valid(draft, model) and _is_valid(draft, target):
            known = {getattr(row, column) for row in draft.all(target)}
            for line, row in draft.each(model):
                value = getattr(row, column)
                if value not in known:
                    yield draft.problem(model, line, column, value, _name_in(target))


def _name_in(target: type[Row]) -> str:
    return f"a name in the table {TABLE_OF[target]}"


def periods_within_horizon(draft: Draft) -> Iterator[Problem]:
    """Every period is one of the horizon."""
    assert draft.settings is not None
    last = draft.settings.periods - 1
    for model, column in PERIOD_COLUMNS:
        if _is_valid(draft, model):
            for line, row in draft.each(model):
                value = getattr(row, column)
                if value > last:
                    yield draft.problem(model, line, column, value, f"a period of the horizon, 0 to {last}")
    if draft.settings.frozen_periods > last + 1:
        allowed = f"at most the {last + 1} periods of the horizon"
        yield draft.settings_problem("frozen_periods", draft.settings.frozen_periods, allowed)


def has_items(draft: Draft) -> Iterator[Problem]:
    """There is something to plan."""
    if not draft.all(Item):
        yield draft.problem(Item, None, None, None, "at least one row")


def complete_demand(draft: Draft) -> Iterator[Problem]:
    """Every item has demand in every period: a missing row is not zero demand."""
    return _complete_periods(draft, Demand)


def complete_forecast_error(draft: Draft) -> Iterator[Problem]:
    """Every item has a forecast error in every period."""
    return _complete_periods(draft, ForecastError)


def _complete_periods(draft: Draft, model: type[Demand] | type[ForecastError]) -> Iterator[Problem]:
    assert draft.settings is not None
    periods_of: dict[str, set[int]] = defaultdict(set)
    for row in draft.all(model):
        periods_of[row.item].add(row.period)
    horizon = set(range(draft.settings.periods))
    for item in draft.all(Item):
        missing = sorted(horizon - periods_of[item.item])
        if missing:
            value = f"{item.item} without {_periods(missing)}"
            allowed = f"every item with every period, 0 to {draft.settings.periods - 1}"
            yield draft.problem(model, None, "period", value, allowed)


def _periods(periods: list[int]) -> str:
    listed = ", ".join(map(str, periods[:10]))
    more = f" and {len(periods) - 10} more" if len(periods) > 10 else ""
    return f"period{'s' if len(periods) > 1 else ''} {listed}{more}"


def one_currency(draft: Draft) -> Iterator[Problem]:
    """Items and suppliers are in the currency of the instance; nothing is converted."""
    assert draft.settings is not None
    currency = draft.settings.currency
    found: list[tuple[type[Row], int, str]] = []
    if _is_valid(draft, Item):
        found += [(Item, line, row.currency) for line, row in draft.each(Item)]
    if _is_valid(draft, Supplier):
        found += [(Supplier, line, row.currency) for line, row in draft.each(Supplier)]
    for model, line, value in found:
        if value != currency:
            yield draft.problem(model, line, "currency", value, f"the currency of the instance, {currency}")


def lead_time_within_horizon(draft: Draft) -> Iterator[Problem]:
    """An order of the first period arrives within the horizon."""
    assert draft.settings is not None
    periods = draft.settings.periods
    for line, row in draft.each(Item):
        if row.lead_time_periods >= periods:
            allowed = f"less than the {periods} periods of the horizon"
            yield draft.problem(Item, line, "lead_time_periods", row.lead_time_periods, allowed)


def minimum_order_within_maximum(draft: Draft) -> Iterator[Problem]:
    """Some whole number of lots is at least the minimum order and at most the maximum."""
    for line, row in draft.each(Item):
        if row.maximum_order_units is None:
            continue
        minimum_lots = max(1, math.ceil(row.minimum_order_units / row.lot_size - ROUNDING))
        maximum_lots = math.floor(row.maximum_order_units / row.lot_size + ROUNDING)
        if minimum_lots > maximum_lots:
            units = minimum_lots * row.lot_size
            allowed = f"at least the smallest order, {units:g} units in lots of {row.lot_size:g}, or blank"
            yield draft.problem(Item, line, "maximum_order_units", f"{row.maximum_order_units:g}", allowed)


def fixed_orders_arrive(draft: Draft) -> Iterator[Problem]:
    """Fixed lots arrive within the horizon, also where their supplier is late."""
    assert draft.settings is not None
    items = {row.item: row for row in draft.all(Item)}
    delays = tree_consistency.delays_by_supplier(draft)
    for line, row in draft.each(OrderOverride):
        item = items.get(row.item)
        if item is None or row.lots == 0 or row.period >= draft.settings.periods:
            continue
        # Orders never overtake: an order waits for any earlier one that is late.
        latest = max(
            [row.period, *(t + late for t, late in delays.get(item.supplier, ()) if t <= row.period)]
        )
        arrival = latest + item.lead_time_periods
        if arrival >= draft.settings.periods:
            allowed = (
                f"a period whose order arrives by period {draft.settings.periods - 1}; this one "
                f"arrives in period {arrival}"
            )
            yield draft.problem(OrderOverride, line, "period", row.period, allowed)


def guardrail_limits(draft: Draft) -> Iterator[Problem]:
    """A guardrail has a limit, its lower one is not above its upper one, its periods are in order."""
    for line, row in draft.each(Guardrail):
        if row.lower is None and row.upper is None:
            yield draft.problem(Guardrail, line, "upper", None, "a number here or in lower")
        if row.lower is not None and row.upper is not None and row.lower > row.upper:
            yield draft.problem(
                Guardrail, line, "lower", f"{row.lower:g}", f"a number <= upper, {row.upper:g}"
            )
        if row.first_period > row.last_period:
            allowed = f"a period <= last_period, {row.last_period}"
            yield draft.problem(Guardrail, line, "first_period", row.first_period, allowed)


def guardrail_metrics(draft: Draft) -> Iterator[Problem]:
    """A guardrail limits a metric that exists, under a name that is free."""
    # Imported here because metrics are defined on top of the instance, which this module helps to read.
    from stockrail.model.metrics import metric_names

    names = metric_names()
    for line, row in draft.each(Guardrail):
        if row.metric not in names:
            yield draft.problem(Guardrail, line, "metric", row.metric, f"one of: {', '.join(names)}")
        if row.guardrail.startswith("capacity:"):
            allowed = "a name that does not begin with capacity:, as the guardrails of suppliers do"
            yield draft.problem(Guardrail, line, "guardrail", row.guardrail, allowed)


def guardrail_scopes(draft: Draft) -> Iterator[Problem]:
    """A guardrail's scope contains at least one item."""
    scopes = ("segment", "product_group", "supplier", "item")
    known = {scope: {getattr(row, scope) for row in draft.all(Item)} for scope in scopes}
    for line, row in draft.each(Guardrail):
        if row.scope == "all" and row.scope_value:
            yield draft.problem(Guardrail, line, "scope_value", row.scope_value, "blank, as the scope is all")
        elif row.scope != "all" and row.scope_value not in known[row.scope]:
            value = row.scope_value or None
            yield draft.problem(
                Guardrail, line, "scope_value", value, f"a value of the column {row.scope} in the table items"
            )


LAWS: dict[Law, tuple[type[Row], ...]] = {
    unique_keys: (),
    known_references: (),
    periods_within_horizon: (Settings,),
    has_items: (Item,),
    complete_demand: (Settings, Item, Demand),
    complete_forecast_error: (Settings, Item, ForecastError),
    one_currency: (Settings,),
    lead_time_within_horizon: (Settings, Item),
    minimum_order_within_maximum: (Item,),
    fixed_orders_arrive: (Settings, Item, OrderOverride, ScenarioNode, ScenarioSupplier),
    guardrail_limits: (Guardrail,),
    guardrail_metrics: (Guardrail,),
    guardrail_scopes: (Item, Guardrail),
    tree_consistency.delay_within_horizon: (Settings, Item, ScenarioSupplier),
    tree_consistency.branchings_within_horizon: (Settings,),
    tree_consistency.events_on_branches: (Settings, Supplier),
    tree_consistency.one_tree: (Settings, ScenarioNode, ScenarioDemand, ScenarioSupplier),
    tree_consistency.nodes_form_a_tree: (Settings, ScenarioNode),
    tree_consistency.probabilities_add_up: (Settings, ScenarioNode),
}
"""Every law, with the tables it reads. The first two and `one_currency` look at whatever tables are valid."""
