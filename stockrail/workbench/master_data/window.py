"""The actuals that a baseline is held against: those of a span of days, with each row's item and supplier found in the baseline."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from stockrail.model.instance import Instance
from stockrail.workbench.monitoring.observed import Frames


@dataclass(frozen=True)
class Window:
    """Actuals from `first` to `last`, both included.

    Attributes
    ----------
    receipts : item, supplier, date, units, money, ordered_on; and `place`, the item's place in the baseline, -1 for none,
        `own`, the supplier that the item names, and `is_own`, whether the receipt is from that one or does not say from whom.
    spend : account, date, money, item, supplier.
    """

    instance: Instance
    first: dt.date
    last: dt.date
    receipts: pd.DataFrame
    spend: pd.DataFrame

    @staticmethod
    def of(
        instance: Instance,
        frames: Frames,
        look_back_days: int,
        first: dt.date | None = None,
        last: dt.date | None = None,
    ) -> "Window | None":
        """Those of some days; None where there are neither receipts nor spend.

        Parameters
        ----------
        first, last : None for the last `look_back_days` up to the last receipt or booking.
        """
        there = [frames[kind] for kind in ("receipts", "spend") if len(frames.get(kind, ()))]
        if not there:
            return None
        last = max(rows["date"].max() for rows in there).date() if last is None else last
        first = last - dt.timedelta(days=look_back_days - 1) if first is None else first
        receipts, spend = (_between(frames[kind], first, last) for kind in ("receipts", "spend"))
        place = receipts["item"].map(instance.item_index).fillna(-1).astype(int)
        own = [instance.items[i].supplier if i >= 0 else "" for i in place]
        is_own = [given in ("", named) for given, named in zip(receipts["supplier"], own, strict=True)]
        return Window(instance, first, last, receipts.assign(place=place, own=own, is_own=is_own), spend)

    @property
    def regular(self) -> pd.DataFrame:
        """Receipts of items of the baseline from the suppliers that they name, of more than no units."""
        rows = self.receipts
        return rows[(rows["place"] >= 0) & rows["is_own"] & (rows["units"] > 0)]


def by_item(rows: pd.DataFrame) -> Iterator[tuple[int, Any]]:
    """Rows of each item, with its place."""
    return ((cast(int, place), group) for place, group in rows.groupby("place", sort=True))


def _between(rows: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    return rows[(rows["date"] >= pd.Timestamp(first)) & (rows["date"] <= pd.Timestamp(last))]
