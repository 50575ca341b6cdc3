"""Results that take long to find, kept for the next request under a key of all that decides them."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The latest results that were asked for. What is returned is shared: do not change it.

    Parameters
    ----------
    most : results that are kept at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._results: OrderedDict[str, T] = OrderedDict()

    def has(self, key: str) -> bool:
        """Whether a result is kept."""
        with self._lock:
            return key in self._results

    def of(self, key: str, make: Callable[[], T]) -> T:
        """The result under a key, made where it is not kept; what making raises is not kept."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        made = make()  # outside of the lock: what takes long must not hold up others
        with self._lock:
            self._results[key] = made
            self._results.move_to_end(key)
            while len(self._results) > self._most:
                self._results.popitem(last=False)
        return made
