"""Make what happened to `distributor` in its first quarter: `python instances/make_distributor_quarter.py`.

The plan is made under finance's limits in `distributor/quarter/limits` and followed on one path of its tree with the forecast error on
top. Two things happen that no scenario has: a promotion that nobody had announced, and a supplier whose deliveries slip. Units and
money are those of the simulator, which shares no code with the engine. `distributor/quarter/README.md` describes the files.
"""

import datetime as dt
import shutil
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from stockrail.model import load
from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.planning import plan
from stockrail.simulation.books import Flow
from stockrail.simulation.paths import DemandPaths, from_history
from stockrail.simulation.physics import simulate
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World

FOLDER = Path(__file__).parent / "distributor"
QUARTER = FOLDER / "quarter"
LIMITS = QUARTER / "limits"

WEEKS, SEED = 13, 5

PROMOTED, PROMOTION_WEEKS, PROMOTION_FACTOR = "item-036", (7, 8, 9), 3.0
"""A customer's promotion that demand planning did not hear of: its weeks, counted from 0, and demand against what it was."""

LATE, LATE_ORDERS, LATE_WEEKS = "supplier-12", range(4, 10), 2
"""A supplier, the weeks whose orders are late, and by how much."""

DEARER, DEARER_FROM, DEARER_FACTOR = "supplier-11", 6, 1.04
"""A supplier, the first week with its new price, and the price against what it was."""

BOOKED_TWICE = 1848.96
"""Money of stock that finance has and nobody ever counted."""

NOTHING_SPENT = ("premium_freight", "overtime", "schedule_changes")

FIRST_DAY, EXPEDITED_ON, LAST_DAY = 0, 3, 6
"""Days of the week: orders are placed and arrive on the first one, stock is counted and demand known at the end of the last."""

BALANCES = ("cash", "receivables", "payables")
FLOWS = ("demand", "short", "on_hand", "waiting", "expedited", "ordered")


@dataclass(frozen=True)
class Happened:
    """A quarter as it happened.

    Attributes
    ----------
    flows : by name of `stockrail.simulation.books.Flow` [items, weeks], units.
    parts : parts of the margin by name [items, weeks], money.
    delay : int [items, weeks], weeks that an order placed in the week is late.
    price : [items, weeks], what the supplier asks against the instance's unit cost.
    balances : by metric, money at the end of the quarter.
    """

    flows: dict[str, Array]
    parts: dict[str, Array]
    delay: IntArray
    price: Array
    balances: dict[str, float]


def main() -> None:
    """Write the quarter beside the instance."""
    instance = load(FOLDER)
    for name, frame in tables(instance, play(instance)).items():
        frame.to_csv(QUARTER / f"{name}.csv", index=False, float_format="%.10g")
        print(f"{name}.csv: {len(frame)} rows")


def play(instance: Instance) -> Happened:
    """Plan under the quarter's limits and follow the plan on the demand that came, up to the end of the quarter."""
    tree = build_tree(instance)
    made = plan(limited(instance), gap=0.01, time_limit=60, prices="none")
    paths = path(instance, tree)
    flows: list[Flow] = []
    outcome = simulate(
        World.of(instance),
        paths,
        TreePolicy.of_orders(instance, tree, made.orders),
        on_flow=lambda period, flow: flows.append(deepcopy(flow)),
    )
    quarter, supplier = flows[:WEEKS], instance.item_supplier
    return Happened(
        flows={name: _stacked([getattr(flow, name) for flow in quarter]) for name in FLOWS},
        parts={name: _stacked([flow.parts[name] for flow in quarter]) for name in quarter[0].parts},
        delay=paths.delay_periods[0, supplier, :WEEKS],
        price=paths.cost_factor[0, supplier, :WEEKS],
        balances={name: float(outcome.metric(name)[0, WEEKS - 1]) for name in BALANCES},
    )


def limited(instance: Instance) -> Instance:
    """The instance under the limits that finance proposes in the tutorial."""
    with TemporaryDirectory() as name:
        folder = Path(shutil.copytree(FOLDER, Path(name) / "limited"))
        shutil.copy(LIMITS / "guardrails.csv", folder)
        return replace(instance, guardrails=load(folder).guardrails)


