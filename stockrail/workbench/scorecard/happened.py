"""The lines of what happened, and of a plan on the demand that came."""

from typing import Protocol

import numpy as np
import pandas as pd

from stockrail.model.instance import Array, Instance
from stockrail.workbench.scorecard.accounts import OVERTIME, by_account
from stockrail.workbench.scorecard.lines import Flows, Lines, Terms, lines_of
from stockrail.workbench.scorecard.revalue import HasDemand, Revalued


class HasActuals(HasDemand, Protocol):
    """What happened, as `stockrail.workbench.monitoring.observed.Observed`. Arrays are [items, periods], NaN where not known."""

    @property
    def served_units(self) -> Array:
        """Units delivered on time, of those demanded."""
        ...

    @property
    def receipt_units(self) -> Array:
        """Units that came in."""
        ...

    @property
    def stock_units(self) -> Array:
        """Units in stock at the end of the period."""
        ...

    @property
    def stock_money(self) -> Array:
        """The same in money."""
        ...

    @property
    def spend(self) -> dict[str, Array]:
        """Money by account [periods]."""
        ...

    @property
    def unknown_items(self) -> tuple[str, ...]:
        """Names in the actuals that the instance does not have."""
        ...

    @property
    def receipts(self) -> pd.DataFrame:
        """Columns item, supplier, date, units, money, ordered_on."""
        ...


def revalued_lines(instance: Instance, terms: Terms, revalued: Revalued) -> Lines:
    """Lines of a plan on the demand that came."""
    spend = {
        account: np.asarray(money.sum(axis=0))
        for account, money in by_account(revalued.parts.__getitem__, terms.freight_share[:, None]).items()
    }
    return lines_of(
        terms,
        Flows(
            demand=revalued.demand,
            on_time=revalued.demand - revalued.short,
            on_hand=revalued.on_hand,
            stock_value=terms.unit_value[:, None] * revalued.on_hand,
            received=revalued.received + revalued.expedited,
            received_value=revalued.parts["landed_cost"],
            opening=instance.item_column("opening_stock_units"),
            spend={**spend, OVERTIME: revalued.overtime},
        ),
    )


def observed_lines(instance: Instance, terms: Terms, observed: HasActuals, *, is_from_start: bool) -> Lines:
    """Lines of what happened.

    Parameters
    ----------
    is_from_start : whether the instance's opening stock and balances are those of before the first period. Otherwise nothing is known of
        what was before it.
    """
    periods = min(observed.demand_units.shape[1], instance.settings.periods)
    value = terms.unit_value[:, None]
    stock, money = observed.stock_units[:, :periods], observed.stock_money[:, :periods]
    return lines_of(
        terms,
        Flows(
            demand=observed.demand_units[:, :periods],
            on_time=observed.served_units[:, :periods],
            on_hand=stock,
            stock_value=np.where(np.isnan(money), value * stock, money),
            received=observed.receipt_units[:, :periods],
            received_value=_received_value(instance, terms, observed, periods),
            opening=instance.item_column("opening_stock_units") if is_from_start else None,
            spend={account: values[:periods] for account, values in observed.spend.items()},
        ),
    )


def _received_value(instance: Instance, terms: Terms, observed: HasActuals, periods: int) -> Array:
    """What came in, in money: as it was booked, else at standard value."""
    receipts = observed.receipts
    total = terms.unit_value[:, None] * observed.receipt_units[:, :periods]
    priced = receipts[receipts["money"].notna() & receipts["units"].notna()]
    item = priced["item"].map(instance.item_index)
    period = np.array(
        [instance.period_of(day) for day in pd.to_datetime(priced["date"]).dt.date], dtype=np.int64
    )
    is_here = (item.notna() & (period >= 0) & (period < periods)).to_numpy(dtype=bool)
    at = item[is_here].to_numpy(dtype=np.int64), period[is_here]
    units, money = (priced[name][is_here].to_numpy(dtype=np.float64) for name in ("units", "money"))
    np.add.at(total, at, money - terms.unit_value[at[0]] * units)
    return total
