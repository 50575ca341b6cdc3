"""Checks of tables against one another: what nothing refers to, and what a function of Stockrail would need and is not there."""

from collections import Counter

from stockrail.workbench.data_health.finding import Example, Facts, Finding, of_rows


def unused_suppliers(facts: Facts) -> Finding | None:
    """No item comes from a supplier."""
    used = {row.supplier for row in facts.instance.items}
    return of_rows(
        (Example(row.supplier, "no item") for row in facts.instance.suppliers if row.supplier not in used),
        facts.instance.suppliers,
        key="unused_suppliers",
        title="Suppliers without an item",
        meaning="They change nothing. A misspelt name would show here, and as another supplier that is missing.",
        table="suppliers",
        column="supplier",
    )


def unused_segments(facts: Facts) -> Finding | None:
    """No item belongs to a segment."""
    used = {row.segment for row in facts.instance.items}
    return of_rows(
        (Example(row.segment, "no item") for row in facts.instance.segments if row.segment not in used),
        facts.instance.segments,
        key="unused_segments",
        title="Segments without an item",
        meaning="Targets and prices of shortages given for them hold for nothing.",
        table="segments",
        column="segment",
    )


def unused_warehouses(facts: Facts) -> Finding | None:
    """No item is stored in a warehouse."""
    used = {row.warehouse for row in facts.instance.items}
    return of_rows(
        (Example(row.warehouse, "no item") for row in facts.instance.warehouses if row.warehouse not in used),
        facts.instance.warehouses,
        key="unused_warehouses",
        title="Warehouses without an item",
        meaning="Their room limits nothing.",
        table="warehouses",
        column="warehouse",
    )


def items_without_warehouse(facts: Facts) -> Finding | None:
    """Some items take room and others do not."""
    if not facts.instance.warehouses:
        return None
    return of_rows(
        (Example(row.item, "warehouse blank") for row in facts.instance.items if not row.warehouse),
        facts.instance.items,
        key="items_without_warehouse",
        title="Items without a warehouse, where others have one",
        meaning="Their stock takes no room.",
        table="items",
        column="warehouse",
    )


def items_without_targets(facts: Facts) -> Finding | None:
    """The ERP's targets are known for some items only, or for none."""
    known = {row.item for row in facts.instance.current_targets}
    return of_rows(
        (
            Example(row.item, "no row in current_targets")
            for row in facts.instance.items
            if row.item not in known
        ),
        facts.instance.items,
        key="items_without_targets",
        title="Items without today's targets",
        meaning="A calibration cannot say what changes for them. Export safety stock and cover from the ERP.",
        table="current_targets",
        column="item",
    )


def no_guardrails(facts: Facts) -> Finding | None:
    """Nothing limits the plan."""
    if facts.instance.guardrails:
        return None
    return Finding(
        "no_guardrails",
        "No guardrail",
        "Plans may tie up as much capital as pays. Finance can propose limits on the page Guardrails.",
        "guardrails",
        "",
        1,
        1,
    )


def repeated_orders(facts: Facts) -> Finding | None:
    """Two open orders are alike in everything."""
    counts = Counter((row.item, row.due_period, row.units) for row in facts.instance.open_orders)
    return of_rows(
        (
            Example(f"{item} | {period}", f"{number} orders of {quantity:g} units")
            for (item, period, quantity), number in counts.items()
            if number > 1
        ),
        facts.instance.open_orders,
        key="repeated_orders",
        title="Open orders that are alike in everything",
        meaning="Perhaps one order that was exported twice.",
        table="open_orders",
        column="units",
    )


CHECKS = (
    repeated_orders,
    unused_suppliers,
    unused_segments,
    unused_warehouses,
    items_without_warehouse,
    no_guardrails,
    items_without_targets,
)
