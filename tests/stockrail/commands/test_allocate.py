"""The command `allocate`."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.model import write
from tests.builders import make_instance


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an instance with one customer and no rules."""
    instance = make_instance(
        customers={"customer": "north"}, customer_shares={"customer": "north", "demand_share": 0.5}
    )
    write(instance, tmp_path / "instance")
    (tmp_path / "asked.csv").write_text("customer,asked_units\nnorth,6\n,4\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, *more: str, item: str = "A", asked: str = "asked.csv") -> tuple[int, str]:
    """Run the command with 5 units."""
    arguments = ["allocate", str(folder / "instance"), "--item", item, "--available", "5"]
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*arguments, "--asked", str(folder / asked), *more])
    return result.exit_code, result.output


def test_shares_are_printed_and_written(folder: Path) -> None:
    """5 of 10 units, and no rules: exactly 3 and 2, on the terminal, as CSV and as JSON."""
    code, output = run(folder, "--out", str(folder / "new" / "shares.csv"), "--json", str(folder / "s.json"))
    assert code == 0
    assert output.startswith("A: 5 units for 10 asked for, 5 short.")
    assert "The instance has no table allocation_rules: everybody has the same priority." in output
    shares = pd.read_csv(folder / "new" / "shares.csv", keep_default_na=False)
    assert shares["customer"].tolist() == ["north", ""]
    assert shares["given_units"].tolist() == [3, 2]
    record = json.loads((folder / "s.json").read_text(encoding="utf-8"))
    assert [row["given_units"] for row in record["shares"]] == [3, 2]


def test_bad_input_ends_with_exit_code_2(folder: Path) -> None:
    """An item, a customer and a file that are not there."""
    assert run(folder, item="B") == (2, "There is no item B in test: see its table items.\n")
    (folder / "bad.csv").write_text("customer,asked_units\nsouth,6\n", encoding="utf-8")
    code, output = run(folder, asked="bad.csv")
    assert (code, "bad.csv, row 2, column customer: found 'south'" in output) == (2, True)
    code, output = run(folder, asked="none.csv")
    assert (code, "none.csv" in output) == (2, True)
