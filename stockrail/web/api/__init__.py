"""The REST API, one module for each page; what it answers are the views of the pages."""

from typing import Any

from fastapi import APIRouter

from stockrail.web.api import (
    actuals,
    audit,
    baselines,
    calibrations,
    compare,
    guardrails,
    home,
    me,
    people,
    plan,
    root_cause,
    runs,
    scenarios,
    scorecard,
    segments,
    tradeoffs,
)
from stockrail.web.errors import ErrorView

DESCRIPTION = """\
Every page of the workbench as JSON. Sign in with an API token (`stockrail people token`): `Authorization: Bearer TOKEN`.

Whoever changes something says what they looked at: `seen` of the answer that showed it. Where it is no longer true the answer is 409
and nothing was changed. Money is in the currency of the baseline, times are in UTC.
"""

ROUTERS: tuple[APIRouter, ...] = (
    me.router,
    home.router,
    guardrails.router,
    people.router,
    audit.router,
    compare.router,
    baselines.router,
    scenarios.router,
    runs.router,
    plan.router,
    segments.router,
    calibrations.router,
    scorecard.router,
    root_cause.router,
    actuals.router,
    tradeoffs.router,
)

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorView, "description": description}
    for status, description in {
        401: "Nobody is signed in.",
        403: "The visitor may not do this; the message says who may.",
        404: "There is no such thing.",
        409: "It has changed since it was looked at, or it cannot be done as it is now. Nothing was changed.",
        413: "Larger than one request may be.",
        422: "What was sent is not right; `problems` says all of it.",
    }.items()
}
