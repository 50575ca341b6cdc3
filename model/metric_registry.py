"""What a guardrail metric is, and the register of all of them (docs/formulation.md, section 6)."""

from typing import Protocol

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tables import Tables
from stockrail.model.terms import Term
from stockrail.model.tree import Array, ScenarioTree


class Metric(Protocol):
    """What a guardrail can limit: per item and node a sum of terms, or the ratio of one to another.

    Attributes
    ----------
    name : as in the table `guardrails`.
    unit : of the numerator: "money", "money per year", "units" or "space".
    is_shared : whether it belongs to no item; then its terms are zero and guardrails compute it from their rows.
    """

    name: str
    unit: str
    is_shared: bool

    def terms(self, tables: Tables) -> list[Term]:
        """The metric per item and node, in its unit; of a ratio the numerator."""

    def constant(self, instance: Instance, tree: ScenarioTree) -> Array:
        """Instance-wide amount at each node [nodes]; it enters scope `all` only."""

    def denominator(self, tables: Tables) -> list[Term] | Array | None:
        """Of a ratio, what the numerator is divided by: data [items, nodes], or terms where it depends on the plan."""


class MetricDefaults:
    """Defaults of a metric: an amount of money per item, no ratio, and nothing that belongs to the whole instance."""

    unit: str = "money"
    is_shared: bool = False

    def constant(self, instance: Instance, tree: ScenarioTree) -> Array:
        """Nothing belongs to the instance as a whole."""
        return np.zeros(len(tree))

    def denominator(self, tables: Tables) -> list[Term] | Array | None:
        """No ratio."""
        return None


METRICS: dict[str, Metric] = {}
"""Every registered metric by name."""


def metric(cls: type[Metric]) -> type[Metric]:
    """Register a metric class."""
    METRICS[cls.name] = cls()
    return cls


def metric_names() -> tuple[str, ...]:
    """Names a guardrail may use."""
    return tuple(METRICS)


def by_item_and_node(tables: Tables, amount: Array | float) -> Array:
    """An amount, or one by item [items], as a coefficient [items, nodes]."""
    column = np.broadcast_to(np.asarray(amount, dtype=np.float64), tables.lot_size.shape)[:, None]
    return column * np.ones_like(tables.demand)
