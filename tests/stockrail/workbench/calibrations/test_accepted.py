"""The file for the ERP: new targets where they were accepted, today's where not, and what both mean together."""

import io
import shutil
from pathlib import Path

import pandas as pd
import pytest

from stockrail.workbench import baselines
from stockrail.workbench.calibrations.accepted import TODAY, accepted_targets, together
from stockrail.workbench.calibrations.decisions import decide
from stockrail.workbench.errors import StateError
from stockrail.workbench.store import Store
from tests.stockrail.workbench.calibrations.cases import EXAMPLE, add_calibration, add_example, calibrated

MONEY = ("inventory_value", "expected_margin", "current_inventory_value", "current_expected_margin")


@pytest.fixture
def run(sqlite_store: Store) -> int:
    return add_calibration(sqlite_store, add_example(sqlite_store))


def text_of(data: bytes | str) -> pd.DataFrame:
    text = data if isinstance(data, str) else data.decode()
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def test_nothing_accepted_is_no_file(sqlite_store: Store, run: int) -> None:
    """A file with today's numbers only would look like a calibration."""
    decide(sqlite_store, "ben", run, "staples", "rejected", "No.")
    with pytest.raises(StateError, match="Nothing of calibration 1 has been accepted"):
        accepted_targets(sqlite_store, run)


def test_with_all_accepted_it_is_the_file_of_the_calibration(sqlite_store: Store, run: int) -> None:
    """Byte for byte."""
    for segment in ("staples", "extras"):
        decide(sqlite_store, "ben", run, segment, "accepted", "Yes.")
    made = accepted_targets(sqlite_store, run)
    assert made.csv().encode() == calibrated()[1]["targets.csv"]
    assert (made.accepted, made.kept, made.left_out) == (("staples", "extras"), (), ())


def test_other_segments_keep_the_targets_of_today(sqlite_store: Store, run: int) -> None:
    """Staples are new; extras have what `current_targets` says: shade 25, vase 15, timer 10 units of safety stock."""
    decide(sqlite_store, "ben", run, "staples", "accepted", "Yes.")
    made = accepted_targets(sqlite_store, run)
    new, written = made.table.set_index("item"), text_of(calibrated()[1]["targets.csv"]).set_index("item")
    assert list(new.index) == list(written.index)
    assert new.loc[["bulb", "lamp", "cable"]].equals(written.loc[["bulb", "lamp", "cable"]])
    extras = new.loc[["shade", "vase", "timer"]]
    assert list(extras["safety_stock_units"].astype(float)) == [25, 15, 10]
    assert set(extras["option"]) == {TODAY}
    assert set(extras["departs"]) == {"no"}
    # Today order-up-to is 65, 30 and 40 (docs/calibration.md): those numbers are in the changes as well.
    assert list(extras["order_up_to_units"].astype(float)) == [65, 30, 40]
    changes = text_of(calibrated()[1]["changes.csv"]).set_index("item").loc[extras.index]
    for column in ("reorder_point_units", "fill_rate", "service_level"):
        assert extras[column].astype(float).to_numpy() == pytest.approx(
            changes[f"current_{column}"].astype(float).to_numpy(), abs=1e-6
        )
    assert (made.accepted, made.kept, made.left_out) == (("staples",), ("extras",), ())


def test_where_todays_targets_are_not_known_rows_are_left_out(sqlite_store: Store, tmp_path: Path) -> None:
    """Without `current_targets` nobody knows what the ERP does today, and no row is better than a guess."""
    folder = tmp_path / "without"
    shutil.copytree(EXAMPLE, folder)
    (folder / "current_targets.csv").unlink()
    baseline = baselines.import_folder(sqlite_store, "otto", folder, "without").id
    run = add_calibration(sqlite_store, baseline)
    decide(sqlite_store, "ben", run, "extras", "accepted", "Yes.")
    made = accepted_targets(sqlite_store, run)
    assert list(made.table["item"]) == ["shade", "vase", "timer"]
    assert made.left_out == ("bulb", "lamp", "cable")
    assert together(sqlite_store, run) is None


def test_what_holds_together(sqlite_store: Store, run: int) -> None:
    """Before anything is accepted it is today's: 43,248, stock 8,760, and the limit broken; with everything the calibration's 43,472."""
    before = together(sqlite_store, run)
    assert before is not None
    assert before.expected_margin == pytest.approx(43_248, abs=1)
    assert before.inventory_value == pytest.approx(8_760, abs=1)
    assert [said.split(":")[0] for said in before.broken] == ["stock-cap"]
    for segment in ("staples", "extras"):
        decide(sqlite_store, "ben", run, segment, "accepted", "Yes.")
    after = together(sqlite_store, run)
    assert after is not None
    assert after.expected_margin == pytest.approx(43_471.73, abs=0.01)
    assert after.inventory_value == pytest.approx(5_197, abs=1)
    assert after.broken == ()


def test_a_part_of_a_calibration(sqlite_store: Store, run: int) -> None:
    """Items share nothing but limits: margin and stock are the sums of the segments' own, new ones of staples and today's of extras."""
    decide(sqlite_store, "ben", run, "staples", "accepted", "Yes.")
    found = together(sqlite_store, run)
    rows = {
        row["segment"]: {name: float(row[name]) for name in MONEY}
        for row in text_of(calibrated()[1]["segments.csv"]).to_dict("records")
    }
    assert found is not None
    assert found.inventory_value == pytest.approx(
        rows["staples"]["inventory_value"] + rows["extras"]["current_inventory_value"]
    )
    assert found.expected_margin == pytest.approx(
        rows["staples"]["expected_margin"] + rows["extras"]["current_expected_margin"]
    )
