"""The orders of an earlier plan as announced orders: what suppliers were told, in the periods of a later instance."""

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from stockrail.formats import plural
from stockrail.model.instance import Array, Instance
from stockrail.model.schema import AnnouncedOrder


class AnnouncedError(Exception):
    """The folder holds no plan whose orders were announced for this instance. The message says what to do."""


@dataclass(frozen=True)
class Announced:
    """An instance with the orders of an earlier plan as announced.

    Attributes
    ----------
    instance : with `announced_orders` in place of those it had, and `change_price_periods` no longer than `periods`.
    source : the folder of the earlier plan.
    periods : first periods of the instance that the earlier plan covers as well; beyond them nothing was announced.
    unknown_items : names of items of the earlier plan's orders that the instance does not have.
    """

    instance: Instance
    source: Path
    periods: int
    unknown_items: tuple[str, ...]

    @staticmethod
    def read(folder: Path, instance: Instance) -> "Announced":
        """Take the orders of the plan in a folder that `stockrail plan --out` wrote.

        Of each item and period the expected units over the scenarios of that plan, rounded to the nearest whole lots of today:
        this period's order is the same in all scenarios, later ones were forecasts. An item without orders was announced as
        none. Where the earlier plan began earlier, its periods move, and those that are over are left out.

        Raises
        ------
        AnnouncedError
            There is no plan, its periods do not match those of the instance, or it ended before the instance starts.
        """
        before, orders = _read(folder)
        settings = instance.settings
        if before.period_length_days != settings.period_length_days:
            raise AnnouncedError(
                f"Periods of the plan in {folder} are {before.period_length_days} days long, those of the instance "
                f"{settings.period_length_days}: name a plan with the same periods."
            )
        passed, rest = divmod((settings.start - before.start).days, settings.period_length_days)
        periods = min(before.periods - passed, settings.periods)
        if rest or passed < 0 or periods < 1:
            raise AnnouncedError(
                f"The plan in {folder} covers {before.periods} periods from {before.start} on, the instance starts on "
                f"{settings.start}: name a plan that starts a whole number of periods before it and does not end before it."
            )
        rows, unknown = _rows(orders, instance, passed, periods)
        priced = settings.change_price_periods
        shorter = settings.model_copy(
            update={"change_price_periods": periods if priced is None else min(priced, periods)}
        )
        told = replace(instance, settings=shorter, announced_orders=rows)
        return Announced(told, folder, periods, unknown)

    @property
    def table(self) -> pd.DataFrame:
        """The announced orders as a table: item, period, units."""
        rows = [row.model_dump() for row in self.instance.announced_orders]
        return pd.DataFrame(rows, columns=["item", "period", "units"])

    @property
    def notes(self) -> list[str]:
        """What the reader of the plan should know."""
        if not self.unknown_items:
            return []
        count = len(self.unknown_items)
        listed = ", ".join(self.unknown_items[:3]) + (", ..." if count > 3 else "")
        return [
            f"Announced orders of {count} {plural(count, 'item')} are left out, no longer in the instance: {listed}."
        ]


@dataclass(frozen=True)
class _Calendar:
    """When a plan starts, and its periods."""

    start: dt.date
    periods: int
    period_length_days: int


def _read(folder: Path) -> tuple[_Calendar, pd.DataFrame]:
    if not (folder / "plan.json").is_file() or not (folder / "orders.csv").is_file():
        raise AnnouncedError(
            f"{folder} has no plan.json or no orders.csv: is it a folder that `stockrail plan --out` wrote?"
        )
    try:
        summary = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        orders = pd.read_csv(folder / "orders.csv", dtype={"item": str})[
            ["item", "period", "probability", "units"]
        ].astype({"period": np.int64, "probability": float, "units": float})
        calendar = _Calendar(
            dt.date.fromisoformat(summary["start"]),
            int(summary["periods"]),
            int(summary["period_length_days"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise AnnouncedError(
            f"The plan in {folder} cannot be read ({error}). Make it again with `stockrail plan --out`."
        ) from error
    return calendar, orders


def _rows(
    orders: pd.DataFrame, instance: Instance, passed: int, periods: int
) -> tuple[tuple[AnnouncedOrder, ...], tuple[str, ...]]:
    """Announced orders of every item of the instance, and items that it does not have."""
    units: Array = np.zeros((len(instance.items), periods))
    unknown: dict[str, None] = {}
    for item, period, probability, ordered in orders.itertuples(index=False):
        at = int(period) - passed
        if not 0 <= at < periods:
            continue
        if item in instance.item_index:
            units[instance.item_index[item], at] += probability * ordered
        else:
            unknown[str(item)] = None
    lot_size = instance.item_column("lot_size")[:, None]
    units = lot_size * np.floor(units / lot_size + 0.5)
    return tuple(
        AnnouncedOrder(item=row.item, period=t, units=float(units[i, t]))
        for i, row in enumerate(instance.items)
        for t in range(periods)
        # A row of no units names an item that nothing was announced of.
        if units[i, t] > 0 or (t == 0 and not units[i].any())
    ), tuple(unknown)
