"""Tests of the report page: what it contains, what it must not contain, and that a browser draws its charts."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest

from stockrail.reports.orders import to_place_now
from tests.stockrail.report_demo import demo, write

SECTIONS = ("capital", "guardrails", "now", "later", "margin", "segments", "notes", "read")


def test_the_page_loads_nothing(tmp_path: Path) -> None:
    """No element has an outside source, and the security policy forbids one."""
    page = write(demo(), tmp_path)
    assert page.sources
    assert all(source.startswith("#") for source in page.sources)
    policy = [named["content"] for tag, named in page.tags if tag == "meta" and "http-equiv" in named]
    assert policy and str(policy[0]).startswith("default-src 'none'")
    assert "http" not in json.dumps(page.charts)
    assert (tmp_path / "report.html").stat().st_size < 1_500_000


def test_all_sections_and_headlines_are_there(tmp_path: Path) -> None:
    """Every section has its id once, and the headline numbers and the certificate are written out."""
    page = write(demo(), tmp_path)
    assert [page.ids.count(section) for section in SECTIONS] == [1] * len(SECTIONS)
    assert len(page.ids) == len(set(page.ids))
    # The bound is 1,667,210.15 * 1.002 = 1,670,544.57.
    assert (
        "No plan can earn more than EUR 1,670,545; this one earns EUR 1,667,210, a gap of 0.20%." in page.text
    )
    assert "EUR 1.67 m" in page.text
    assert "97.7%" in page.text
    assert "30 orders to place now" in page.text
    assert "EUR -1,235 against the expected margin" in page.text
    assert "The bound comes from 14 rounds of prices." in page.text
    assert "Later orders that were fixed beforehand" in page.text


def test_every_chart_has_a_place_and_a_description(tmp_path: Path) -> None:
    """Charts and places match one to one, and every chart has words for those who do not see it."""
    page = write(demo(), tmp_path)
    places = {name.removeprefix("chart-") for name in page.ids if name.startswith("chart-")}
    assert places == set(page.charts)
    assert {"fan-working_capital", "fan-inventory_value", "fan-cash", "orders", "waterfall"} <= places
    assert all(chart["description"] for chart in page.charts.values())
    assert all(chart["width"] == "container" for chart in page.charts.values())


def test_charts_are_as_the_schema_wants_them(tmp_path: Path) -> None:
    """Vega-Lite's own schema finds nothing wrong: pages do not check it again each time, as that takes long."""
    for specification in write(demo(), tmp_path).charts.values():
        alt.Chart.from_dict(specification)


def test_tables_are_accessible(tmp_path: Path) -> None:
    """Every table has a caption and every header cell says what it heads."""
    page = write(demo(), tmp_path)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption") > 5
    assert all(named.get("scope") in ("row", "col") for tag, named in page.tags if tag == "th")


def test_no_raw_floats(tmp_path: Path) -> None:
    """No number that a reader sees has more than three digits after its zeros, nor is a missing one a nan or None."""
    page = write(demo(), tmp_path)
    assert re.findall(r"\d*[1-9]\d*\.\d{3,}|0\.0*[1-9]\d{3,}", page.text) == []
    assert re.findall(r"\b(nan|None|NaT|inf)\b", page.text) == []


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    """Names that look like markup stay text, in the page as in the charts' data."""
    hostile = "</script><script>alert(1)</script>"
    arguments = demo(periods=5, items=3)
    arguments["summary"] |= {
        "instance_name": hostile,
        "notes": [hostile],
        "created": hostile,
        "solver": hostile,
    }
    for table, columns in {
        "orders": ["item", "description", "segment", "supplier"],
        "segments": ["segment"],
        "guardrails": ["name", "scope_value", "owner"],
        "guardrail_periods": ["name"],
    }.items():
        arguments[table][columns] = hostile
    page = write(arguments, tmp_path)
    assert [named for tag, named in page.tags if tag == "script"] == [
        {"type": "application/json", "id": "charts"},
        {},
        {},
    ]
    assert hostile in page.text
    assert hostile in json.dumps(page.charts)


def test_without_guardrails(tmp_path: Path) -> None:
    """A plan without guardrails has its fans, and the page says that nothing limits it."""
    page = write(demo(with_guardrails=False), tmp_path)
    assert "This plan has no guardrail" in page.text
    assert "No guardrail is set" in page.text
    assert "fan-working_capital" in page.charts
    assert not [key for key in page.charts if key.startswith(("price", "guardrail"))]


def test_a_limit_far_from_the_data_is_named_and_not_drawn(tmp_path: Path) -> None:
    """A limit of 9 m on a stock of 2 m would flatten the chart; the page says so instead."""
    page = write(demo(), tmp_path)
    assert "The upper limit of stock-cap is too far from these values to be drawn" in page.text
    assert "upper limit: stock-cap" not in page.text
    assert "upper limit: finance-wc" in page.text


def test_a_single_period(tmp_path: Path) -> None:
    """With one period an area or a line would be invisible, so the fan uses bars, points and ticks."""
    page = write(demo(periods=1), tmp_path)
    marks = {layer["mark"]["type"] for layer in page.charts["fan-working_capital"]["layer"]}
    assert marks == {"rule", "point", "tick"}
    assert "over 1 period," in page.text


