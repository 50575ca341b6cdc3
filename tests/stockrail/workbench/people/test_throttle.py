"""Wrong passwords are counted: never more in a window than allowed, whoever tries, and no memory without end."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.workbench.governance.schema_sign_in import SignInRules
from stockrail.workbench.people.throttle import Throttle, TooManyTriesError

RULES = SignInRules(failures_per_name=3, failures_per_address=5, failure_minutes=1)
WINDOW_SECONDS = 60.0


class _Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _refused(throttle: Throttle, name: str, address: str) -> float | None:
    """Try and fail; how long to wait where the try was refused."""
    try:
        throttle.attempt(name, address, RULES)
    except TooManyTriesError as error:
        return error.wait_seconds
    return None


def test_by_hand() -> None:
    """Three failures at 0, 10 and 20 s; the fourth at 30 s waits until the first is a minute old: 30 s."""
    seconds = _Seconds()
    throttle = Throttle(seconds)
    for seconds.now in (0.0, 10.0, 20.0):
        assert _refused(throttle, "anna", "192.0.2.1") is None
    seconds.now = 30.0
    assert _refused(throttle, "anna", "192.0.2.2") == 30.0
    assert _refused(throttle, "ben", "192.0.2.1") is None  # another name
    seconds.now = 59.999
    assert _refused(throttle, "anna", "192.0.2.2") == pytest.approx(0.001)
    seconds.now = 60.0
    assert _refused(throttle, "anna", "192.0.2.2") is None
    assert _refused(throttle, "anna", "192.0.2.2") == 10.0  # until the one at 10 s is a minute old


def test_address_has_its_own_limit() -> None:
    """Five names from one address are enough, and others go on from theirs."""
    throttle = Throttle(_Seconds())
    for name in "abcde":
        assert _refused(throttle, name, "192.0.2.1") is None
    assert _refused(throttle, "f", "192.0.2.1") == WINDOW_SECONDS
    assert _refused(throttle, "f", "192.0.2.2") is None


def test_network_of_ipv6_counts_as_one_address() -> None:
    """Whoever has one such address has 2^64."""
    throttle = Throttle(_Seconds())
    for number in range(5):
        assert _refused(throttle, f"name {number}", f"2001:db8::{number}") is None
    assert _refused(throttle, "another", "2001:db8::ffff:1") == WINDOW_SECONDS
    assert _refused(throttle, "another", "2001:db8:0:1::1") is None


def test_success_forgives_the_name_and_its_own_try() -> None:
    """Two wrong ones and a right one: three more tries for the name, and the address has its two failures still."""
    throttle = Throttle(_Seconds())
    for _ in range(2):
        assert _refused(throttle, "anna", "192.0.2.1") is None
    throttle.attempt("anna", "192.0.2.1", RULES).succeeded()
    for _ in range(3):
        assert _refused(throttle, "anna", "192.0.2.1") is None
    assert _refused(throttle, "ben", "192.0.2.1") == WINDOW_SECONDS  # 2 + 3 failures


def test_message_says_how_long() -> None:
    """In seconds, and in minutes as well where there are many."""
    assert "Wait 30 seconds," in str(TooManyTriesError(29.2))
    assert "Wait 1 second," in str(TooManyTriesError(0.001))
    assert "Wait 15 minutes (900 seconds)," in str(TooManyTriesError(900.0))


tries = st.lists(
    st.tuples(
        st.floats(0, 40), st.sampled_from("abc"), st.sampled_from(["192.0.2.1", "192.0.2.2"]), st.booleans()
    ),
    max_size=60,
)


@settings(deadline=None)
@given(tries=tries)
def test_never_more_failures_in_a_window_than_allowed(tries: list[tuple[float, str, str, bool]]) -> None:
    """Against a list of all failures that counts anew each time; and whoever waits as told is heard."""
    seconds = _Seconds()
    throttle = Throttle(seconds)
    by_name: list[tuple[float, str]] = []
    by_address: list[tuple[float, str]] = []
    for pause, name, address, is_right in tries:
        seconds.now += pause
        young = seconds.now - WINDOW_SECONDS
        names = sum(at > young and who == name for at, who in by_name)
        addresses = sum(at > young and who == address for at, who in by_address)
        expected = names >= RULES.failures_per_name or addresses >= RULES.failures_per_address
        try:
            attempt = throttle.attempt(name, address, RULES)
        except TooManyTriesError as error:
            assert expected
            assert 0 < error.wait_seconds <= WINDOW_SECONDS
            continue
        assert not expected
        if is_right:
            attempt.succeeded()
            by_name = [one for one in by_name if one[1] != name]
        else:
            by_name.append((seconds.now, name))
            by_address.append((seconds.now, address))


def test_threads_together_get_no_more_tries() -> None:
    """Twenty at the same time, none of which has failed yet: three are heard."""
    throttle, heard = Throttle(), []
    together = threading.Barrier(20)

    def attempt() -> None:
        together.wait()
        if _refused(throttle, "anna", f"192.0.2.{threading.get_ident() % 200}") is None:
            heard.append(1)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == RULES.failures_per_name


def test_memory_is_bounded() -> None:
    """The name that failed longest ago is forgotten first; a name that is forgiven takes no room."""
    throttle = Throttle(_Seconds(), most_keys=10)
    for number in range(1000):
        _refused(throttle, f"name {number}", f"192.0.{number // 250}.{number % 250}")
    assert len(throttle) == 10
    one = Throttle(_Seconds())
    one.attempt("anna", "192.0.2.1", RULES).succeeded()
    assert len(one) == 0
