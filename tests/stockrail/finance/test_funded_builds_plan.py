"""A funded build from the folder of an instance to the files and the words of its plan, with numbers derived by hand."""

from pathlib import Path

import pandas as pd
import pytest

import stockrail as sr
from tests.builders import make_instance
from tests.stockrail.test_cli import stockrail


def ahead_of_demand(solver: str) -> sr.Instance:
    """Return four years of demand 10, one order at the start, what is short is lost; a unit costs 6 and sells at 10.

    Stock of 60, 10 units, is allowed. The build adds 120 in 2024; its exit is in 2026, so 60 of it are left in 2025 and
    nothing in 2026. The solver is only the name, so that two folders tell themselves apart.
    """
    return make_instance(
        demand=(10, 10, 10, 10),
        settings={"name": f"ahead-{solver}"},
        guardrails={"guardrail": "stock", "upper": 60},
        funded_builds={
            "build": "ahead",
            "guardrail": "stock",
            "amount": 120,
            "first_period": 0,
            "last_period": 0,
            "exit_date": "2026-06-30",
        },
        suppliers={"order_interval_periods": 5},
        segments={"lost_share": 1.0},
    )


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_room_is_used_pays_and_ends_by_its_exit(solver: str, tmp_path: Path) -> None:
    """With the room 40 units are bought and sold, 160 of margin; without it 20, 80: it enables revenue of 200 and margin of 80.

    Stock at the end of each year is 30, 20, 10 and 0 units: 180, 120, 60 and 0 against 60, so 120 of 120 and 60 of 60 of the room
    are used, and by the exit in 2026 stock is back at the limit. Without the room 10 units may be left after the first year.
    """
    folder, out = tmp_path / "instance", tmp_path / "plan"
    sr.write(ahead_of_demand(solver), folder)
    run = stockrail("plan", folder, "--solver", solver, "--gap", 0, "--out", out)
    assert run.exit_code == 0, run.output
    (build,) = pd.read_csv(out / "funded_builds.csv").to_dict("records")
    assert [build["granted"], build["used"], build["used_worst"]] == pytest.approx([180, 180, 120])
    assert [build["objective"], build["objective_without"]] == pytest.approx([160, 80])
    assert [build["revenue_enabled"], build["margin_enabled"]] == pytest.approx([200, 80])
    assert build["exit_period"] == 2
    assert bool(build["is_back"])
    assert build["probability_back"] == 1
    assert build["write_off_left"] == 0
    by_period = pd.read_csv(out / "funded_builds_by_period.csv")
    assert by_period[["period", "granted", "used_mean"]].to_numpy().tolist() == [[0, 120, 120], [1, 60, 60]]
    assert pd.read_csv(out / "orders.csv")["units"].tolist() == [40]
    words = " ".join(run.stdout.split())
    assert (
        "Ahead: 100% of the room is used; it enabled revenue of EUR 200.00 and EUR 80.00 of the objective; "
        "stock is back inside the band by the exit in every scenario."
    ) in words
    checked = stockrail("verify", out)
    assert checked.exit_code == 0, checked.output
