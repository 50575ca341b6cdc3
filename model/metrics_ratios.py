"""Metrics that are a numerator over a denominator (docs/formulation.md, section 6)."""

from dataclasses import replace

from stockrail.model.metric_registry import METRICS, MetricDefaults, by_item_and_node, metric
from stockrail.model.tables import Tables
from stockrail.model.terms import Term, customer_window
from stockrail.model.tree import Array


@metric
class DaysOfSupply(MetricDefaults):
    """Stock on hand at standard value over a day of forward demand, in days."""

    name = "days_of_supply"

    def terms(self, tables: Tables) -> list[Term]:
        """Value of units on hand."""
        return [Term("on_hand", by_item_and_node(tables, tables.unit_value))]

    def denominator(self, tables: Tables) -> Array:
        """Value of a day of forward demand."""
        days = tables.instance.settings.forward_cover_days
        return tables.unit_value[:, None] * tables.forward_demand / days


@metric
class FillRate(MetricDefaults):
    """Share of demand that is not newly short."""

    name = "fill_rate"
    unit = "units"

    def terms(self, tables: Tables) -> list[Term]:
        """Units demanded that are not short."""
        one = by_item_and_node(tables, 1.0)
        return [Term("demand", one), Term("short", -one)]

    def denominator(self, tables: Tables) -> Array:
        """Units demanded."""
        return tables.demand


@metric
class OnTimeInFull(MetricDefaults):
    """Demand-weighted probability that nothing is owed at the end of the period."""

    name = "on_time_in_full"
    unit = "units"

    def terms(self, tables: Tables) -> list[Term]:
        """Units demanded, times the probability."""
        return [Term("in_full", tables.demand)]

    def denominator(self, tables: Tables) -> Array:
        """Units demanded."""
        return tables.demand


@metric
class Turns(MetricDefaults):
    """Cost of sales at standard value, a year's worth, over inventory value: times per year."""

    name = "turns"
    unit = "money per year"

    def terms(self, tables: Tables) -> list[Term]:
        """Cost of a year's sales at the pace of the period."""
        per_year = tables.instance.periods_per_year
        return [Term("served", by_item_and_node(tables, per_year * tables.unit_value))]

    def denominator(self, tables: Tables) -> list[Term]:
        """The metric `inventory_value`."""
        return METRICS["inventory_value"].terms(tables)


@metric
class CashConversionCycle(MetricDefaults):
    """Inventory, receivables at cost and payables over a day's cost of sales: days from paying to being paid."""

    name = "cash_conversion_cycle"

    def terms(self, tables: Tables) -> list[Term]:
        """The three balances at cost, payables with a minus."""
        return [
            *METRICS["inventory_value"].terms(tables),
            replace(self._cost_of_sales(tables), window=customer_window(tables)),
            *(term.scaled(-1.0) for term in METRICS["payables"].terms(tables)),
        ]

    def denominator(self, tables: Tables) -> list[Term]:
        """A day's cost of sales at standard value."""
        return [self._cost_of_sales(tables).scaled(1.0 / tables.instance.settings.period_length_days)]

    @staticmethod
    def _cost_of_sales(tables: Tables) -> Term:
        return Term("served", by_item_and_node(tables, tables.unit_value))
