"""The cases of all pages: a module for each, with `CASES`."""

from tests.stockrail.web.change_cases import (
    baselines,
    calibrations,
    compare,
    guardrails,
    happened,
    home,
    people,
    plan,
    runs,
    scenarios,
    tradeoffs,
)
from tests.stockrail.web.change_cases.case import ChangeCase

ALL: tuple[ChangeCase, ...] = (
    *happened.CASES,
    *compare.CASES,
    *calibrations.CASES,
    *home.CASES,
    *guardrails.CASES,
    *people.CASES,
    *runs.CASES,
    *plan.CASES,
    *baselines.CASES,
    *scenarios.CASES,
    *tradeoffs.CASES,
)
