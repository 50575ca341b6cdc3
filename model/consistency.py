"""Laws between rows and tables of an instance; laws of a single value live in `stockrail.model.schema`.

Each law is a function that takes a draft and yields a problem for each breach. A law runs only where every table it
reads is valid row by row, so that nobody is told twice about one mistake. The laws of segments, of orders, of
guardrails, of funded builds, of policies, of allocation rules and of scenario trees are in `segment_consistency`,
`order_consistency`, `guardrail_consistency`, `build_consistency`, `policy_consistency`, `allocation_consistency` and
`tree_consistency`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from stockrail.model import (
    allocation_consistency,
    build_consistency,
    guardrail_consistency,
    order_consistency,
    policy_consistency,
    segment_consistency,
    tree_consistency,
)
from stockrail.model.draft import TABLE_OF, Draft
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema import (
    AllocationRule,
    AnnouncedOrder,
    CurrentTarget,
    Customer,
    CustomerShare,
    Demand,
    ForecastError,
    FundedBuild,
    Guardrail,
    GuardrailLimit,
    Item,
    OpenOrder,
    OrderOverride,
    PolicyOption,
    QuantityBreak,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    ScenarioWarehouse,
    Segment,
    Supplier,
    Warehouse,
)
from stockrail.model.schema_settings import Settings
from stockrail.model.schema_values import Row

Law = Callable[[Draft], Iterator[Problem]]

KEYS: dict[type[Row], tuple[str, ...]] = {
    Item: ("item",),
    Segment: ("segment",),
    Supplier: ("supplier",),
    Warehouse: ("warehouse",),
    QuantityBreak: ("item", "from_units"),
    Demand: ("item", "period"),
    ForecastError: ("item", "period"),
    Customer: ("customer",),
    CustomerShare: ("customer", "item"),
    AllocationRule: ("customer", "customer_segment", "item", "item_segment"),
    OrderOverride: ("item", "period"),
    AnnouncedOrder: ("item", "period"),
    Guardrail: ("guardrail",),
    GuardrailLimit: ("guardrail", "period"),
    FundedBuild: ("build",),
    PolicyOption: ("option", "segment"),
    CurrentTarget: ("item",),
    ScenarioNode: ("node",),
    ScenarioDemand: ("node", "item"),
    ScenarioSupplier: ("node", "supplier"),
    ScenarioWarehouse: ("node", "warehouse"),
}
"""Columns that identify a row. Open orders have none: two may be due in one period."""

REFERENCES: tuple[tuple[type[Row], str, type[Row]], ...] = (
    (Item, "supplier", Supplier),
    (Item, "warehouse", Warehouse),
    (QuantityBreak, "item", Item),
    (Demand, "item", Item),
    (ForecastError, "item", Item),
    (CustomerShare, "customer", Customer),
    (CustomerShare, "item", Item),
    (AllocationRule, "customer", Customer),
    (AllocationRule, "item", Item),
    (OpenOrder, "item", Item),
    (OrderOverride, "item", Item),
    (AnnouncedOrder, "item", Item),
    (ScenarioDemand, "item", Item),
    (ScenarioDemand, "node", ScenarioNode),
    (ScenarioSupplier, "supplier", Supplier),
    (ScenarioSupplier, "node", ScenarioNode),
    (ScenarioWarehouse, "warehouse", Warehouse),
    (ScenarioWarehouse, "node", ScenarioNode),
    (FundedBuild, "guardrail", Guardrail),
    (PolicyOption, "segment", Segment),
    (CurrentTarget, "item", Item),
)
"""A column, and the table whose column of the same name has to contain its values. A name that may be blank is none."""

PERIOD_COLUMNS: tuple[tuple[type[Row], str], ...] = (
    (Demand, "period"),
    (ForecastError, "period"),
    (OpenOrder, "due_period"),
    (OrderOverride, "period"),
    (AnnouncedOrder, "period"),
    (Guardrail, "first_period"),
    (Guardrail, "last_period"),
    (GuardrailLimit, "period"),
    (FundedBuild, "first_period"),
    (FundedBuild, "last_period"),
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
                if value and value not in known:
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


LAWS: dict[Law, tuple[type[Row], ...]] = {
    unique_keys: (),
    known_references: (),
    periods_within_horizon: (Settings,),
    has_items: (Item,),
    complete_demand: (Settings, Item, Demand),
    complete_forecast_error: (Settings, Item, ForecastError),
    one_currency: (Settings,),
    lead_time_within_horizon: (Settings, Item),
    segment_consistency.thresholds_in_order: (Settings,),
    segment_consistency.criteria_once: (Settings,),
    segment_consistency.fixed_only_with_rules: (Settings, Item),
    segment_consistency.life_cycle_in_order: (Item,),
    segment_consistency.fixed_customers_only_with_rules: (Settings, Customer),
    segment_consistency.customer_life_cycle_in_order: (Customer,),
    segment_consistency.customers_have_shares: (Customer, CustomerShare),
    segment_consistency.shares_within_demand: (CustomerShare,),
    segment_consistency.segments_have_costs: (Settings, Item, Segment),
    allocation_consistency.one_name_each: (AllocationRule,),
    allocation_consistency.known_item_segments: (Segment, AllocationRule),
    allocation_consistency.known_customer_segments: (Settings, Customer, AllocationRule),
    order_consistency.minimum_order_within_maximum: (Item,),
    order_consistency.fixed_orders_arrive: (Settings, Item, OrderOverride, ScenarioNode, ScenarioSupplier),
    order_consistency.overtime_beyond_a_capacity: (Supplier,),
    order_consistency.falling_unit_costs: (Item, QuantityBreak),
    guardrail_consistency.limits_in_order: (Guardrail,),
    guardrail_consistency.known_metrics: (Guardrail,),
    guardrail_consistency.free_names: (Guardrail,),
    guardrail_consistency.scopes_with_items: (Item, Guardrail),
    guardrail_consistency.shared_metric_scopes: (Guardrail,),
    guardrail_consistency.alpha_where_it_counts: (Guardrail,),
    guardrail_consistency.ratios_in_range: (Guardrail,),
    guardrail_consistency.quarters_end_within: (Settings, Guardrail),
    guardrail_consistency.limited_guardrails: (Supplier, Warehouse, Guardrail, GuardrailLimit),
    guardrail_consistency.period_limits: (Settings, Guardrail, GuardrailLimit),
    guardrail_consistency.capacity_limits: (GuardrailLimit,),
    build_consistency.builds_have_a_limit_to_raise: (Guardrail, FundedBuild),
    build_consistency.build_scopes: (Item, Guardrail, FundedBuild),
    build_consistency.build_periods: (Settings, FundedBuild),
    build_consistency.builds_at_once: (Settings, FundedBuild),
    policy_consistency.segments_have_options: (Settings, Item, Segment, PolicyOption),
    tree_consistency.delay_within_horizon: (Settings, Item, ScenarioSupplier),
    tree_consistency.branchings_within_horizon: (Settings,),
    tree_consistency.events_on_branches: (Settings,),
    tree_consistency.events_of_suppliers: (Settings, Supplier),
    tree_consistency.events_of_warehouses: (Settings, Warehouse),
    tree_consistency.one_tree: (Settings, ScenarioNode, ScenarioDemand, ScenarioSupplier, ScenarioWarehouse),
    tree_consistency.nodes_form_a_tree: (Settings, ScenarioNode),
    tree_consistency.probabilities_add_up: (Settings, ScenarioNode),
}
"""Every law, with the tables it reads. The first two and `one_currency` look at whatever tables are valid."""
