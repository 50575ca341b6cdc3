"""What is said of runs, from certificates made by hand."""

from typing import Any

import pytest

from stockrail.workbench.runs.display import gap_of
from stockrail.workbench.store.tables import Run

CALIBRATION: dict[str, Any] = {
    "gap": 0.01,
    "values": [
        {"strategy": "current", "gap": None},
        {"strategy": "rule", "gap": 0.004},
        {"strategy": "free", "gap": 0.007},
    ],
}
"""0.01 was asked for; the worst strategy has reached 0.007, and nobody solved for today's targets."""


@pytest.mark.parametrize(
    ("certificate", "progress", "gap"),
    [
        (None, None, None),
        (None, {"gap": 0.5}, 0.5),
        ({"gap": 0.003}, {"gap": 0.5}, 0.003),
        ({"gap": None}, {"gap": 0.5}, None),
        (CALIBRATION, {"gap": 0.5}, 0.007),
        ({**CALIBRATION, "values": CALIBRATION["values"][:1]}, None, None),
    ],
)
def test_the_gap_is_the_one_reached(
    certificate: dict[str, Any] | None, progress: dict[str, Any] | None, gap: float | None
) -> None:
    """Of a calibration that of its worst strategy, and not the one that was asked for."""
    assert gap_of(Run(certificate=certificate, progress=progress)) == gap
