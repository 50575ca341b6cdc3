"""Blocks on a Dask cluster: sources are sent once, prices at each question.

Needs the extra `dask`. A worker that is lost takes the sources it held with it; they are sent again, and what it had not answered is
asked again.
"""

import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any

from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from stockrail.solvers.blocks.item_block import ItemBlock, Keeps
from stockrail.solvers.blocks.processes import MOST_RESTARTS
from stockrail.solvers.blocks.split import BlockSource, Frame, Split
from stockrail.solvers.blocks.workers import Question
from stockrail.solvers.result import BlocksError

PATIENCE = "10s"
"""How long a scheduler may take to answer."""

_BLOCKS: dict[tuple[str, int], ItemBlock] = {}
"""Blocks that live in this worker, by run and number."""


class DaskCluster:
    """Blocks on a cluster.

    Parameters
    ----------
    address : of the scheduler, such as tcp://host:8786.

    Raises
    ------
    BlocksError
        If no scheduler with workers answers at the address. By `ask`, if workers are lost again and again with one block.
    """

    def __init__(self, split: Split, address: str) -> None:
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BlocksError(
                f"No Dask scheduler answers at {address}: start one with `dask scheduler`, and workers with `dask worker`."
            ) from error
        self._run = uuid.uuid4().hex
        self._keeps = Keeps.of(split)
        self._inline = split
        workers = list(self._client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            self._client.close()
            raise BlocksError(
                f"The cluster at {address} has no workers: start some with `dask worker {address}`."
            )
        self._frame = self._client.scatter(split.frame, broadcast=True, hash=False)
        self._home = [workers[number % len(workers)] for number in range(len(split.sources))]
        self._sources = [self._sent(number) for number in range(len(split.sources))]

    def ask(self, method: str, common: Question, own: Mapping[int, Question]) -> Iterator[tuple[int, Any]]:
        """Answers as they come."""
        # A tuple by itself would be sent element by element.
        (shared,) = self._client.scatter([common], broadcast=True, hash=False)
        number_of: dict[Any, int] = {}
        losses: dict[int, int] = {}
        futures = as_completed(loop=self._client.loop)
        for number, arguments in own.items():
            future = self._submitted(number, method, shared, arguments, self._frame, self._sources[number])
            number_of[future.key] = number
            futures.add(future)
        for future in futures:
            number = number_of[future.key]
            try:
                answer = future.result()
            except (CancelledError, KilledWorker) as error:
                losses[number] = losses.get(number, 0) + 1
                if losses[number] > MOST_RESTARTS:
                    raise BlocksError(
                        f"Workers were lost {losses[number]} times with the same block of items: they may need more memory."
                    ) from error
                self._sources[number] = self._sent(number)
                again = self._submitted(
                    number, method, common, own[number], self._inline.frame, self._sources[number]
                )
                number_of[again.key] = number
                futures.add(again)
                continue
            yield number, answer

    def close(self) -> None:
        """Leave the cluster as it was."""
        self._client.run(_forget, self._run)
        self._client.close()

    def _sent(self, number: int) -> Future[Any]:
        workers = list(self._client.scheduler_info(n_workers=-1)["workers"])
        if self._home[number] not in workers and workers:
            self._home[number] = workers[number % len(workers)]
        sent: Future[Any] = self._client.scatter(
            self._inline.sources[number], workers=[self._home[number]], hash=False
        )
        return sent

    def _submitted(
        self, number: int, method: str, common: Any, own: Question, frame: Any, source: Future[Any]
    ) -> Future[Any]:
        return self._client.submit(
            _answer,
            (self._run, number),
            frame,
            source,
            self._keeps,
            method,
            common,
            own,
            workers=[self._home[number]],
            allow_other_workers=True,
            pure=False,
        )


def _answer(
    key: tuple[str, int],
    frame: Frame,
    source: BlockSource,
    keeps: Keeps,
    method: str,
    common: Question,
    own: Question,
) -> Any:
    if key not in _BLOCKS:
        _BLOCKS[key] = ItemBlock(frame, source, keeps)
    return getattr(_BLOCKS[key], method)(*common, *own)


def _forget(run: str) -> None:
    for key in [key for key in _BLOCKS if key[0] == run]:
        del _BLOCKS[key]