def path(instance: Instance, tree: ScenarioTree) -> DemandPaths:
    """One scenario in whole units with the forecast error on top, the two stories and the new price.

    The plan is followed by the demand that was seen, not by the scenario that it was drawn from.
    """
    random = np.random.default_rng(SEED)
    leaf = random.choice(tree.leaves, p=tree.probability[tree.leaves])
    drawn = DemandPaths.of_tree(instance, tree, np.array([leaf])).demand[0]
    demand = np.maximum(drawn + instance.sigma * random.standard_normal(instance.sigma.shape), 0.0)
    demand[instance.item_index[PROMOTED], list(PROMOTION_WEEKS)] *= PROMOTION_FACTOR
    paths = from_history(instance, np.rint(demand))
    paths.delay_periods[0, instance.supplier_index[LATE], list(LATE_ORDERS)] = LATE_WEEKS
    paths.cost_factor[0, instance.supplier_index[DEARER], DEARER_FROM:] = DEARER_FACTOR
    return paths


def tables(instance: Instance, happened: Happened) -> dict[str, pd.DataFrame]:
    """The four files of actuals, and what the next quarter begins with."""
    return {
        "demand": _demand(instance, happened),
        "receipts": _receipts(instance, happened),
        "stock": _stock(instance, happened),
        "spend": _spend(instance, happened),
        "open_orders": _open_orders(instance, happened),
        "trial_balance": _trial_balance(instance, happened),
    }


def _demand(instance: Instance, happened: Happened) -> pd.DataFrame:
    demand = happened.flows["demand"]
    on_time = demand - happened.flows["short"]
    return _by_week(instance, LAST_DAY, {"units": demand, "served_units": on_time.round(2)})


def _stock(instance: Instance, happened: Happened) -> pd.DataFrame:
    on_hand = happened.flows["on_hand"].round(2)
    return _by_week(
        instance,
        LAST_DAY,
        {"units": on_hand, "money": (World.of(instance).unit_value[:, None] * on_hand).round(2)},
    )


def _receipts(instance: Instance, happened: Happened) -> pd.DataFrame:
    """Orders that were open, orders of the quarter, and what was expedited: each as it came in."""
    value = World.of(instance).unit_value
    rows: list[tuple[str, int, int, float, float, str | None]] = []
    for order in instance.open_orders:
        if order.due_period < WEEKS:
            i = instance.item_index[order.item]
            rows.append((order.item, order.due_period, FIRST_DAY, order.units, value[i] * order.units, None))
    for i, item in enumerate(instance.items):
        for week in range(WEEKS):
            units = happened.flows["ordered"][i, week]
            arrives = week + item.lead_time_periods + happened.delay[i, week]
            if units and arrives < WEEKS:
                money = value[i] * happened.price[i, week] * units
                rows.append((item.item, arrives, FIRST_DAY, units, money, _day(instance, week, FIRST_DAY)))
            expedited = happened.flows["expedited"][i, week].round(2)
            if expedited:
                money = value[i] * happened.price[i, week] * expedited
                rows.append((item.item, week, EXPEDITED_ON, expedited, money, None))
    supplier = {item.item: item.supplier for item in instance.items}
    frame = pd.DataFrame(rows, columns=["item", "week", "day", "units", "money", "ordered_on"])
    frame["supplier"] = frame["item"].map(supplier)
    frame["date"] = [_day(instance, week, day) for week, day in zip(frame["week"], frame["day"], strict=True)]
    frame["money"] = frame["money"].round(2)
    same = ["item", "supplier", "date", "ordered_on"]
    frame = frame.groupby(same, dropna=False)[["units", "money"]].sum().reset_index()
    return frame[["item", "supplier", "date", "units", "money", "ordered_on"]].sort_values(["date", "item"])


