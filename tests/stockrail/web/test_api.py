"""The API against its own OpenAPI document: whatever is sent, it never fails, and what it answers is what it says it answers."""

from collections.abc import Callable
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from stockrail.web.app import create_app
from stockrail.web.settings import Settings
from stockrail.workbench.people import tokens
from stockrail.workbench.runs import queue
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Web

_EXAMPLES = 15
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _operations() -> list[tuple[str, str]]:
    """Method and path of every operation. The document does not depend on a store."""
    paths = create_app(cast(Store, None), Settings(tends_runs=False)).openapi()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize(("method", "path"), _operations())
def test_api_never_fails(
    method: str,
    path: str,
    planned_store: Store,
    web_of: Callable[[Store], Web],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No 500, and every answer is one of those that the document names, in the form that it names."""
    monkeypatch.setattr(
        queue, "at_once", lambda store: 0
    )  # runs that are asked for wait: nothing is to be solved here
    secret, _ = tokens.create(planned_store, "otto", "otto", "fuzz")
    document = schemathesis.openapi.from_asgi("/api/openapi.json", web_of(planned_store).app)
    document.config.headers = {"Authorization": f"Bearer {secret}"}

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,  # the same requests every time: what fails here fails again
        database=None,
    )
    @given(case=document[path][method].as_strategy())
    def send(case: schemathesis.Case[Any]) -> None:
        case.validate_response(case.call(), checks=_CHECKS)

    send()


def test_every_operation_says_what_it_does_and_answers(web: Web) -> None:
    """A summary, a description, and the form of what is answered."""
    for path, methods in web.app.openapi()["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            assert good, (method, path)
            for answer in good:
                for content in answer.get("content", {}).values():
                    assert content["schema"], (method, path)


def test_api_is_not_for_nobody(web: Web) -> None:
    """Every operation needs somebody who is signed in; nothing is public but how to sign in."""
    client = web.anonymous()
    for path, methods in web.app.openapi()["paths"].items():
        for method in methods:
            address = path.replace("{", "").replace("}", "")
            answer = client.request(method.upper(), address, json={})
            assert answer.status_code == 401, (method, path, answer.status_code)
