"""Results that are kept for the next request."""

import pytest

from stockrail.web.kept import Kept


def test_made_once_until_others_push_it_out() -> None:
    """Of two that are kept the one asked for longest ago goes when a third comes."""
    made: list[str] = []
    kept: Kept[str] = Kept(2)

    def ask(key: str) -> str:
        def make() -> str:
            made.append(key)
            return f"<{key}>"

        return kept.of(key, make)

    assert [ask("a"), ask("b"), ask("a")] == ["<a>", "<b>", "<a>"]
    assert made == ["a", "b"]
    ask("c")
    assert (kept.has("a"), kept.has("b"), kept.has("c")) == (True, False, True)
    ask("b")
    assert made == ["a", "b", "c", "b"]


def test_what_fails_is_not_kept() -> None:
    """The next one who asks tries again."""
    kept: Kept[int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.of("a", lambda: 1 // 0)
    assert not kept.has("a")
    assert kept.of("a", lambda: 3) == 3
