"""Policies: safety factor, cover and review rhythm, by segment as a menu of options and by item as what is followed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.tree import Array, IntArray

DEFAULT_SAFETY_FACTORS = (0.0, 0.5, 1.0, 1.28, 1.65, 2.05, 2.33, 3.0)
"""From no safety stock to 99.9 % of cycles without shortage: 1.28 is 90 %, 1.65 is 95 %, 2.05 is 98 %, 2.33 is 99 %."""

DEFAULT_COVER_PERIODS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""From an order in each period to few large ones."""

MOST_LISTED = 5
"""Items that are named where there are many."""


@dataclass(frozen=True)
class Option:
    """One line of a menu: what a segment may follow (docs/formulation.md, section 10).

    Attributes
    ----------
    safety_factor : standard deviations of safety stock, -3 to 6.
    cover_periods : periods of expected demand, after the lead time, that an order covers, 0 to 260.
    review_periods : an order is placed every so many periods at most, at least 1.
    """

    name: str
    safety_factor: float
    cover_periods: float
    review_periods: int = 1


DEFAULT_MENU = tuple(
    Option(f"z{factor:g}-cover{cover:g}", factor, cover)
    for factor in DEFAULT_SAFETY_FACTORS
    for cover in DEFAULT_COVER_PERIODS
)
"""The menu of every segment where the instance has no table `policy_options`: 8 safety factors, each with 5 covers."""


def menu(instance: Instance) -> dict[str, tuple[Option, ...]]:
    """The options of each segment, by name of the segment, in the order of `policy_options`; names are unique in a segment.

    A row with a blank segment is an option of every segment, but for those that have a row of their own with its name.
    """
    if not instance.policy_options:
        return {row.segment: DEFAULT_MENU for row in instance.segments}
    own = {(row.segment, row.option) for row in instance.policy_options}
    return {
        segment.segment: tuple(
            Option(row.option, row.safety_factor, row.cover_periods, row.review_periods)
            for row in instance.policy_options
            if row.segment == segment.segment
            or (not row.segment and (segment.segment, row.option) not in own)
        )
        for segment in instance.segments
    }


@dataclass(frozen=True)
class Policy:
    """What each item follows.

    Attributes
    ----------
    safety_factor : [items]
        Safety stock in standard deviations, NaN where it is given in units.
    safety_stock_units : [items]
        Safety stock in units, NaN where it is given by a factor.
    cover_periods : [items]
    review_periods : int [items]
    """

    safety_factor: Array
    safety_stock_units: Array
    cover_periods: Array
    review_periods: IntArray

    @staticmethod
    def of_option(instance: Instance, option: Option) -> "Policy":
        """Every item follows the same option, whether or not its segment's menu has it."""
        return Policy.of(instance, [option] * len(instance.items))

    @staticmethod
    def of(instance: Instance, options_by_item: Sequence[Option]) -> "Policy":
        """Each item follows an option of its own, in the order of `instance.items`.

        Raises
        ------
        ValueError
            There are more or fewer options than items.
        """
        if len(options_by_item) != len(instance.items):
            raise ValueError(
                f"Expected {len(instance.items)} options, one per item, not {len(options_by_item)}."
            )
        return Policy(
            np.array([option.safety_factor for option in options_by_item], dtype=np.float64),
            np.full(len(options_by_item), np.nan),
            np.array([option.cover_periods for option in options_by_item], dtype=np.float64),
            np.array([option.review_periods for option in options_by_item], dtype=np.int64),
        )

    @staticmethod
    def current(instance: Instance) -> "Policy":
        """What the ERP does today, from `current_targets`.

        Raises
        ------
        InstanceError
            An item has no row in `current_targets`.
        """
        row_of = {row.item: row for row in instance.current_targets}
        missing = [row.item for row in instance.items if row.item not in row_of]
        if missing:
            listed = ", ".join(missing[:MOST_LISTED]) + (", ..." if len(missing) > MOST_LISTED else "")
            count = "1 item" if len(missing) == 1 else f"{len(missing)} items"
            allowed = f"a row for each item, to run today's settings; {count} without one: {listed}"
            raise InstanceError([Problem("current_targets.csv", None, "item", None, allowed)])
        rows = [row_of[row.item] for row in instance.items]
        return Policy(
            np.full(len(rows), np.nan),
            np.array([row.safety_stock_units for row in rows], dtype=np.float64),
            np.array([row.cover_periods for row in rows], dtype=np.float64),
            np.array([row.review_periods for row in rows], dtype=np.int64),
        )
