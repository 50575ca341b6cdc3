"""Limits on stock that what is on hand and under way exceeds already, whatever is ordered from now on."""

from dataclasses import replace

import numpy as np

from stockrail.evaluation.capital import limits
from stockrail.model.ledger import Ledger
from stockrail.model.schema import GuardrailLimit
from stockrail.model.tables import Tables, cumulate

MARGIN = 1e-6
"""Share by which a loosened limit is above what cannot be avoided, so that rounding does not break it."""


def loosened_where_unavoidable(tables: Tables) -> tuple[Tables, bool]:
    """The parameters with limits on inventory value raised, in the periods in question, to what nothing ordered would leave.

    Orders only add to stock, so this is the least that such limits have to give way, and with it the plan without orders keeps them. A
    search would find the same, after it has proven that nothing else helps. Only hard limits by period are looked at.

    Returns
    -------
    the parameters, and whether a limit had to give way.
    """
    instance, tree = tables.instance, tables.tree
    fixed = cumulate(tree, tables.fixed_lots.astype(np.float64)).astype(np.int64)
    stock = Ledger(tables, fixed).metric("inventory_value")
    changed: list[GuardrailLimit] = []
    for row in instance.guardrails:
        is_stock = row.metric == "inventory_value" and row.measured in ("each period", "quarter ends")
        if not is_stock or row.soft_price is not None:
            continue
        total = stock[instance.items_in_scope(row.scope, row.scope_value)].sum(axis=0)
        for period, limit in enumerate(limits(instance, row, tree.periods)):
            least = float(total[tree.period == period].max()) * (1.0 + MARGIN)
            if least > limit:
                changed.append(
                    GuardrailLimit.model_construct(
                        guardrail=row.guardrail, period=period, lower=None, upper=least
                    )
                )
    if not changed:
        return tables, False
    replaced = {(row.guardrail, row.period) for row in changed}
    lower = {(row.guardrail, row.period): row.lower for row in instance.guardrail_limits}
    kept = [row for row in instance.guardrail_limits if (row.guardrail, row.period) not in replaced]
    new = [row.model_copy(update={"lower": lower.get((row.guardrail, row.period))}) for row in changed]
    return replace(tables, instance=replace(instance, guardrail_limits=(*kept, *new))), True
