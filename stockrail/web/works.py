"""Work that takes longer than a visitor waits for a page: done in a thread, with what it is doing at the moment for a page that asks.

What it found is kept for a while, so that the same question is answered at once. It is lost with the service; then it is asked again.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI

from stockrail.workbench.errors import NotFoundError

OnStep = Callable[[str], None]

Target = str | Callable[[Any], str]
"""An address, or how it follows from what came of a work."""

MOST_AT_ONCE = 2
MOST_KEPT = 24
"""Finished works whose results are kept, the latest asked for."""

PATIENCE_SECONDS = 1.5
"""How long a page waits before it shows how far the work is."""


class Work:
    """One piece of work.

    Attributes
    ----------
    number : names it in addresses; nobody can guess it.
    title : what it is, in words.
    step : what is being done.
    """

    def __init__(self, title: str, target: Target) -> None:
        self.number = secrets.token_urlsafe(16)
        self.title = title
        self._target = target
        self.step = "waits for its turn"
        self._began = time.monotonic()
        self._is_done = threading.Event()
        self._result: Any = None
        self._error: Exception | None = None

    @property
    def target(self) -> str:
        """Address of the page that shows what came of it, once it is done."""
        return self._target if isinstance(self._target, str) else self._target(self.result())

    @property
    def seconds(self) -> float:
        """Since it was asked for."""
        return time.monotonic() - self._began

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._is_done.is_set()

    @property
    def has_failed(self) -> bool:
        """Whether it has ended with an error."""
        return self._error is not None

    def wait(self) -> bool:
        """Wait for its end for `PATIENCE_SECONDS` at most; whether it has ended."""
        return self._is_done.wait(PATIENCE_SECONDS)

    def result(self) -> Any:
        """Wait for what came of it; raises what it raised."""
        self._is_done.wait()
        if self._error is not None:
            raise self._error
        return self._result

    def do(self, doing: Callable[[OnStep], Any]) -> None:
        """Do it; what it raises is kept for who asks for the result."""
        try:
            self._result = doing(self._at)
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to who asked
            self._error = error
        finally:
            self._is_done.set()

    def _at(self, words: str) -> None:
        self.step = words


class Works:
    """The works of a service."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="work")
        self._lock = threading.Lock()
        self._by_key: OrderedDict[str, Work] = OrderedDict()

    def ask(self, key: str, title: str, target: Target, doing: Callable[[OnStep], Any]) -> Work:
        """The work with this key, begun now unless it has been asked for before. One that failed is begun again.

        Parameters
        ----------
        key : of everything that decides what comes of it.
        """
        with self._lock:
            there = self._by_key.get(key)
            if there is None or there.has_failed:
                there = self._by_key[key] = Work(title, target)
                self._pool.submit(there.do, doing)
            self._by_key.move_to_end(key)
            self._forget()
        return there

    def begin(self, title: str, target: Target, doing: Callable[[OnStep], Any]) -> Work:
        """Work that is asked for once, such as a change."""
        return self.ask(secrets.token_urlsafe(16), title, target, doing)

    def get(self, number: str) -> Work:
        """A work by its number.

        Raises
        ------
        NotFoundError
            It is not known any more: what it changed is there, or it did not happen.
        """
        with self._lock:
            found = next((work for work in self._by_key.values() if work.number == number), None)
        if found is None:
            raise NotFoundError(
                "Nothing is known of this work: the service was started again meanwhile, or it is long over. Look whether it was done, "
                "otherwise ask for it again."
            )
        return found

    def _forget(self) -> None:
        done = [key for key, work in self._by_key.items() if work.is_done]
        for key in done[: max(0, len(self._by_key) - MOST_KEPT)]:
            del self._by_key[key]


def works_of(app: FastAPI) -> Works:
    """The works of an application."""
    works: Works = app.state.works
    return works
