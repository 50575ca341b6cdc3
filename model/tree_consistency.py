"""Laws of scenario trees: of the specification in the settings, and of the table `scenarios`."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from stockrail.model.draft import Draft
from stockrail.model.problems import Problem
from stockrail.model.schema import (
    Item,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    ScenarioWarehouse,
    Supplier,
    Warehouse,
)
from stockrail.model.schema_settings import SupplierEvent, TreeSpecification, WarehouseEvent

PROBABILITY_TOLERANCE = 1e-6
"""How far probabilities may be from their sum; a table rounds thirds."""


def _specification(draft: Draft) -> TreeSpecification | None:
    """The specification, or None where the tree comes from the table."""
    assert draft.settings is not None
    return None if draft.settings.tree == "table" else draft.settings.tree


def delays_by_supplier(draft: Draft) -> dict[str, list[tuple[int, int]]]:
    """Period and longest delay in it, wherever a supplier is late."""
    delays: dict[str, list[tuple[int, int]]] = defaultdict(list)
    specification = _specification(draft)
    if specification is not None:
        for event in specification.events:
            periods = range(event.period, event.period + event.duration_periods)
            delays[event.supplier] += [(t, event.delay_periods) for t in periods]
    else:
        period_of = {row.node: row.period for row in draft.all(ScenarioNode)}
        for row in draft.all(ScenarioSupplier):
            if row.node in period_of:
                delays[row.supplier].append((period_of[row.node], row.delay_periods))
    return delays


def delay_within_horizon(draft: Draft) -> Iterator[Problem]:
    """Lead time and delay together are shorter than the horizon."""
    assert draft.settings is not None
    periods = draft.settings.periods
    lead_time: dict[str, int] = defaultdict(int)
    for item in draft.all(Item):
        # A lead time beyond the horizon is a problem of its own.
        if item.lead_time_periods < periods:
            lead_time[item.supplier] = max(lead_time[item.supplier], item.lead_time_periods)

    def allowed(supplier: str) -> str:
        longest = lead_time[supplier]
        return (
            f"a whole number <= {periods - 1 - longest}: with the longest lead time of the supplier, {longest}, less "
            f"than the {periods} periods of the horizon"
        )

    for line, row in draft.each(ScenarioSupplier):
        if row.delay_periods + lead_time[row.supplier] >= periods:
            yield draft.problem(
                ScenarioSupplier, line, "delay_periods", row.delay_periods, allowed(row.supplier)
            )
    specification = _specification(draft)
    for k, event in enumerate(specification.events if specification else ()):
        if event.delay_periods + lead_time[event.supplier] >= periods:
            name = f"tree.events.{k}.delay_periods"
            yield draft.settings_problem(name, event.delay_periods, allowed(event.supplier))


def branchings_within_horizon(draft: Draft) -> Iterator[Problem]:
    """The tree branches at most once in a period of the horizon."""
    assert draft.settings is not None
    specification = _specification(draft)
    last = draft.settings.periods - 1
    seen: set[int] = set()
    for k, branching in enumerate(specification.branchings if specification else ()):
        name = f"tree.branchings.{k}.period"
        if branching.period > last:
            yield draft.settings_problem(name, branching.period, f"a period of the horizon, 1 to {last}")
        if branching.period in seen:
            yield draft.settings_problem(name, branching.period, "each period once")
        seen.add(branching.period)


def events_on_branches(draft: Draft) -> Iterator[Problem]:
    """An event belongs to a branching and one of its branches."""
    specification = _specification(draft)
    if specification is None:
        return
    widths = {branching.period: branching.width for branching in specification.branchings}
    groups: dict[str, Sequence[SupplierEvent | WarehouseEvent]] = {
        "events": specification.events,
        "warehouse_events": specification.warehouse_events,
    }
    for group, events in groups.items():
        for k, event in enumerate(events):
            name = f"tree.{group}.{k}"
            if event.period not in widths:
                allowed = (
                    f"a period with a branching: {', '.join(map(str, sorted(widths))) or 'there is none'}"
                )
                yield draft.settings_problem(f"{name}.period", event.period, allowed)
            elif event.branch >= widths[event.period]:
                allowed = f"a branch of that branching, 0 to {widths[event.period] - 1}"
                yield draft.settings_problem(f"{name}.branch", event.branch, allowed)


def events_of_suppliers(draft: Draft) -> Iterator[Problem]:
    """A disruption happens to a supplier that there is."""
    specification = _specification(draft)
    suppliers = {row.supplier for row in draft.all(Supplier)}
    for k, event in enumerate(specification.events if specification else ()):
        if event.supplier not in suppliers:
            name = f"tree.events.{k}.supplier"
            yield draft.settings_problem(name, event.supplier, "a name in the table suppliers")


def events_of_warehouses(draft: Draft) -> Iterator[Problem]:
    """An event of a warehouse happens to one that there is."""
    specification = _specification(draft)
    warehouses = {row.warehouse for row in draft.all(Warehouse)}
    for k, event in enumerate(specification.warehouse_events if specification else ()):
        if event.warehouse not in warehouses:
            name = f"tree.warehouse_events.{k}.warehouse"
            yield draft.settings_problem(name, event.warehouse, "a name in the table warehouses")


def one_tree(draft: Draft) -> Iterator[Problem]:
    """The tree is either specified or given as a table, not both and not neither."""
    is_table = _specification(draft) is None
    for model in (ScenarioNode, ScenarioDemand, ScenarioSupplier, ScenarioWarehouse):
        rows = len(draft.all(model))
        if rows and not is_table:
            allowed = "no rows, as the settings specify the tree; or tree: table"
            yield draft.problem(model, None, None, f"{rows} rows", allowed)
    if is_table and not draft.all(ScenarioNode):
        yield draft.problem(
            ScenarioNode, None, None, None, "the nodes of the tree, as the settings say tree: table"
        )


def nodes_form_a_tree(draft: Draft) -> Iterator[Problem]:
    """One root in period 0; every other node has a parent one period earlier; all leaves are in the last period."""
    assert draft.settings is not None
    last = draft.settings.periods - 1
    rows = {row.node: row for row in draft.all(ScenarioNode)}
    parents = {row.parent for row in rows.values()}
    roots = 0
    for line, row in draft.each(ScenarioNode):
        if not row.parent:
            roots += 1
            if roots > 1:
                allowed = "a parent; only one node, the root, has none"
                yield draft.problem(ScenarioNode, line, "parent", None, allowed)
            elif row.period != 0:
                yield draft.problem(ScenarioNode, line, "period", row.period, "0, as this node is the root")
        elif row.parent not in rows:
            yield draft.problem(ScenarioNode, line, "parent", row.parent, "a node of this table")
        elif row.period != rows[row.parent].period + 1:
            allowed = f"one period after its parent, {rows[row.parent].period + 1}"
            yield draft.problem(ScenarioNode, line, "period", row.period, allowed)
        if row.node not in parents and row.period < last:
            allowed = f"a node with children, as the last period is {last}"
            yield draft.problem(ScenarioNode, line, "node", row.node, allowed)
    if rows and not roots:
        yield draft.problem(ScenarioNode, None, "parent", None, "one blank: the root of the tree")


def probabilities_add_up(draft: Draft) -> Iterator[Problem]:
    """Children share their parent's probability, and the nodes of a period make up certainty."""
    of_children: dict[str, list[float]] = defaultdict(list)
    of_period: dict[int, list[float]] = defaultdict(list)
    for row in draft.all(ScenarioNode):
        of_children[row.parent].append(row.probability)
        of_period[row.period].append(row.probability)
    for line, row in draft.each(ScenarioNode):
        children = math.fsum(of_children[row.node])
        if of_children[row.node] and abs(children - row.probability) > PROBABILITY_TOLERANCE:
            allowed = f"the sum of its children's probabilities, {children:g}"
            yield draft.problem(ScenarioNode, line, "probability", row.probability, allowed)
    for period in sorted(of_period):
        total = math.fsum(of_period[period])
        if abs(total - 1) > PROBABILITY_TOLERANCE:
            value = f"{total:g} in period {period}"
            yield draft.problem(
                ScenarioNode, None, "probability", value, "1 for the nodes of one period together"
            )
