"""The table of prices: returns on capital by hand, and what the command writes and says."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import stockrail as sr
from stockrail.cli import app
from stockrail.commands.common import EXIT_INFEASIBLE, EXIT_OK, EXIT_STOPPED_EARLY
from stockrail.finance.prices import COLUMNS, prices, prices_table
from stockrail.model.guardrails import Guardrails
from stockrail.solvers.price import PriceRange, PriceStatus
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

HALF_YEARS: Changes = {
    "settings": {"period_length_days": 182},
    "suppliers": {"order_interval_periods": 2},
    "segments": {"lost_share": 1.0},
}
"""Two periods of half a year with demand of 10, one order, what is short is lost: a unit of limit on inventory value is 1/6
unit of stock after period 0, which earns 4."""

YEARS = 182 / 365

RUN = CliRunner()


def half_years(**guardrail: object) -> sr.Instance:
    return make_instance(demand=(10, 10), guardrails={"upper": 27, **guardrail}, **HALF_YEARS)


def test_return_on_capital_by_hand() -> None:
    """4/6 earned by one unit of capital: granted for both periods, or for the one alone in which it works."""
    table = prices(half_years(), by_period=True)
    assert tuple(table.columns) == COLUMNS
    assert table["period"].isna().tolist() == [True, False, False]
    assert table["return_up_per_year"].tolist() == pytest.approx(
        [4 / 6 / (2 * YEARS), 4 / 6 / YEARS, 0.0], rel=1e-4
    )
    assert table["status"].tolist() == ["solved", "solved", "slack"]


def test_average_is_granted_for_all_of_its_periods() -> None:
    """A limit of 13.5 on the average of both periods is 27 in period 0: a unit earns 8/6, and is capital for both periods."""
    table = prices(half_years(upper=13.5, measured="average"))
    assert table["price_up"].tolist() == pytest.approx([8 / 6], rel=1e-4)
    assert table["return_up_per_year"].tolist() == pytest.approx([8 / 6 / (2 * YEARS)], rel=1e-4)


def test_flows_have_no_return() -> None:
    """Purchases are no stock of money: a unit of limit earns 4/6 and there is no capital that it would be a return on."""
    (row,) = prices(half_years(metric="purchases", upper=90)).to_dict("records")
    assert row["price_up"] == pytest.approx(4 / 6, rel=1e-4)
    assert pd.isna(row["return_up_per_year"])


def test_price_that_cannot_be_told_from_none_has_no_return() -> None:
    """0.0001 up is below the resolution of 0.001, so its return would be noise; 0.5 down is not: 0.5 a unit over a year."""
    guardrails = Guardrails.build(tables_of(half_years()))
    found = PriceRange("G", "upper", None, 27.0, 0.0001, 0.5, 20.0, 30.0, 0.001, PriceStatus.SOLVED)
    (row,) = prices_table(guardrails, [found]).to_dict("records")
    assert pd.isna(row["return_up_per_year"])
    assert row["return_down_per_year"] == pytest.approx(0.5 / (2 * YEARS))


def test_command_writes_prices(tmp_path: Path) -> None:
    """The table on the terminal, the same as JSON and CSV."""
    sr.write(half_years(), tmp_path / "instance")
    files = (tmp_path / "p.json", tmp_path / "p.csv")
    answer = RUN.invoke(
        app,
        [
            "prices",
            str(tmp_path / "instance"),
            "--by-period",
            "--json",
            str(files[0]),
            "--csv",
            str(files[1]),
        ],
    )
    assert answer.exit_code == EXIT_OK, answer.output
    record = json.loads(files[0].read_text(encoding="utf-8"))
    assert record["currency"] == "EUR"
    assert [row["period"] for row in record["prices"]] == [None, 0, 1]
    assert record["prices"][0]["price_up"] == pytest.approx(4 / 6, rel=1e-4)
    assert record["prices"][2]["range_to"] is None  # no end
    assert len(pd.read_csv(files[1])) == 3
    assert "0.667" in answer.output
    assert "no limit" in answer.output


def test_command_shows_both_prices_of_a_kink(tmp_path: Path) -> None:
    """At 60 demand is just covered: more earns nothing, less costs 0.667, and no single number is given."""
    sr.write(half_years(upper=60), tmp_path / "instance")
    answer = RUN.invoke(app, ["prices", str(tmp_path / "instance")])
    assert answer.exit_code == EXIT_OK, answer.output
    row = next(line for line in answer.output.splitlines() if line.strip().startswith("G (upper)"))
    assert row.split()[3:6] == ["60", "0", "0.667"]
    assert "0.0% / 66.8%" in row
    assert "kink" in answer.output


def test_command_says_what_is_missing(tmp_path: Path) -> None:
    """Without time nothing is priced, which is said and is an exit code of its own."""
    sr.write(half_years(), tmp_path / "instance")
    answer = RUN.invoke(app, ["prices", str(tmp_path / "instance"), "--time-limit", "0"])
    assert answer.exit_code == EXIT_STOPPED_EARLY
    assert "not computed" in answer.output


def test_command_explains_infeasible_guardrails(tmp_path: Path) -> None:
    """Stock of 60 cannot keep a limit of 40: there is nothing to price."""
    instance = make_instance(demand=(0, 0), items={"opening_stock_units": 10}, guardrails={"upper": 40})
    sr.write(instance, tmp_path / "instance")
    answer = RUN.invoke(app, ["prices", str(tmp_path / "instance")])
    assert answer.exit_code == EXIT_INFEASIBLE
    assert "'G' (upper)" in answer.output
