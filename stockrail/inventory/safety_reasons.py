"""Why an item needs safety stock, step by step, and how much of it a plan holds (docs/formulation.md, section 8).

Nothing is solved: the steps are those of the split by purpose. What each cause adds to the best plan takes plans of its own,
`stockrail.inventory.explained`.
"""

from dataclasses import dataclass

import numpy as np

from stockrail.inventory.stock_outlook import Outlook
from stockrail.inventory.stock_split import StockSplit
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array


@dataclass(frozen=True)
class SafetyReasons:
    """The safety that items need and what it is needed against. Arrays [items]; units are means over scenarios and periods.

    Attributes
    ----------
    shortage_cost : money per unit that is short for a period.
    holding_cost : money per unit that is held until the next receipt.
    critical_ratio : shortage over shortage and holding: the share of order cycles that should end without shortage.
    safety_factor : the normal quantile of that ratio, between 0 and 4.
    forecast_error : safety factor times the standard deviation of the forecast error of one period.
    scenarios : what is added as demand of one period can also go one way or another in the tree.
    lead_time : what is added as an order takes `lead_time_periods` more periods.
    needed : the sum of these three.
    held : what the plan holds of it, beyond what demand needs until the next receipt; at most `needed`.
    """

    shortage_cost: Array
    holding_cost: Array
    critical_ratio: Array
    safety_factor: Array
    forecast_error: Array
    scenarios: Array
    lead_time: Array
    needed: Array
    held: Array

    @staticmethod
    def of(ledger: Ledger, split: StockSplit | None = None) -> "SafetyReasons":
        """Those of a plan.

        Parameters
        ----------
        split : of the same ledger, where it is known.
        """
        outlook = Outlook(ledger)
        at_once = Outlook(ledger, np.zeros(len(ledger.tables.lot_size), dtype=np.int64))
        held = (StockSplit.of(ledger) if split is None else split).safety

        def mean(values: Array) -> Array:
            return np.asarray(ledger.expected(values).mean(axis=1))

        def needed(deviation: Array) -> Array:
            return outlook.safety_factor * mean(deviation)

        error = needed(np.sqrt(at_once.noise_variance))
        one_period = needed(at_once.sigma_total)
        whole = needed(outlook.sigma_total)
        return SafetyReasons(
            outlook.shortage_cost,
            outlook.holding_cost,
            outlook.critical_ratio,
            outlook.safety_factor,
            forecast_error=error,
            scenarios=one_period - error,
            lead_time=whole - one_period,
            needed=whole,
            held=mean(held),
        )
