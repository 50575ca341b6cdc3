"""Blocks on processes of this machine.

Each process owns some of the blocks and is sent their sources once. One that dies is replaced and asked again what it had not
answered; nothing else is lost, since a block's answers do not depend on what it was asked before.
"""

import multiprocessing as mp
import pickle
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from stockrail.solvers.blocks.item_block import ItemBlock, Keeps
from stockrail.solvers.blocks.split import BlockSource, Frame, Split
from stockrail.solvers.blocks.workers import Question
from stockrail.solvers.result import BlocksError

MOST_RESTARTS = 5
"""Times that a process is replaced before the cause is taken to be the work itself."""


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    restarts: int = 0
    waiting: dict[int, Question] = field(default_factory=dict)
    """Questions not answered yet, by block."""


class Processes:
    """Blocks on processes of this machine.

    Parameters
    ----------
    count : number of processes.

    Raises
    ------
    BlocksError
        By `ask`, if a process dies more than `MOST_RESTARTS` times.
    """

    def __init__(self, split: Split, count: int) -> None:
        self._context = mp.get_context("spawn")
        self._start = pickle.dumps((split.frame, Keeps.of(split)))
        self._sources = split.sources
        count = min(count, len(split.sources))
        self._owner = [number % count for number in range(len(split.sources))]
        self._workers = [self._started(place) for place in range(count)]
        self._ticket = 0

    @property
    def process_ids(self) -> list[int]:
        """Of the processes that work now."""
        return [worker.process.pid or 0 for worker in self._workers]

    def ask(self, method: str, common: Question, own: Mapping[int, Question]) -> Iterator[tuple[int, Any]]:
        """Answers as they come."""
        for worker in self._workers:
            worker.waiting = {}
        for number, arguments in own.items():
            self._workers[self._owner[number]].waiting[number] = arguments
        self._ticket += 1  # answers to a question that was given up are told from those to this one
        for place in range(len(self._workers)):
            self._send(place, method, common)
        while any(worker.waiting for worker in self._workers):
            busy = {worker.connection: place for place, worker in enumerate(self._workers) if worker.waiting}
            for connection in wait(list(busy)):
                place = busy[connection]  # type: ignore[index]
                worker = self._workers[place]
                try:
                    ticket, number, answer = worker.connection.recv()
                except (EOFError, OSError):
                    self._replace(place)
                    self._send(place, method, common)
                    continue
                if ticket != self._ticket:
                    continue
                if isinstance(answer, BaseException):
                    raise answer
                del worker.waiting[number]
                yield number, answer

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.connection.close()
        self._workers.clear()

    def _started(self, place: int, restarts: int = 0) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours, restarts)
        ours.send_bytes(self._start)
        owned = {n: self._sources[n] for n, owner in enumerate(self._owner) if owner == place}
        ours.send(owned)
        return worker

    def _replace(self, place: int) -> None:
        lost = self._workers[place]
        lost.connection.close()
        lost.process.join()
        if lost.restarts >= MOST_RESTARTS:
            raise BlocksError(
                f"A process ended {lost.restarts + 1} times, last with exit code {lost.process.exitcode}. "
                "If that is -9, there was not enough memory: use fewer workers."
            )
        self._workers[place] = self._started(place, lost.restarts + 1)
        self._workers[place].waiting = lost.waiting

    def _send(self, place: int, method: str, common: Question) -> None:
        worker = self._workers[place]
        if not worker.waiting:
            return
        try:
            worker.connection.send((self._ticket, method, common, worker.waiting))
        except (BrokenPipeError, ConnectionResetError):
            self._replace(place)
            self._send(place, method, common)


def _serve(connection: Connection) -> None:
    # Ctrl-C is the main process's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    frame, keeps = pickle.loads(connection.recv_bytes())
    blocks = _blocks(frame, connection.recv(), keeps)
    while True:
        try:
            ticket, method, common, own = connection.recv()
        except (EOFError, OSError):
            return
        for number, arguments in own.items():
            try:
                answer: Any = getattr(blocks[number], method)(*common, *arguments)
            except Exception as error:  # noqa: BLE001  raised again by the process that asked
                answer = error
            connection.send((ticket, number, answer))


def _blocks(frame: Frame, sources: Mapping[int, BlockSource], keeps: Keeps) -> Mapping[int, ItemBlock]:
    return {number: ItemBlock(frame, source, keeps) for number, source in sources.items()}
