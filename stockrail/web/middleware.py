"""What every request passes through: limits on its size, headers of its answer, and a log line with nothing private."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockrail.web.settings import MEGABYTE

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing inline."""

STATIC = "/static/"

_KEPT = (
    (f"{STATIC}vendor/", "max-age=31536000, immutable"),  # the version is in the path
    (STATIC, "no-cache"),  # kept, and asked for again whether it is still the same
)

SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
MOST_FORM_BYTES = 4 * MEGABYTE
"""Of a request that is no upload: its body is in memory as a whole, before it is known who sends it."""

_logger = logging.getLogger(__name__)


class SecureHeaders:
    """Adds the headers of security, and says what may be kept: static files of a version for long, everything else not."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app, self._is_https = app, is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = next((how for start, how in _KEPT if scope["path"].startswith(start)), "no-store")

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", kept)
                if self._is_https:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, add)


class UploadLimit:
    """Refuses a request that is larger than allowed, while it comes in: nobody fills the memory or the disk.

    Parameters
    ----------
    most_bytes : of an upload of files, which goes to the disk. Any other request has `MOST_FORM_BYTES` at most.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app, self._most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as far as it is not too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_upload = headers.get("content-type", "").startswith("multipart/form-data")
        most = self._most_bytes if is_upload else min(self._most_bytes, MOST_FORM_BYTES)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            await _refuse_size(send, most)
            return
        received, is_too_large, has_begun = 0, False, False

        async def counted() -> Message:
            nonlocal received, is_too_large
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                is_too_large = True
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal has_begun
            if is_too_large and not has_begun:
                return  # whoever parses the body makes an answer of its own of the error
            has_begun = True
            await send(message)

        with suppress(_TooLargeError):
            await self._app(scope, counted, noted)
        if is_too_large and not has_begun:
            await _refuse_size(send, most)


class KnownHosts:
    """Refuses requests for another host: a name elsewhere that leads to this machine makes no page of the service one of its own.

    Parameters
    ----------
    hosts : names and addresses, without ports; empty for any.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app, self._hosts = app, frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        is_asked = scope["type"] == "http" and bool(self._hosts)
        if is_asked and _name_in(Headers(scope=scope).get("host", "")) not in self._hosts:
            await _answer(
                send,
                421,
                "The service is not reached under this name. Whoever runs it can allow it: stockrail serve --allowed-host NAME.",
            )
            return
        await self._app(scope, receive, send)


class AccessLog:
    """One line for each request but static files: method, path without what was asked for, status, milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(STATIC):
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # Neither queries nor headers nor bodies: they may hold what is nobody's business.
            milliseconds = 1000 * (time.perf_counter() - began)
            _logger.info("%s %s %d %.0f ms", scope["method"], _plain(scope["path"]), status, milliseconds)


class _TooLargeError(Exception):
    """More came than is allowed."""


def _name_in(host: str) -> str:
    """A host's name without its port; an address of IPv6 is in brackets."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.lower()


async def _refuse_size(send: Send, most: int) -> None:
    text = (
        f"This is larger than the {most / MEGABYTE:,.0f} MB that such a request may have: send less at a time. For uploads of files "
        "whoever runs the service can allow more: stockrail serve --most-upload-megabytes."
    )
    await _answer(send, 413, text)


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def _plain(path: str) -> str:
    """A path that cannot break the log into further lines."""
    return path.encode("unicode_escape").decode("ascii")
