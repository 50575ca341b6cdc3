"""Shortages that a plan expects, and which steps of the rule they reach (docs/formulation.md, section 20).

Nothing is sampled: a step of the rule is short by the part of the shortage that lies beyond all later steps, and with normal forecast
errors the expectation of that is a difference of two values of the loss function.
"""

from dataclasses import dataclass

import numpy as np

from stockrail.allocation.money import left_unit_cost
from stockrail.model.ledger import Ledger
from stockrail.model.loss import backlog_array, in_full_array
from stockrail.model.tree import Array

_ALMOST = 1.0 - 1e-9
"""A step that begins beyond this share of all demand is rounding: no shortage reaches it."""


@dataclass(frozen=True)
class ItemShortages:
    """What of a plan is expected to be short, by item and period. Arrays are [items, periods], in units unless said otherwise.

    Attributes
    ----------
    probability : that some of the period's demand is not served from stock at once.
    asked, short, expedited, left : expected demand; what of it is not served from stock at once; what of that is expedited; what is
        then left, lost or waiting.
    asked_when_short : expected demand of the scenarios and forecast errors with a shortage, times their probability.
    worst_short : largest `short` of a node.
    money : what the shortage costs, by the costs of the margin: expediting, and what is left.
    step_left, step_money : of `left` and of its cost, what falls on each step [steps, items, periods].
    step_probability : that not all of a step is given [steps, items, periods].
    """

    probability: Array
    asked: Array
    short: Array
    expedited: Array
    left: Array
    asked_when_short: Array
    worst_short: Array
    money: Array
    step_left: Array
    step_money: Array
    step_probability: Array

    @staticmethod
    def of(ledger: Ledger, step_share: Array) -> "ItemShortages":
        """Those of a plan.

        Parameters
        ----------
        step_share : share of each item's demand that is wanted in each step [steps, items]; 1 in all for each item.
        """
        tables = ledger.tables
        demand, net = tables.demand, ledger.stock.net_inventory
        sigma = np.ascontiguousarray(tables.sigma)
        is_short = np.where(demand > 0, 1.0 - ledger.stock.in_full, 0.0)
        short = ledger.line("short")
        expedited_share = tables.expedited_share[:, None]
        unit_cost = left_unit_cost(ledger)
        kept = 1.0 - expedited_share
        stretch = np.divide(1.0, kept, out=np.zeros_like(kept), where=kept > 0)
        left, money, hit = [], [], []
        later = np.cumsum(step_share[::-1], axis=0)[::-1] - step_share
        for share, after in zip(step_share, later, strict=True):
            begins = np.minimum(after[:, None] * stretch, 1.0)
            ends = np.minimum((after + share)[:, None] * stretch, 1.0)
            at_begin = np.ascontiguousarray(net + begins * demand)
            beyond = backlog_array(at_begin, sigma) - backlog_array(
                np.ascontiguousarray(net + ends * demand), sigma
            )
            step = kept * beyond
            reached = (share[:, None] > 0) & (begins < _ALMOST) & (kept > 0) & (demand > 0)
            left.append(ledger.expected(step))
            money.append(ledger.expected(unit_cost * step))
            hit.append(ledger.expected(np.where(reached, 1.0 - in_full_array(at_begin, sigma), 0.0)))
        expedited = ledger.expected(ledger.line("expedited"))
        step_money = np.array(money)
        return ItemShortages(
            probability=ledger.expected(is_short),
            asked=ledger.expected(demand),
            short=ledger.expected(short),
            expedited=expedited,
            left=ledger.expected(kept * short),
            asked_when_short=ledger.expected(demand * is_short),
            worst_short=_worst(ledger, short),
            money=tables.expedite_premium[:, None] * expedited + step_money.sum(axis=0),
            step_left=np.array(left),
            step_money=step_money,
            step_probability=np.array(hit),
        )


def _worst(ledger: Ledger, values: Array) -> Array:
    """Largest value of a period's nodes, of values [items, nodes], as [items, periods]."""
    tree = ledger.tables.tree
    worst = np.full((len(values), tree.periods), -np.inf)
    for period in range(tree.periods):
        worst[:, period] = values[:, tree.period == period].max(axis=1)
    return worst
