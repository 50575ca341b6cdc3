"""docs/service-and-inventory.md tells the truth: its tables are what the commands compute on its examples."""

import re
from pathlib import Path

import pytest

from stockrail.formats import amount, percent
from stockrail.inventory.bias import read_bias
from stockrail.inventory.drivers import DRIVERS
from stockrail.inventory.explained import INTERACTION, TOTAL, explain_inventory
from stockrail.inventory.inventory_split import PURPOSES
from stockrail.service.tables import service_for_profit
from tests.builders import make_instance
from tests.stockrail.stock_cases import biased, lots_and_calendar, newsvendor

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "service-and-inventory.md").read_text(encoding="utf-8")
RESULT = service_for_profit(newsvendor(), gap=0.0)


def rows_after(header: str) -> list[list[str]]:
    """Cells of the table with a header."""
    below = PAGE.split(header)[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in below.splitlines()[2:]]


def money(value: float) -> str:
    """As the page writes it."""
    return amount(value, 2).replace(",", "")


def test_curve() -> None:
    """The table of options."""
    header = "| option | mean stock | fill rate | expediting | lost margin | holding | expected margin |"
    names = ("expedite", "lost_margin", "holding", "expected_margin")
    assert rows_after(header) == [
        [
            row["option"],
            money(row["inventory_value"]),
            percent(row["fill_rate"]),
            *(money(row[name]) for name in names),
        ]
        for row in RESULT.curve.to_dict("records")
    ]


def test_steps() -> None:
    """The table of steps."""
    names = ("added_inventory", "retained_sales", "retained_margin", "saved_expedite", "gain", "cost")
    header = (
        "| step | added stock | kept sales | kept margin | expediting saved | earns | costs | break-even |"
    )
    assert rows_after(header) == [
        [
            f"{row['from_option']} to {row['to_option']}",
            *(money(row[name]) for name in names),
            percent(row["break_even_rate_per_year"], 0),
        ]
        for row in RESULT.steps.to_dict("records")
    ]


def test_verdicts() -> None:
    """The sentence, and the verdicts on 20 and 60 units of safety stock."""
    (row,) = RESULT.trade_off.to_dict("records")
    assert f"> {row['sentence']}" in PAGE
    found = []
    for units in (20, 60):
        instance = newsvendor({"item": "lamp", "safety_stock_units": units, "cover_periods": 0})
        found += service_for_profit(instance, baseline="current", gap=0.0).trade_off["verdict"].tolist()
    assert (
        f"With 20 units of safety stock for the lamp the verdict is *{found[0]}*, with 60 *{found[1]}*"
        in PAGE
    )


def test_purposes_and_drivers() -> None:
    """The page names every purpose and every driver, with what switching it off means."""
    assert [row[0] for row in rows_after("| purpose | what it is for |")] == list(PURPOSES)
    assert rows_after("| driver | switched off |") == [
        [driver.words.lower(), driver.off.replace("1 period", "one period")] for driver in DRIVERS
    ]


def test_lots_and_calendar() -> None:
    """The table of drivers."""
    result = explain_inventory(lots_and_calendar(), gap=0.0)
    rows = rows_after("| driver | stock | holding |")
    names = ("lots", "order_calendar", INTERACTION, TOTAL)
    for (_, stock, holding), name in zip(rows, names, strict=True):
        assert float(stock) == pytest.approx(result.effect(name, "stock_value"))
        assert float(holding) == pytest.approx(result.effect(name, "holding"))


def test_bold_numbers() -> None:
    """Bias below and above, and just in case."""
    below = explain_inventory(biased(), bias=-0.2, gap=0.0)
    above = explain_inventory(biased(), bias=0.2, gap=0.0)
    certain = make_instance(
        demand=(10, 10),
        settings={"terminal_stock_share": 1},
        policy_options={"option": "lean", "safety_factor": 0, "cover_periods": 0},
        current_targets={"safety_stock_units": 50, "cover_periods": 0},
    )
    surplus = explain_inventory(certain, gap=0.0)
    expected = [
        below.effect("forecast_bias", "stock_value"),
        below.effect("forecast_bias", "holding"),
        above.effect("forecast_bias", "lost_margin"),
        surplus.effect("just_in_case", "stock_value"),
    ]
    assert [float(number) for number in re.findall(r"\*\*(\d+)\*\*", PAGE)] == pytest.approx(expected)


def test_bias_table(tmp_path: Path) -> None:
    """The snippet can be read, and does what the page says."""
    ((name, text),) = re.findall(r"^```csv (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    rows = [{"item": "lamp"}, {"item": "lantern", "product_group": "outdoor"}, {"item": "rug"}]
    instance = make_instance(demand=[(1, 1)] * 3, items=rows)
    assert read_bias(file, instance).tolist() == [-0.3, 0.1, -0.05]