def _open_orders(instance: Instance, happened: Happened) -> pd.DataFrame:
    """What is on its way at the end of the quarter, with the week of the next quarter at whose start it comes."""
    rows = [
        (row.item, row.due_period - WEEKS, row.units)
        for row in instance.open_orders
        if row.due_period >= WEEKS
    ]
    for i, week in np.argwhere(happened.flows["ordered"]):
        due = int(week + instance.items[i].lead_time_periods + happened.delay[i, week]) - WEEKS
        if due >= 0:
            rows.append((instance.items[i].item, due, happened.flows["ordered"][i, week]))
    frame = pd.DataFrame(rows, columns=["item", "due_period", "units"])
    return frame.groupby(["item", "due_period"])[["units"]].sum().reset_index()


def _spend(instance: Instance, happened: Happened) -> pd.DataFrame:
    """What was booked: premiums and write-offs by item, freight by supplier, the cost of orders and of stock in all."""
    rows: list[tuple[str, int, float, str, str]] = []
    parts = happened.parts
    for account, part in (("expedite", "expedite"), ("write_off", "write_off")):
        for i, week in np.argwhere(parts[part].round(2)):
            rows.append(
                (account, week, parts[part][i, week], instance.items[i].item, instance.items[i].supplier)
            )
    landed = instance.supplier_column("freight_rate") / World.of(instance).landed_rate
    freight = landed[:, None] * parts["landed_cost"]
    for v, supplier in enumerate(instance.suppliers):
        for week, money in enumerate(freight[instance.item_supplier == v].sum(axis=0)):
            rows.append(("freight", week, money, "", supplier.supplier))
    for week, money in enumerate((parts["order_cost"] + parts["holding"]).sum(axis=0)):
        rows.append(("cost_to_serve", week, money, "", ""))
    frame = pd.DataFrame(rows, columns=["account", "week", "money", "item", "supplier"])
    frame = frame[frame["money"].round(2) > 0]
    nothing = [name for name in (*NOTHING_SPENT, "write_off") if name not in set(frame["account"])]
    zero = pd.DataFrame({"account": nothing, "week": WEEKS - 1, "money": 0.0, "item": "", "supplier": ""})
    frame = pd.concat([frame, zero], ignore_index=True)
    frame["date"] = [_day(instance, week, LAST_DAY) for week in frame["week"]]
    frame["money"] = frame["money"].round(2)
    return frame[["account", "date", "money", "item", "supplier"]].sort_values(
        ["date", "account", "item", "supplier"]
    )


def _trial_balance(instance: Instance, happened: Happened) -> pd.DataFrame:
    """Finance's balances on the last day, debits positive. A delivery was booked twice."""
    balances, on_hand = happened.balances, happened.flows["on_hand"][:, -1].round(2)
    inventory = (World.of(instance).unit_value * on_hand).round(2).sum()
    rows = [
        ("1000 cash", balances["cash"]),
        ("1200 receivables", balances["receivables"]),
        ("1400 stock", inventory + BOOKED_TWICE),
        ("1600 payables", -balances["payables"]),
    ]
    spend = _spend(instance, happened)
    rows += [
        (f"{number} {name}", spend.loc[spend["account"] == account, "money"].sum())
        for number, name, account in ((6100, "freight", "freight"), (6200, "expediting", "expedite"))
    ]
    frame = pd.DataFrame(rows, columns=["account", "balance"]).round(2)
    return frame.assign(date=_day(instance, WEEKS - 1, LAST_DAY), currency=instance.settings.currency)[
        ["account", "date", "balance", "currency"]
    ]


def _by_week(instance: Instance, day: int, columns: dict[str, Array]) -> pd.DataFrame:
    weeks = range(WEEKS)
    frame = pd.DataFrame(
        {
            "item": [item.item for _ in weeks for item in instance.items],
            "date": [_day(instance, week, day) for week in weeks for _ in instance.items],
        }
    )
    return frame.assign(**{name: values.T.ravel() for name, values in columns.items()})


def _day(instance: Instance, week: int, day: int) -> str:
    return (instance.settings.start + dt.timedelta(days=7 * int(week) + day)).isoformat()


def _stacked(weeks: list[Array]) -> Array:
    """Arrays [1, items] by week as [items, weeks]."""
    return np.concatenate(weeks).T


if __name__ == "__main__":
    main()
