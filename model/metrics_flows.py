"""Metrics that are flows of the period: orders, sales, spend, margin (docs/formulation.md, section 6)."""

from stockrail.model.margin import margin_terms, part_terms
from stockrail.model.metric_registry import MetricDefaults, by_item_and_node, metric
from stockrail.model.tables import Tables
from stockrail.model.terms import Term


@metric
class Purchases(MetricDefaults):
    """Landed cost of what is ordered in the period, net of what quantity breaks save."""

    name = "purchases"

    def terms(self, tables: Tables) -> list[Term]:
        """Value of orders at the node where they are placed."""
        return [Term("ordered_value", by_item_and_node(tables, 1.0))]


@metric
class OrderedUnits(MetricDefaults):
    """Units ordered in the period; supplier capacity limits it."""

    name = "ordered_units"
    unit = "units"

    def terms(self, tables: Tables) -> list[Term]:
        """Units of orders at the node where they are placed."""
        return [Term("ordered", by_item_and_node(tables, 1.0))]


@metric
class ServedUnits(MetricDefaults):
    """Units delivered to customers in the period."""

    name = "served_units"
    unit = "units"

    def terms(self, tables: Tables) -> list[Term]:
        """Units served."""
        return [Term("served", by_item_and_node(tables, 1.0))]


@metric
class ExpediteSpend(MetricDefaults):
    """Premiums of expedited units."""

    name = "expedite_spend"

    def terms(self, tables: Tables) -> list[Term]:
        """The part `expedite` of the margin."""
        return part_terms(tables, "expedite")


@metric
class WriteOffs(MetricDefaults):
    """What is written off on stock that passes its shelf life."""

    name = "write_offs"

    def terms(self, tables: Tables) -> list[Term]:
        """The part `write_off` of the margin."""
        return part_terms(tables, "write_off")


@metric
class Margin(MetricDefaults):
    """Margin of the period, undiscounted, before overtime and penalties."""

    name = "margin"

    def terms(self, tables: Tables) -> list[Term]:
        """The parts of the margin with their signs."""
        return margin_terms(tables)


@metric
class OvertimeSpendMetric(MetricDefaults):
    """Premiums on what is beyond soft capacities. Guardrails compute it from the rows of capacities."""

    name = "overtime_spend"
    is_shared = True

    def terms(self, tables: Tables) -> list[Term]:
        """Nothing per item."""
        return [Term("demand", by_item_and_node(tables, 0.0))]
