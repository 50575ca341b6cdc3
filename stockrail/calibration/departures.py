"""Items that depart from their segment's option, and what each earns by it (docs/calibration.md)."""

import numpy as np
import pandas as pd

from stockrail.calibration.changes import Worth
from stockrail.calibration.targets import ItemTargets
from stockrail.model.guardrails import Guardrails
from stockrail.model.policy import Policy
from stockrail.model.tree import Array
from stockrail.solvers.rule_result import RuleResult

COLUMNS = ("item", "segment", "segment_option", "option", "margin_change", "worth_change")


def departures_table(
    chosen: ItemTargets, rule: RuleResult, guardrails: Guardrails, worth: Worth, prices: Array
) -> pd.DataFrame:
    """One row per departing item: columns of `departures.csv`, the largest worth first.

    segment_option and option; margin_change and worth_change, what its own option earns more than the segment's, as its own expected
    margin and with its use of guardrails at their prices.
    """
    tables = chosen.ledger.tables
    instance = tables.instance
    if not len(rule.departures):
        return pd.DataFrame(columns=list(COLUMNS))
    shared = [rule.plans.options[k] for k in rule.by_segment[instance.item_segment]]
    follows = ItemTargets.of(tables, Policy.of(instance, shared))
    margin = chosen.ledger.item_margin - follows.ledger.item_margin
    change = worth.total - Worth.of(follows, guardrails, prices).total
    rows = [
        {
            "item": instance.items[i].item,
            "segment": instance.items[i].segment,
            "segment_option": shared[i].name,
            "option": rule.plans.options[rule.by_item[i]].name,
            "margin_change": float(margin[i]),
            "worth_change": float(change[i]),
        }
        for i in rule.departures[np.argsort(-change[rule.departures], kind="stable")]
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
