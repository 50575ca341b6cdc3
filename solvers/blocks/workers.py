"""Who works on blocks: this process, processes on this machine, or a cluster, all asked in the same way."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from stockrail.solvers.blocks.item_block import ItemBlock
from stockrail.solvers.blocks.split import Split

KEPT_BYTES = 300
"""Bytes per item and node of a block's parameters, about."""

MEMORY = 4e9
"""Parameters of all blocks stay in memory where they take no more bytes than this; else they are computed at each question."""

Question = tuple[Any, ...]
"""Arguments of a method of `ItemBlock`."""


class Workers(Protocol):
    """Blocks that can be asked."""

    def ask(self, method: str, common: Question, own: Mapping[int, Question]) -> Iterator[tuple[int, Any]]:
        """Call a method of some blocks with arguments in `common` and then a block's own; answers come in any order.

        An answer that is not waited for is still worked out.
        """
        ...

    def close(self) -> None:
        """End the work; nothing can be asked any more."""
        ...


class InProcess:
    """All blocks in this process, one after the other."""

    def __init__(self, split: Split) -> None:
        keeps = keeps_parameters(split)
        self._blocks = [ItemBlock(split.frame, source, keeps=keeps) for source in split.sources]

    def ask(self, method: str, common: Question, own: Mapping[int, Question]) -> Iterator[tuple[int, Any]]:
        """Answers in the order of the questions."""
        for number, arguments in own.items():
            yield number, getattr(self._blocks[number], method)(*common, *arguments)

    def close(self) -> None:
        """Nothing to end."""
        self._blocks.clear()


def keeps_parameters(split: Split) -> bool:
    """Whether there is memory for the parameters of all blocks at once."""
    size = sum(source.demand.size for source in split.sources)
    return size * KEPT_BYTES <= MEMORY
