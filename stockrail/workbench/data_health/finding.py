"""One thing that looks wrong in a baseline, and the facts that checks look at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Array, Instance

MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Example:
    """A row that a finding is about, and what of it is striking."""

    row: str
    words: str


@dataclass(frozen=True)
class Finding:
    """Something that is valid, and probably not meant.

    Attributes
    ----------
    key : short name of the check.
    title : what was found, without the count.
    meaning : what follows from it, and what to do.
    table, column : where to put it right; column '' for rows as a whole.
    count, of : how many rows, of how many.
    money : what is at stake in the baseline's currency; None where it has no amount.
    money_meaning : what the amount is; '' where there is none.
    """

    key: str
    title: str
    meaning: str
    table: str
    column: str
    count: int
    of: int
    money: float | None = None
    money_meaning: str = ""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Facts:
    """An instance with what most checks need of it; arrays are by item."""

    instance: Instance

    @cached_property
    def year_units(self) -> Array:
        """Expected demand of a year: that of the horizon, scaled to 365 days."""
        return np.asarray(self.instance.mean_demand.mean(axis=1) * self.instance.periods_per_year)

    @cached_property
    def landed_cost(self) -> Array:
        """Cost of a unit with freight and duty."""
        return np.asarray(self.instance.item_column("unit_cost") * self.instance.landed_rate)

    @cached_property
    def price(self) -> Array:
        """Price of a unit."""
        return self.instance.item_column("unit_price")

    @cached_property
    def on_order(self) -> Array:
        """Units of open orders."""
        units = np.zeros(len(self.instance.items))
        for row in self.instance.open_orders:
            units[self.instance.item_index[row.item]] += row.units
        return units

    @property
    def count(self) -> int:
        """Items."""
        return len(self.instance.items)


Check = Callable[[Facts], Finding | None]
"""None where there is nothing to say."""


def of_items(
    facts: Facts,
    mask: NDArray[np.bool_],
    words: Callable[[int], str],
    *,
    key: str,
    title: str,
    meaning: str,
    column: str,
    table: str = "items",
    money: Array | None = None,
    money_meaning: str = "",
) -> Finding | None:
    """A finding about items; the examples are those with the most money.

    Parameters
    ----------
    mask : which items.
    words : what is striking about an item, by its position.
    money : of each item.
    """
    found = np.flatnonzero(mask)
    if not len(found):
        return None
    order = found if money is None else found[np.argsort(-money[found], kind="stable")]
    names = [row.item for row in facts.instance.items]
    return Finding(
        key,
        title,
        meaning,
        table,
        column,
        len(found),
        facts.count,
        None if money is None else float(money[found].sum()),
        money_meaning if money is not None else "",
        tuple(Example(names[i], words(int(i))) for i in order[:MOST_EXAMPLES]),
    )


def of_rows(
    rows: Iterable[Example],
    of: Sequence[object],
    *,
    key: str,
    title: str,
    meaning: str,
    table: str,
    column: str,
) -> Finding | None:
    """A finding about rows without money; `of` are the rows there are."""
    found = list(rows)
    if not found:
        return None
    examples = tuple(found[:MOST_EXAMPLES])
    return Finding(key, title, meaning, table, column, len(found), len(of), examples=examples)
