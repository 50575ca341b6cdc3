"""How a plan stands to its guardrails: the amounts they limit and, by way to hold, the value that counts in each period.

The definitions are those of docs/formulation.md, section 7. Rows of items outside of funded builds, and the tail of the
margin in the objective, are not listed: they are no limits that anybody stated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.guardrail_blocks import MARGIN_TAIL, GuardrailBlock
from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import exceeded_quantile, tail_mean
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.rows import Rows
from stockrail.model.schema import Guardrail
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array, IntArray
from stockrail.used import Used

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
    tables = guardrails.tables
    by_node = Guardrails.build(replace(tables, instance=held_by_node(tables.instance)))
    used = Used.of(by_node, by_node.metric_values(ledger.stock))
    return list(standings_of(guardrails.blocks, by_node, used))


def standings_of(blocks: Sequence[GuardrailBlock], by_node: Rows, used: Used) -> Iterator[Standing]:
    """The same, given the sums over all items.

    Parameters
    ----------
    blocks : as stated.
    by_node : the rows of `held_by_node`, and `used` what the plan uses of them.
    """
    period = by_node.tree.period
    stated = {row.guardrail: row for row in by_node.instance.guardrails}
    amounts = _Amounts(by_node, used)
    for index, (block, (nodes, where)) in enumerate(zip(blocks, by_node.each(), strict=True)):
        if block.is_outside or block.name == MARGIN_TAIL:
            continue
        amount, denominator = amounts.of(index, nodes, where)
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


def held_by_node(instance: Instance) -> Instance:
    """The instance with the same limits as if they held in every scenario, so that each block has a row for each node."""

    def every_scenario(row: Guardrail) -> Guardrail:
        return row.model_copy(update={"holds": "every scenario", "alpha": None})

    return replace(instance, guardrails=tuple(every_scenario(row) for row in instance.guardrails))


class _Amounts:
    """What each block limits at its nodes."""

    def __init__(self, rows: Rows, used: Used) -> None:
        self._used = used
        self._overtime_spend = rows.overtime.add_to(used.usage, rows.limits) - used.usage

    def of(self, index: int, block: GuardrailBlock, where: slice) -> tuple[Array, Array]:
        """Amount and denominator [rows]."""
        amount = block.rows @ self._used.metric[index]
        amount = amount + block.constant + block.sign * self._overtime_spend[where]
        below = self._used.denominator[index]
        return np.asarray(amount), block.base if below is None else np.asarray(block.rows @ below)


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
