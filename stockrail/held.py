"""How a plan stands to its guardrails: the amounts they limit and, by way to hold, the value that counts in each period.

The definitions are those of docs/formulation.md, section 7. Rows of items outside of funded builds, and the tail of the
margin in the objective, are not listed: they are no limits that anybody stated.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.guardrail_blocks import MARGIN_TAIL, GuardrailBlock
from stockrail.model.guardrails import DENOMINATOR, Guardrails
from stockrail.model.holds import exceeded_quantile, tail_mean
from stockrail.model.ledger import Ledger
from stockrail.model.schema import Guardrail
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array, IntArray

ZERO_DENOMINATOR = 1e-9
"""A denominator no larger than this is 0 but for rounding: a ratio has no value there."""


@dataclass(frozen=True)
class Standing:
    """One side of a guardrail held against a plan.

    Attributes
    ----------
    block : the guardrail's side as stated.
    first_period, last_period : its periods, as stated.
    amount, denominator, amount_period, probability : [nodes of the limit], what is limited node by node, of a ratio the
        numerator; its denominator, 1 where there is none; periods; probabilities.
    period : int [rows], in which the guardrail is judged: node by node in every scenario, else once a period.
    value, limit, slack : [rows], in the unit of the limit as stated; NaN where a ratio has no value. Slack is negative
        where the limit is broken.
    """

    block: GuardrailBlock
    first_period: int
    last_period: int
    amount: Array
    denominator: Array
    amount_period: IntArray
    probability: Array
    period: IntArray
    value: Array
    limit: Array
    slack: Array

    def tightest(self, rows: IntArray) -> int:
        """Of some rows the one with the least slack; the first of them where none has a value."""
        slack = self.slack[rows]
        return int(rows[0] if np.isnan(slack).all() else rows[np.nanargmin(slack)])


def standings(ledger: Ledger, guardrails: Guardrails) -> list[Standing]:
    """Every stated side of every guardrail, capacity and warehouse, in the order of the instance."""
    return list(_standings(ledger, guardrails))


def _standings(ledger: Ledger, guardrails: Guardrails) -> Iterator[Standing]:
    by_node = _by_node(guardrails)
    period = ledger.tables.tree.period
    stated = {row.guardrail: row for row in ledger.tables.instance.guardrails}
    amounts = _Amounts(ledger, by_node)
    for block, (nodes, where) in zip(guardrails.blocks, by_node.each(), strict=True):
        if block.is_outside or block.name == MARGIN_TAIL:
            continue
        amount, denominator = amounts.of(nodes, where)
        rows_period, value, limit = _judge(block, nodes, period[nodes.node], amount, denominator)
        row = stated.get(block.name)
        yield Standing(
            block=block,
            first_period=0 if row is None else row.first_period,
            last_period=int(period.max()) if row is None else row.last_period,
            amount=amount,
            denominator=denominator,
            amount_period=period[nodes.node],
            probability=nodes.probability,
            period=rows_period,
            value=value,
            limit=limit,
            slack=block.sign * (limit - value),
        )


def is_positive(denominator: Array) -> BoolArray:
    """Where a denominator is not 0."""
    return np.asarray(np.abs(denominator) > ZERO_DENOMINATOR)


def quotient(amount: Array, denominator: Array) -> Array:
    """Amount over denominator, NaN where that is 0."""
    nothing = np.full(len(amount), np.nan)
    return np.asarray(np.divide(amount, denominator, out=nothing, where=is_positive(denominator)))


def _by_node(guardrails: Guardrails) -> Guardrails:
    """The same limits as if they held in every scenario, so that each block has a row for each node."""
    tables = guardrails.tables

    def every_scenario(row: Guardrail) -> Guardrail:
        return row.model_copy(update={"holds": "every scenario", "alpha": None})

    rows = tuple(every_scenario(row) for row in tables.instance.guardrails)
    return Guardrails.build(replace(tables, instance=replace(tables.instance, guardrails=rows)))


class _Amounts:
    """What each block limits at its nodes."""

    def __init__(self, ledger: Ledger, guardrails: Guardrails) -> None:
        self._values = guardrails.metric_values(ledger.stock)
        self._terms = guardrails.terms
        usage = guardrails.usage(self._values)[0]
        self._overtime_spend = guardrails.overtime.add_to(usage, guardrails.limits) - usage

    def of(self, block: GuardrailBlock, where: slice) -> tuple[Array, Array]:
        """Amount and denominator [rows]."""
        metric = self._values[block.metric][block.items].sum(axis=0)
        amount = block.rows @ metric + block.constant + block.sign * self._overtime_spend[where]
        if block.metric + DENOMINATOR not in self._terms:
            return np.asarray(amount), block.base
        below = self._values[block.metric + DENOMINATOR][block.items].sum(axis=0)
        return np.asarray(amount), np.asarray(block.rows @ below)


def _judge(
    block: GuardrailBlock, nodes: GuardrailBlock, period: IntArray, amount: Array, denominator: Array
) -> tuple[IntArray, Array, Array]:
    """Period, value and limit of each row of a guardrail, from the amounts at its nodes."""
    if block.holds == "every scenario":
        return period, quotient(amount, denominator), nodes.limit
    periods, first = np.unique(period, return_index=True)
    limit = nodes.limit[first]
    value = np.empty(len(periods))
    for row, t in enumerate(periods):
        here = period == t
        value[row] = _value(block, limit[row], amount[here], denominator[here], nodes.probability[here])
    return periods, value, limit


def _value(block: GuardrailBlock, limit: float, amount: Array, denominator: Array, weight: Array) -> float:
    """The value of one period whose nodes are judged together, to be compared with the limit."""
    if block.holds == "chance":
        if not is_positive(denominator).any():
            return np.nan
        signed = _signed_quotient(block.sign, amount, denominator)
        return block.sign * exceeded_quantile(signed, weight, block.alpha or 0.0)
    mean_denominator = float(weight @ denominator)
    if mean_denominator <= ZERO_DENOMINATOR:
        return np.nan
    if block.holds == "expected":
        return float(weight @ amount) / mean_denominator
    over = block.sign * (amount - limit * denominator)
    return limit + block.sign * tail_mean(over, weight, block.alpha or 0.0) / mean_denominator


def _signed_quotient(sign: float, amount: Array, denominator: Array) -> Array:
    """Ratios of nodes judged together, large values bad.

    Without a denominator the law is one of the numerator alone: broken without end, or kept with endless room.
    """
    endless = np.where(sign * amount > ZERO_DENOMINATOR, np.inf, -np.inf)
    return np.asarray(np.where(is_positive(denominator), sign * quotient(amount, denominator), endless))