def test_orders_now_by_supplier(tmp_path: Path) -> None:
    """30 items of suppliers 0, 1, 2, 3 in turn: eight orders of the first two and seven of the others."""
    page = write(demo(), tmp_path)
    assert re.findall(r"Supplier (\d) (\d+) [\d,]+ 2025-01-27 2025-02-26 ", page.text)[:4] == [
        ("0", "8"),
        ("1", "8"),
        ("2", "7"),
        ("3", "7"),
    ]


def test_fixed_orders_of_the_first_period_are_placed_now(tmp_path: Path) -> None:
    """Two of the 30 orders of the first period are fixed: they are counted with the others, marked, and nowhere else."""
    arguments = demo()
    orders = arguments["orders"]
    assert len(to_place_now(orders)) == 30
    assert "Decision" not in write(arguments, tmp_path).text
    orders.loc[(orders["period"] == 0) & orders["item"].isin(["SKU-0004", "SKU-0005"]), "decision"] = "fixed"
    orders.loc[orders["period"] == 4, "decision"] = "planned"
    page = write(arguments, tmp_path)
    assert "30 orders to place now" in page.text
    assert re.findall(r"(SKU-\d+) Part \d+ fixed", page.text) == ["SKU-0004", "SKU-0005"]
    assert "Later orders that were fixed beforehand" not in page.text


def test_deposits_have_a_column_where_there_are_any(tmp_path: Path) -> None:
    """A deposit of 30 with each order is shown and added up: 30 orders make 900."""
    arguments = demo()
    assert "Deposit" not in write(arguments, tmp_path).text
    arguments["orders"]["deposit"] = 30.0
    page = write(arguments, tmp_path)
    assert "Value Deposit Due" in page.text
    total = sum(arguments["orders"].loc[arguments["orders"]["period"] == 0, "value"])
    assert f"Total {total:,.0f} 900" in page.text


def test_nothing_to_order_now(tmp_path: Path) -> None:
    """Without orders now the page says so, and without any order there is no chart of orders."""
    arguments = demo()
    arguments["orders"] = arguments["orders"][arguments["orders"]["decision"] != "now"]
    page = write(arguments, tmp_path)
    assert "There is nothing to order now." in page.text
    assert "orders" in page.charts
    arguments["orders"] = arguments["orders"].iloc[:0]
    page = write(arguments, tmp_path)
    assert "The plan has no orders." in page.text
    assert "orders" not in page.charts


def test_no_plan_at_all(tmp_path: Path) -> None:
    """An instance without a plan gets a page that says so."""
    arguments = demo()
    arguments["summary"] |= {
        "expected_margin": None,
        "bound": None,
        "gap": None,
        "physical_margin": None,
        "margin_parts": {},
        "status": "none",
        "termination_reason": "infeasible",
    }
    for table in ("orders", "projection", "segments", "guardrails", "guardrail_periods"):
        arguments[table] = arguments[table].iloc[:0]
    page = write(arguments, tmp_path)
    assert "There is no plan." in page.text
    assert "No plan satisfies all hard limits and order rules." in page.text
    assert page.charts == {}


def test_missing_values_are_dashes(tmp_path: Path) -> None:
    """What is not known is a dash and not a zero or a nan."""
    arguments = demo(periods=4, items=3)
    arguments["segments"].loc[0, ["fill_rate", "turns", "implied_z"]] = np.nan
    arguments["guardrails"].loc[0, ["worst", "slack", "price"]] = np.nan
    arguments["guardrail_periods"].loc[:1, ["limit", "worst", "price"]] = np.nan
    arguments["orders"]["pay_date"] = pd.NaT
    page = write(arguments, tmp_path)
    assert re.findall(r"\b(nan|None|NaT)\b", page.text) == []


def test_many_segments_share_a_colour(tmp_path: Path) -> None:
    """Of twelve segments the five that buy least are shown as other segments."""
    arguments = demo()
    arguments["orders"]["segment"] = [f"S{number % 12}" for number in range(len(arguments["orders"]))]
    page = write(arguments, tmp_path)
    assert "other segments" in page.text
    colours = {value["colour"] for data in page.charts["orders"]["datasets"].values() for value in data}
    assert len(colours) == 8


def test_missing_columns_are_named(tmp_path: Path) -> None:
    """A table without its columns is refused with their names, and nothing is written."""
    arguments = demo()
    arguments["orders"] = arguments["orders"].drop(columns=["due_date", "value"])
    with pytest.raises(ValueError, match="orders has no column value, due_date"):
        write(arguments, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("periods", [26, 1])
def test_a_browser_draws_every_chart(tmp_path: Path, periods: int) -> None:
    """A real browser, without a network, turns every chart into an svg and logs no error."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium")
    page = write(demo(periods=periods), tmp_path)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [
        "--enable-logging=stderr",
        "--virtual-time-budget=8000",
        f"--user-data-dir={tmp_path / 'browser'}",
    ]
    command += ["--dump-dom", (tmp_path / "report.html").as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    drawn = re.findall(r'<div class="chart vega-embed[^"]* drawn" id="chart-([^"]+)"[^>]*><svg', run.stdout)
    assert sorted(drawn) == sorted(page.charts)
    assert [line for line in run.stderr.splitlines() if "CONSOLE" in line] == []
