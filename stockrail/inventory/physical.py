"""A ledger without netting: for orders that did not foresee what is short (docs/formulation.md, sections 8 and 14)."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from stockrail.model.arrivals import apply
from stockrail.model.ledger import Ledger, replay_without_netting
from stockrail.model.tree import Array


class PhysicalLedger(Ledger):
    """A ledger whose lines are the `physical` ones: every regular order arrives in full, whatever has been expedited or lost before.

    Its expected margin is the `physical_margin` of the same orders.
    """

    def line(self, name: str) -> Array:
        """A line of docs/formulation.md, section 4, without netting [items, nodes]."""
        return self._replayed(name)

    @cached_property
    def _replayed(self) -> Callable[[str], Array]:
        return replay_without_netting(Ledger(self.tables, self.cumulative_lots))

    @cached_property
    def safety_stock(self) -> tuple[Array, Array]:
        """As `Ledger.safety_stock`, of stock less what customers wait for."""
        tree = self.tables.tree
        has_receipt = (self.line("received") > 1e-9).astype(np.float64)
        has_receipt[:, 0] = 0.0  # before the root there is no node
        weight = has_receipt * tree.probability
        before = apply(tree.to_parent, self.line("on_hand") - self.line("waiting"))
        sigma_before = apply(tree.to_parent, self.tables.sigma)
        total = weight.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            units = (weight * before).sum(axis=1) / total
            return units, units * total / (weight * sigma_before).sum(axis=1)
