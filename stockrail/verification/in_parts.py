"""Value a plan of any number of items: some are simulated at a time, and limits are held against the sum.

Part of the independent checker. Money and metrics of items add up, so that memory is for one part of the items only; what does
not add up (limits, penalties, the margin's tail) is judged once, of all.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verification.facts import Mask
from stockrail.verification.flows import Flows, simulate
from stockrail.verification.guardrails import read_limits
from stockrail.verification.money import Money
from stockrail.verification.orders import Orders
from stockrail.verification.part import part_of
from stockrail.verification.verify import measure_all

LARGEST_IMBALANCE = 1e-9
"""Of the unit balance, relative to the units that moved."""


@dataclass(frozen=True)
class Valued:
    """What orders are worth, and what they break.

    Attributes
    ----------
    objective : docs/formulation.md, section 5, money.
    broken : laws of orders and hard limits that they do not keep, in words; a plan keeps all.
    largest_excess : the most that a row of a hard limit is exceeded by, in the unit of its metric; negative where all have room,
        -inf where there is none.
    """

    objective: float
    broken: tuple[str, ...]
    largest_excess: float


@dataclass(frozen=True)
class Part:
    """Some of the items, and what is needed to check them alone; it can be sent to another process.

    Attributes
    ----------
    members : int [m], positions of the items in the whole instance.
    instance, tree : with these items only.
    scopes : of each limit, which of them it covers.
    """

    members: IntArray
    instance: Instance
    tree: ScenarioTree
    scopes: tuple[Mask, ...]

    def check(self, orders_file: Path) -> "CheckedPart":
        """Check a table of their orders with columns `item`, `node` and `lots`.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        orders = Orders(orders_file, self.instance, self.tree, has_columns=False)
        broken = [f"{check.name}: {check.detail}" for check in orders.laws() if not check.passed]
        scopes = [np.ones(len(self.members), dtype=bool), *self.scopes]
        flows = simulate(self.instance, self.tree, orders.lots, scopes)
        if not flows.imbalance <= LARGEST_IMBALANCE:
            broken.append(f"unit_balance: off by {flows.imbalance:.2g} at {flows.imbalance_at}")
        return CheckedPart(self.members, flows, tuple(broken))


@dataclass(frozen=True)
class CheckedPart:
    """Flows of some of the items, and the laws of orders that they break, in words."""

    members: IntArray
    flows: Flows
    broken: tuple[str, ...]


class CheckInParts:
    """The checker, given the orders of some items at a time.

    Parameters
    ----------
    tree : of all items, by `stockrail.model.scenarios.build_tree`.
    """

    def __init__(self, instance: Instance, tree: ScenarioTree) -> None:
        self._instance = instance
        self._tree = tree
        self._limits = read_limits(instance, tree)
        self._times_seen = np.zeros(len(instance.items), dtype=np.int64)
        self._flows: Flows | None = None
        self._broken: list[str] = []

    def part(self, members: IntArray) -> Part:
        """The items in some places, ready to be checked."""
        instance, tree = part_of(self._instance, self._tree, members)
        return Part(members, instance, tree, tuple(limit.scope[members] for limit in self._limits))

    def add(self, checked: CheckedPart) -> None:
        """Take in a part that has been checked."""
        self._broken += checked.broken
        self._flows = checked.flows if self._flows is None else self._flows.joined(checked.flows)
        self._times_seen[checked.members] += 1

    def value(self) -> Valued:
        """Judge all items together.

        Raises
        ------
        ValueError
            Not every item was taken in exactly once.
        """
        wrong = np.flatnonzero(self._times_seen != 1)
        if len(wrong) or self._flows is None:
            raise ValueError(f"Expected every item once; {len(wrong)} were missing or came again.")
        measured = measure_all(self._limits, self._flows, self._instance, self._tree)
        broken, largest = list(self._broken), -np.inf
        for rows in measured:
            if rows.limit.soft_price is not None:
                continue
            worst = int(rows.excess.argmax())
            # NaN, of a metric that is not known, passes no check.
            largest = np.maximum(largest, rows.excess[worst])
            if not rows.excess[worst] <= rows.tolerance:
                broken.append(
                    f"{rows.limit.name} ({rows.limit.side}): {rows.excess[worst]:,.2f} beyond at {rows.where[worst]}"
                )
        money = Money.of(self._instance.settings, self._tree, self._flows, measured)
        return Valued(money.objective, tuple(broken), float(largest))
