"""The ledger: what a plan means in units and money. Every number in a result is read from here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stockrail.model.arrivals import apply
from stockrail.model.lines import LineValues
from stockrail.model.loss import backlog_array
from stockrail.model.metrics import METRICS, MONEY_PARTS, part_terms, total
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray


@dataclass(frozen=True)
class Ledger:
    """Lines, money and metrics of one plan.

    Parameters
    ----------
    tables : the parameters of the instance.
    cumulative_lots : int [items, nodes], the plan.
    """

    tables: Tables
    cumulative_lots: IntArray

    @cached_property
    def stock(self) -> Stock:
        """The plan's basis functions."""
        return Stock.of(self.tables, self.cumulative_lots)

    def line(self, name: str) -> Array:
        """A line of docs/formulation.md, section 4 [items, nodes]."""
        return self._lines(name)

    @cached_property
    def _lines(self) -> LineValues:
        return LineValues(self.stock)

    def part(self, name: str) -> Array:
        """A part of the margin as a positive amount per item and node, before probability [items, nodes]."""
        return total(part_terms(self.tables, name), self.line)

    def metric(self, name: str) -> Array:
        """A guardrail metric per item and node, without instance-wide amounts; of a ratio the numerator [items, nodes]."""
        return total(METRICS[name].terms(self.tables), self.line)

    def denominator(self, name: str) -> Array | None:
        """What a guardrail metric is divided by per item and node [items, nodes]; None where it is no ratio."""
        denominator = METRICS[name].denominator(self.tables)
        return total(denominator, self.line) if isinstance(denominator, list) else denominator

    def metric_total(self, name: str) -> Array:
        """A guardrail metric of the whole instance [nodes], instance-wide amounts included; of a ratio the numerator."""
        return np.asarray(
            self.metric(name).sum(axis=0) + METRICS[name].constant(self.tables.instance, self.tables.tree)
        )

    @cached_property
    def item_parts(self) -> dict[str, Array]:
        """Expected parts of the margin by item [items]."""
        return {name: self.part(name) @ self.tables.weight for name in MONEY_PARTS}

    @cached_property
    def item_margin(self) -> Array:
        """Expected margin by item [items]."""
        return sum(
            (sign * self.item_parts[name] for name, sign in MONEY_PARTS.items()),
            np.zeros(len(self.tables.lot_size)),
        )

    @property
    def margin_parts(self) -> dict[str, float]:
        """Expected parts of the margin, all items."""
        return {name: float(amount.sum()) for name, amount in self.item_parts.items()}

    @property
    def expected_margin(self) -> float:
        """Expected margin before penalties of soft guardrails."""
        return float(self.item_margin.sum())

    def expected(self, values: Array) -> Array:
        """Probability-weighted mean over each period's nodes of values [..., nodes], as [..., periods]."""
        tree = self.tables.tree
        by_period = np.zeros((tree.periods, len(tree)))
        by_period[tree.period, np.arange(len(tree))] = tree.probability
        return np.asarray(values @ by_period.T)

    @cached_property
    def fill_rate(self) -> Array:
        """1 - expected short units / expected demand, by item [items]; 1 where there is no demand."""
        probability = self.tables.tree.probability
        short, demand = self.line("short") @ probability, self.tables.demand @ probability
        return np.asarray(1.0 - np.divide(short, demand, out=np.zeros_like(short), where=demand > 0))

    @cached_property
    def safety_stock(self) -> tuple[Array, Array]:
        """Safety stock in units and the safety factor it implies, by item; NaN where nothing is ever received.

        The average of net inventory at the end of the period before a receipt, over (node, child) pairs weighted by
        the child's probability (docs/formulation.md, section 8).
        """
        tree = self.tables.tree
        has_receipt = (self.line("received") > 1e-9).astype(np.float64)
        has_receipt[:, 0] = 0.0  # before the root there is no node
        weight = has_receipt * tree.probability
        before = apply(tree.to_parent, self.stock.net_inventory)
        sigma_before = apply(tree.to_parent, self.tables.sigma)
        total = weight.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            units = (weight * before).sum(axis=1) / total
            return units, units * total / (weight * sigma_before).sum(axis=1)

    @cached_property
    def physical_margin(self) -> float:
        """Expected margin of the same orders replayed without netting (docs/formulation.md, section 8)."""
        line = replay_without_netting(self)
        return float(
            sum(
                sign * (total(part_terms(self.tables, name), line).sum(axis=0) @ self.tables.weight)
                for name, sign in MONEY_PARTS.items()
            )
        )


def objective_form(tables: Tables) -> LinearForm:
    """Minus the expected margin by item, as a form: what the recursion minimises where no guardrail has a price."""
    form = LinearForm.zero(tables)
    for name, sign in MONEY_PARTS.items():
        weight = np.broadcast_to(-sign * tables.weight, tables.demand.shape)
        for term in part_terms(tables, name):
            term.pull(tables, form, weight)
    return form


def replay_without_netting(ledger: Ledger) -> Callable[[str], Array]:
    """Lines of the same orders when expedited units come on top and lost ones stay unsold: nothing is netted."""
    tables, tree = ledger.tables, ledger.tables.tree
    not_waiting = 1.0 - tables.waiting_share
    raised, backlog, short = (np.zeros(tables.demand.shape) for _ in range(3))
    for node in range(len(tree)):
        if node:
            raised[:, node] = raised[:, tree.parent[node]]
        net = ledger.stock.net_inventory[:, node] + raised[:, node]
        sigma = np.ascontiguousarray(tables.sigma[:, node])
        owed = backlog_array(net, sigma)
        short[:, node] = owed - backlog_array(net + tables.demand[:, node], sigma)
        # What is expedited or lost in this period is owed no more, now and later.
        raised[:, node] += not_waiting * short[:, node]
        backlog[:, node] = owed - not_waiting * short[:, node]
    replayed = {
        "on_hand": ledger.stock.net_inventory + raised + backlog,
        "waiting": backlog,
        "short": short,
        "expedited": tables.expedited_share[:, None] * short,
        "lost": tables.lost_fraction[:, None] * short,
        "netted": np.zeros(tables.demand.shape),
    }
    replayed["served"] = tables.demand - replayed["lost"] - backlog + apply(tree.to_parent, backlog)
    return lambda name: replayed[name] if name in replayed else ledger.line(name)
