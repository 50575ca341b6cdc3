"""What items use of the rows of guardrails, node by node: what adds up over groups of items."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrails import DENOMINATOR, Guardrails
from stockrail.model.tree import Array


@dataclass(frozen=True)
class Used:
    """Sums over items.

    Attributes
    ----------
    usage : signed use [rows].
    metric, denominator : of each block of rows [nodes], what is limited, of a ratio the numerator; and its denominator, None
        where there is none or where it is data.
    """

    usage: Array
    metric: tuple[Array, ...]
    denominator: tuple[Array | None, ...]

    @staticmethod
    def of(guardrails: Guardrails, values: dict[str, Array]) -> "Used":
        """Add up the items of `guardrails`, given their `metric_values`."""

        def total(name: str, k: int) -> Array:
            return np.asarray(values[name][guardrails.blocks[k].items].sum(axis=0))

        blocks = guardrails.blocks
        return Used(
            usage=guardrails.usage(values)[0],
            metric=tuple(total(block.metric, k) for k, block in enumerate(blocks)),
            denominator=tuple(
                total(block.metric + DENOMINATOR, k)
                if block.metric + DENOMINATOR in guardrails.terms
                else None
                for k, block in enumerate(blocks)
            ),
        )

    def __add__(self, other: "Used") -> "Used":
        return Used(
            self.usage + other.usage,
            tuple(one + two for one, two in zip(self.metric, other.metric, strict=True)),
            tuple(
                None if one is None or two is None else one + two
                for one, two in zip(self.denominator, other.denominator, strict=True)
            ),
        )
