"""Metrics that are balances at the end of the period: stock, what is owed either way, cash (docs/formulation.md, section 6)."""

from dataclasses import replace

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.margin import part_terms
from stockrail.model.metric_registry import METRICS, MetricDefaults, by_item_and_node, metric
from stockrail.model.tables import Tables
from stockrail.model.terms import Term, customer_window, path_window, supplier_window
from stockrail.model.tree import Array, ScenarioTree


@metric
class InventoryValue(MetricDefaults):
    """Stock on hand at standard value, with pipeline stock where ownership passes at shipment."""

    name = "inventory_value"

    def terms(self, tables: Tables) -> list[Term]:
        """Value of on-hand and owned pipeline units."""
        value = by_item_and_node(tables, tables.unit_value)
        is_owned = np.array(
            [tables.instance.suppliers[v].ownership == "shipment" for v in tables.instance.item_supplier]
        )
        terms = [Term("on_hand", value)]
        if is_owned.any():
            terms.append(Term("in_transit", value * is_owned[:, None]))
        return terms


@metric
class OpenCommitments(MetricDefaults):
    """What is ordered and has not arrived, at the cost it was ordered at."""

    name = "open_commitments"

    def terms(self, tables: Tables) -> list[Term]:
        """Value of orders in transit."""
        return [Term("in_transit_value", by_item_and_node(tables, 1.0))]


@metric
class ExcessExposure(MetricDefaults):
    """Excess and obsolete stock at standard value: beyond the forward demand, or older than the shelf life."""

    name = "excess_exposure"

    def terms(self, tables: Tables) -> list[Term]:
        """Value of units beyond cover and of aged units; a unit that is both counts twice."""
        value = by_item_and_node(tables, tables.unit_value)
        return [Term("beyond_cover", value), Term("aged", value)]


@metric
class StorageSpace(MetricDefaults):
    """Space that stock on hand takes; the capacity of a warehouse limits it."""

    name = "storage_space"
    unit = "space"

    def terms(self, tables: Tables) -> list[Term]:
        """Space of units on hand."""
        return [Term("on_hand", by_item_and_node(tables, tables.space_per_unit))]


@metric
class Receivables(MetricDefaults):
    """Revenue of the last `receivable_days`."""

    name = "receivables"

    def terms(self, tables: Tables) -> list[Term]:
        """Revenue not yet collected."""
        window = customer_window(tables)
        return [replace(term, window=window) for term in part_terms(tables, "revenue")]

    def constant(self, instance: Instance, tree: ScenarioTree) -> Array:
        """Opening receivables not yet collected."""
        settings = instance.settings
        return settings.opening_receivables * _run_off(instance, tree, settings.receivable_days)


@metric
class Payables(MetricDefaults):
    """Landed cost of the receipts of the last `payment_days` of the supplier, net of deposits on what is in transit."""

    name = "payables"

    def terms(self, tables: Tables) -> list[Term]:
        """Receipts not yet paid as far as no deposit has paid them, minus deposits on goods that have not arrived."""
        window = supplier_window(tables)
        deposit = tables.deposit_share[:, None]
        terms = [
            replace(term, coefficient=(1.0 - deposit) * term.coefficient, window=window)
            for term in part_terms(tables, "landed_cost")
        ]
        if deposit.any():
            terms.append(Term("in_transit_value", by_item_and_node(tables, -tables.deposit_share)))
        return terms

    def constant(self, instance: Instance, tree: ScenarioTree) -> Array:
        """Opening payables not yet paid, over the items' average payment terms."""
        days = float(instance.supplier_column("payment_days").mean())
        return instance.settings.opening_payables * _run_off(instance, tree, days)


@metric
class WorkingCapital(MetricDefaults):
    """Inventory value + receivables - payables."""

    name = "working_capital"

    def terms(self, tables: Tables) -> list[Term]:
        """The three balances, with their signs."""
        return [
            *METRICS["inventory_value"].terms(tables),
            *METRICS["receivables"].terms(tables),
            *(term.scaled(-1.0) for term in METRICS["payables"].terms(tables)),
        ]

    def constant(self, instance: Instance, tree: ScenarioTree) -> Array:
        """Opening balances not yet settled."""
        return METRICS["receivables"].constant(instance, tree) - METRICS["payables"].constant(instance, tree)


@metric
class Cash(MetricDefaults):
    """Cash balance: what has been collected, less what has been paid."""

    name = "cash"

    def terms(self, tables: Tables) -> list[Term]:
        """Margin items that are cash, cumulated, moved by receivables and payables."""
        so_far = path_window(tables)
        flows = [
            *part_terms(tables, "revenue"),
            *(
                term.scaled(-1.0)
                for part in ("landed_cost", "order_cost", "expedite")
                for term in part_terms(tables, part)
            ),
            Term("on_hand", by_item_and_node(tables, -tables.cash_holding_rate * tables.unit_value)),
        ]
        return [
            *(replace(term, window=so_far) for term in flows),
            *(term.scaled(-1.0) for term in METRICS["receivables"].terms(tables)),
            *METRICS["payables"].terms(tables),
        ]

    def constant(self, instance: Instance, tree: ScenarioTree) -> Array:
        """Opening cash, what opening balances have brought and cost, fixed payments."""
        settings = instance.settings
        collected = settings.opening_receivables - METRICS["receivables"].constant(instance, tree)
        paid = settings.opening_payables - METRICS["payables"].constant(instance, tree)
        fixed = settings.fixed_payments_per_period * (tree.period + 1)
        return np.asarray(settings.opening_cash + collected - paid - fixed)


def _run_off(instance: Instance, tree: ScenarioTree, days: float) -> Array:
    if days == 0:
        return np.zeros(len(tree))
    elapsed = (tree.period + 1) * instance.settings.period_length_days
    return np.asarray(np.maximum(0.0, 1.0 - elapsed / days))
