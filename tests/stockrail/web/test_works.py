"""Works that take longer than a visitor waits."""

import threading

import pytest

from stockrail.web import works
from stockrail.web.works import Works
from stockrail.workbench.errors import NotFoundError, StateError


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long enough for a busy machine, unless a test says otherwise."""
    monkeypatch.setattr(works, "PATIENCE_SECONDS", 60.0)


def test_same_question_is_asked_once() -> None:
    """Two visitors ask the same while it is looked for, a third afterwards: it is done once, another question is another work."""
    asked = Works()
    may_end, times = threading.Event(), []

    def doing(on_step: works.OnStep) -> int:
        times.append(1)
        may_end.wait(60)
        return 42

    first = asked.ask("key", "Looking", "/there", doing)
    second = asked.ask("key", "Looking", "/there", doing)
    assert first is second and not first.is_done
    may_end.set()
    assert first.wait()
    assert asked.ask("key", "Looking", "/there", doing).result() == 42
    assert asked.ask("other", "Looking", "/there", doing) is not first
    assert asked.get(first.number) is first
    assert len(times) in (1, 2)  # the other question may have begun


def test_it_says_what_it_is_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step changes while it goes; nobody waits for longer than the patience."""
    monkeypatch.setattr(works, "PATIENCE_SECONDS", 0.05)
    is_told, may_end = threading.Event(), threading.Event()

    def doing(on_step: works.OnStep) -> str:
        on_step("reading plans")
        is_told.set()
        may_end.wait(60)
        return "7"

    work = Works().begin("Looking", lambda result: f"/found/{result}", doing)
    assert is_told.wait(60)
    assert (work.step, work.wait(), work.is_done) == ("reading plans", False, False)
    may_end.set()
    assert work.target == "/found/7"


def test_what_fails_is_told_and_asked_again() -> None:
    """Its error is raised for who asks for the result; the next one who asks begins it anew."""
    asked = Works()

    def failing(on_step: works.OnStep) -> None:
        raise StateError("There are no actuals.")

    work = asked.ask("key", "Looking", "/", failing)
    assert work.wait() and work.has_failed
    with pytest.raises(StateError, match="no actuals"):
        work.result()
    again = asked.ask("key", "Looking", "/", lambda on_step: 1)
    assert again is not work
    assert again.result() == 1


def test_old_ones_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those asked for longest ago, never one that goes on."""
    monkeypatch.setattr(works, "MOST_KEPT", 2)
    asked, may_end = Works(), threading.Event()
    going = asked.ask("going", "Looking", "/", lambda on_step: may_end.wait(60))
    done = [asked.ask(str(k), "Looking", "/", lambda on_step: None) for k in range(1)]
    assert done[0].wait()
    done += [asked.ask(str(k), "Looking", "/", lambda on_step: None) for k in range(1, 4)]
    assert asked.get(going.number) is going
    with pytest.raises(NotFoundError, match="started again meanwhile"):
        asked.get(done[0].number)
    may_end.set()
    assert going.wait()
