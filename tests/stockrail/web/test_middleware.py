"""What every request passes through."""

import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from stockrail.web.middleware import MOST_FORM_BYTES, AccessLog, KnownHosts, SecureHeaders, UploadLimit

MOST_BYTES = 1000


@pytest.fixture
def client() -> Iterator[TestClient]:
    """An application that counts what it is sent."""
    app = FastAPI()

    @app.post("/count")
    async def count(request: Request) -> int:
        return len(await request.body())

    @app.post("/form")
    async def form(request: Request) -> list[str]:
        return list(await request.form())

    app.add_middleware(UploadLimit, most_bytes=MOST_BYTES)
    app.add_middleware(SecureHeaders, is_https=True)
    app.add_middleware(AccessLog)
    with TestClient(app) as made:
        yield made


def test_request_of_the_largest_size_is_taken(client: TestClient) -> None:
    """The limit itself is allowed."""
    assert client.post("/count", content=b"x" * MOST_BYTES).json() == MOST_BYTES


@pytest.mark.parametrize("path", ["/count", "/form"])
def test_larger_request_is_refused_by_what_it_says(client: TestClient, path: str) -> None:
    """Its length is known before anything of it was read."""
    answer = client.post(path, content=b"x" * (MOST_BYTES + 1))
    assert answer.status_code == 413
    assert "--most-upload-megabytes" in answer.text


@pytest.mark.parametrize("path", ["/count", "/form"])
def test_larger_request_is_refused_while_it_comes(client: TestClient, path: str) -> None:
    """A request in pieces does not say its length; whoever parses the form makes an error of its own of the end."""

    def pieces() -> Iterator[bytes]:
        for _ in range(5):
            yield b"x" * 300  # 1,500 bytes of 1,000

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(path, content=pieces(), headers=headers).status_code == 413


def test_every_answer_has_headers_of_security(client: TestClient) -> None:
    """Refusals as well: nothing inline, nothing from elsewhere, nothing kept."""
    for answer in (client.post("/count"), client.get("/nowhere"), client.post("/count", content=b"x" * 2000)):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_only_uploads_may_be_large() -> None:
    """What is no upload is in memory as a whole, whoever sends it."""
    app = FastAPI()

    @app.post("/count")
    async def count(request: Request) -> int:
        return len(await request.body())

    app.add_middleware(UploadLimit, most_bytes=MOST_FORM_BYTES + 1000)
    body, json = b"x" * (MOST_FORM_BYTES + 1), {"content-type": "application/json"}
    upload = {"content-type": "multipart/form-data; boundary=x"}
    with TestClient(app) as client:
        assert client.post("/count", content=body[:-1], headers=json).status_code == 200
        assert client.post("/count", content=body, headers=json).status_code == 413
        assert client.post("/count", content=body, headers=upload).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8600", 200),
        ("LOCALHOST", 200),
        ("[::1]:8600", 200),
        ("elsewhere.example", 421),
        ("", 421),
        ("[", 421),
    ],
)
def test_only_known_hosts_are_answered(host: str, status: int) -> None:
    """A name of somebody else's that leads here is no name of the service."""
    app = FastAPI()

    @app.get("/")
    def nothing() -> None:
        return None

    app.add_middleware(KnownHosts, hosts=["localhost", "::1"])
    with TestClient(app) as client:
        assert client.get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/static/vendor/vega-6.4.0/vega.min.js", "max-age=31536000, immutable"),
        ("/static/app.css", "no-cache"),
        ("/static", "no-store"),
    ],
)
def test_browsers_keep_what_cannot_change(client: TestClient, path: str, kept: str) -> None:
    """A library's path has its version; our own files are asked for again, so that they fit the pages after an update."""
    assert client.get(path).headers["cache-control"] == kept


def test_log_has_nothing_private(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """Neither what is asked for nor headers nor what is sent; and nobody writes further lines with a path."""
    caplog.set_level(logging.INFO, "stockrail.web")
    client.post("/count?token=secret-a", content=b"secret-b", headers={"cookie": "secret-c"})
    client.get("/line%0Abreak")
    lines = [record.getMessage() for record in caplog.records if record.name == "stockrail.web.middleware"]
    assert lines[0].startswith("POST /count 200 ")
    assert lines[1].startswith(r"GET /line\nbreak 404 ")
    assert "secret" not in "".join(lines)
