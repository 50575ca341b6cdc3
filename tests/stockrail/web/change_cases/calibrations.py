"""Decisions on the targets of a calibration."""

from stockrail.web.views.proposed_segment import seen_of_segment
from stockrail.workbench.calibrations.decisions import NOTHING_SEEN
from stockrail.workbench.store import Store
from tests.stockrail.web.change_cases.case import ChangeCase
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example

RUN = 3
"""The store has two plans."""


def _calibrated(store: Store) -> None:
    assert add_calibration(store, add_example(store)) == RUN


def _case(path: str, route: str) -> ChangeCase:
    return ChangeCase(
        "POST",
        route,
        path,
        seen=lambda store: seen_of_segment(RUN, NOTHING_SEEN),
        fields={"segment": "staples", "verdict": "accepted", "reason": "Less stock."},
        by="ben",
        wrong="dora",
        prepare=_calibrated,
    )


CASES = (
    _case(f"/calibrations/{RUN}/decisions", "/calibrations/{number}/decisions"),
    _case(f"/api/calibrations/{RUN}/decisions", "/api/calibrations/{number}/decisions"),
)
