"""Too many wrong passwords have to wait: counted per name and per address, over a window that slides.

Counts are in memory and end with the process: a restart gives everybody their tries again, which nobody outside can bring about. Each
process counts by itself: two services on one store hear twice as many tries.
"""

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from stockrail.workbench.governance.schema_sign_in import SignInRules
from stockrail.workbench.people.errors import SignInError, TooManyTriesError
from stockrail.workbench.store import Store

__all__ = ["SignInError", "Throttle", "TooManyTriesError", "throttle_of"]

MOST_KEYS = 10_000
"""Names and addresses that are remembered; the one that failed longest ago is forgotten first."""

Key = tuple[str, str]


@dataclass(frozen=True)
class Attempt:
    """A try that counts as a failure until it succeeds: several at the same time cannot get past the limit together."""

    throttle: "Throttle"
    name: Key
    address: Key
    at: float

    def succeeded(self) -> None:
        """The password was right: this try does not count, and earlier ones for the name do not any more."""
        self.throttle.forgive(self)


class Throttle:
    """Counts tries. Threads may share one.

    Parameters
    ----------
    now : seconds of a clock that never goes back.
    most_keys : names and addresses that are remembered.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS) -> None:
        self._now, self._most_keys = now, most_keys
        self._lock = threading.Lock()
        self._times: OrderedDict[Key, deque[float]] = OrderedDict()

    def attempt(self, name: str, address: str, rules: SignInRules) -> Attempt:
        """Begin a try, before the password is looked at.

        Raises
        ------
        TooManyTriesError
            The name or the address has had too many.
        """
        by_name, by_address = ("name", name), ("address", network(address))
        limits = {by_name: rules.failures_per_name, by_address: rules.failures_per_address}
        window = 60 * rules.failure_minutes
        with self._lock:
            now = self._now()
            wait = max(self._wait(key, limit, now, window) for key, limit in limits.items())
            if wait > 0:
                raise TooManyTriesError(wait)
            for key in limits:
                self._times.setdefault(key, deque()).append(now)
                self._times.move_to_end(key)
            while len(self._times) > self._most_keys:
                self._times.popitem(last=False)
        return Attempt(self, by_name, by_address, now)

    def forgive(self, attempt: Attempt) -> None:
        """Forget a try that succeeded, and all earlier ones for its name."""
        with self._lock:
            self._times.pop(attempt.name, None)
            times = self._times.get(attempt.address)
            if times is not None and attempt.at in times:
                times.remove(attempt.at)
                if not times:
                    del self._times[attempt.address]

    def __len__(self) -> int:
        """Names and addresses that are remembered."""
        return len(self._times)

    def _wait(self, key: Key, limit: int, now: float, window: float) -> float:
        times = self._times.get(key)
        if times is None:
            return 0.0
        while times and times[0] + window <= now:
            times.popleft()
        if not times:
            del self._times[key]
        return 0.0 if len(times) < limit else times[len(times) - limit] + window - now


def network(address: str) -> str:
    """What of an address is counted: whoever has one IPv6 address has all of its network of 64 bits.

    Examples
    --------
    >>> network("192.0.2.7"), network("::ffff:192.0.2.7"), network("2001:db8::1:2"), network("testclient")
    ('192.0.2.7', '192.0.2.7', '2001:db8::/64', 'testclient')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), 64), strict=False))


_throttles: WeakKeyDictionary[Store, Throttle] = WeakKeyDictionary()
_making = threading.Lock()


def throttle_of(store: Store) -> Throttle:
    """The one of an open store."""
    with _making:
        return _throttles.setdefault(store, Throttle())
