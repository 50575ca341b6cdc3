"""Guardrails whose rows may be exceeded by what a relaxation says (docs/formulation.md, section 7, relaxation)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.result import Relaxation

ROUNDING = 1e-6
"""Share of a relaxation by which rows are loosened more, against rounding."""


@dataclass(frozen=True)
class LoosenedGuardrails(Guardrails):
    """The same rows with wider right-hand sides.

    Attributes
    ----------
    room : [rows], by how much each row may be exceeded, in the unit of its numerator.
    """

    room: Array = field(default_factory=lambda: np.zeros(0))

    @staticmethod
    def of(
        guardrails: Guardrails, relaxations: Iterable[Relaxation], spare: float = 0.0
    ) -> "LoosenedGuardrails":
        """Loosen all rows of each relaxation's side and period, those of funded builds included, by the share `spare` of them more."""
        room = np.zeros(len(guardrails))
        period = guardrails.tables.tree.period
        for row in relaxations:
            for block, where in guardrails.each():
                if (block.name, block.side) == (row.guardrail, row.side):
                    is_here = period[block.node] == row.period
                    amount = row.amount * (1.0 + ROUNDING) + spare * guardrails.scale[where]
                    room[where] += np.where(is_here, amount, 0.0)
        stated = {part.name: getattr(guardrails, part.name) for part in fields(Guardrails)}
        return LoosenedGuardrails(**stated, room=room)

    @cached_property
    def limits(self) -> Array:
        """Right-hand sides [rows] with the room."""
        return super().limits + self.room
