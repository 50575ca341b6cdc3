"""Who works on blocks: this process, processes on this machine, or a cluster, all asked in the same way."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from stockrail.solvers.blocks.item_block import ItemBlock, Keeps
from stockrail.solvers.blocks.split import Split

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
        keeps = Keeps.of(split)
        self._blocks = [ItemBlock(split.frame, source, keeps) for source in split.sources]

    def ask(self, method: str, common: Question, own: Mapping[int, Question]) -> Iterator[tuple[int, Any]]:
        """Answers in the order of the questions."""
        for number, arguments in own.items():
            yield number, getattr(self._blocks[number], method)(*common, *arguments)

    def close(self) -> None:
        """Nothing to end."""
        self._blocks.clear()
