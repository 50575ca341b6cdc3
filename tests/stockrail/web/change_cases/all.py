"""The cases of all pages: a module for each, with `CASES`."""

from tests.stockrail.web.change_cases import baselines, calibrations, people, plan, runs, scenarios
from tests.stockrail.web.change_cases.case import ChangeCase

ALL: tuple[ChangeCase, ...] = (
    *calibrations.CASES,
    *people.CASES,
    *runs.CASES,
    *plan.CASES,
    *baselines.CASES,
    *scenarios.CASES,
)
