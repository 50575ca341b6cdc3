"""The visitor's address, which wrong passwords are counted by."""

from types import SimpleNamespace

import pytest
from starlette.requests import Request

from stockrail.web.addresses import visitor_address
from stockrail.web.settings import Settings


def _request(peer: str | None, *forwarded: str) -> Request:
    app = SimpleNamespace(state=SimpleNamespace(settings=Settings()))
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return Request(
        {"type": "http", "app": app, "headers": headers, "client": None if peer is None else (peer, 1)}
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.7",), "198.51.100.7"),
        ("127.0.0.1", ("203.0.113.9, 198.51.100.7",), "198.51.100.7"),  # the visitor wrote the first one
        ("127.0.0.1", ("203.0.113.9", "198.51.100.7"), "198.51.100.7"),
        ("::1", ("2001:DB8::7",), "2001:db8::7"),
        ("192.0.2.1", ("198.51.100.7",), "192.0.2.1"),  # no proxy that is trusted
        ("127.0.0.1", ("nonsense",), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.7,",), "127.0.0.1"),
        (None, ("198.51.100.7",), ""),
    ],
)
def test_address(peer: str | None, forwarded: tuple[str, ...], expected: str) -> None:
    """What a trusted proxy adds at the end, and nothing that a visitor can write."""
    assert visitor_address(_request(peer, *forwarded)) == expected
