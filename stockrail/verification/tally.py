"""How the checker judges orders one by one without keeping them: an order, and the tally of a rule that each must keep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stockrail.verification.check import Check, Fault, law

Excess = Callable[["Order"], tuple[float, str]]
"""By how much an order breaks a rule, and why, in words."""


@dataclass(frozen=True)
class Order:
    """A row of `orders.csv` whose item and node exist and whose lots are a whole number."""

    line: int
    item: int
    node: int
    lots: int
    row: Mapping[str, str]


class Tally:
    """One rule that every order must keep: how far the orders so far were from it, and which broke it."""

    def __init__(self, name: str, excess: Excess, allowed: float = 0.0) -> None:
        self._name = name
        self._excess = excess
        self._allowed = allowed
        self._count = 0
        self._largest: list[Fault] = []
        self._broken: list[Fault] = []

    def add(self, order: Order, place: str) -> None:
        """Judge an order that is at `place`, in words."""
        amount, why = self._excess(order)
        self._count += 1
        if not amount <= self._allowed:
            self._broken.append(Fault(amount, f"{place}: {why}"))
        elif not self._largest or amount > self._largest[0].excess:
            self._largest = [Fault(amount, "")]

    def check(self) -> Check:
        """The verdict on all orders."""
        return law(self._name, self._largest + self._broken, self._allowed, kept=f"{self._count} orders")
