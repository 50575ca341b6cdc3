"""Tests of the report page: what it contains, what it must not contain, and that a browser draws its charts."""

import datetime as dt
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stockrail.formats import NO_BREAK
from stockrail.report import COLUMNS, write_report
from stockrail.report_guardrails import earned
from stockrail.report_margin import margin_steps
from stockrail.report_orders import to_place_now
from stockrail.report_text import STOPPED, certificate
from stockrail.solvers.result import TerminationReason

Demo = dict[str, Any]

START = dt.date(2025, 1, 6)
SEGMENTS = ("A", "B", "C")
SECTIONS = ("capital", "guardrails", "now", "later", "margin", "segments", "notes", "read")


def demo(periods: int = 26, items: int = 30, with_guardrails: bool = True) -> Demo:
    """Return the arguments of write_report, path apart, for a made-up plan of weekly periods."""
    random = np.random.default_rng(7)
    dates = [START + dt.timedelta(days=7 * period) for period in range(periods)]
    wave = 1 + 0.15 * np.sin(np.arange(periods) / 4)
    projection = []
    for metric, level in [
        ("inventory_value", 2.0e6),
        ("working_capital", 2.6e6),
        ("cash", 0.9e6),
        ("purchases", 0.3e6),
        ("receivables", 1.3e6),
        ("payables", 0.7e6),
    ]:
        for period in range(periods):
            mean, spread = level * wave[period], level * 0.02 * (1 + period) ** 0.5
            steps = {"min": -2.2, "p05": -1.6, "p25": -0.7, "p50": -0.05, "p75": 0.65, "p95": 1.7, "max": 2.5}
            values = {name: mean + step * spread for name, step in steps.items()}
            projection.append(
                {"metric": metric, "period": period, "date": dates[period], "mean": mean} | values
            )
    orders = []
    for item in range(items):
        for period in range(0, periods, 4):
            decision = "now" if period == 0 else "fixed" if item < 2 and period == 4 else "planned"
            for node in range(1 if period == 0 else 3):
                lots = int(random.integers(1, 9))
                orders.append(
                    {
                        "item": f"SKU-{item:04d}",
                        "description": f"Part {item}",
                        "segment": SEGMENTS[item % 3],
                        "supplier": f"Supplier {item % 4}",
                        "decision": decision,
                        "period": period,
                        "date": dates[period],
                        "node": 100 * period + node,
                        "probability": 1.0 if period == 0 else 1 / 3,
                        "lots": lots,
                        "units": 24.0 * lots,
                        "value": 24.0 * lots * 13.37,
                        "due_period": period + 3,
                        "due_date": dates[period] + dt.timedelta(days=21),
                        "pay_date": dates[period] + dt.timedelta(days=51),
                    }
                )
    segments = pd.DataFrame(
        {
            "segment": SEGMENTS,
            "items": [10, 10, 10],
            "safety_stock_units": [1204.4, 830.2, 90.123],
            "safety_stock_value": [412345.67, 209876.5, 30123.4],
            "safety_stock_days": [12.345, 9.87, 4.2],
            "implied_z": [1.645, 1.1, -0.2],
            "average_lot": [120.5, 48.0, 24.0],
            "orders_per_year": [13.2, 10.1, 4.4],
            "fill_rate": [0.9913, 0.968, 0.92],
            "inventory_value": [1.2e6, 0.6e6, 0.2e6],
            "turns": [8.12, 6.3, 3.3],
            "expected_margin": [1_000_000.0, 500_000.0, 167_210.15],
        }
    )
    guardrails, rows = [], []
    for name, metric, scope, value, side, level, price in [
        ("finance-wc", "working_capital", "all", None, "upper", 3.05e6, 0.0432),
        ("stock-cap", "inventory_value", "all", None, "upper", 9e6, 0.0),
        ("cash-floor", "cash", "all", None, "lower", 0.45e6, -0.011),
        ("capacity:Supplier 1", "ordered_units", "supplier", "Supplier 1", "upper", 900.0, 1.234567),
        ("C-stock", "inventory_value", "segment", "C", "upper", 0.4e6, 0.0),
    ]:
        binding = [3, 4, 5, 8] if price else []
        guardrails.append(
            {
                "name": name,
                "metric": metric,
                "scope": scope,
                "scope_value": value,
                "side": side,
                "holds": "every scenario",
                "limit": level,
                "worst": 0.98 * level,
                "slack": 0.02 * level,
                "price": price,
                "binding_periods": binding,
                "hard": name != "C-stock",
                "owner": "treasury",
            }
        )
        for period in range(periods):
            mean = 0.8 * level * wave[period]
            rows.append(
                {
                    "name": name,
                    "metric": metric,
                    "side": side,
                    "period": period,
                    "date": dates[period],
                    "limit": level * (1 if period < periods / 2 else 0.95),
                    "mean": mean,
                    "p05": 0.93 * mean,
                    "p95": 1.06 * mean,
                    "worst": 1.1 * mean,
                    "price": price / 4 if period in binding else 0.0,
                }
            )
    parts = {
        "revenue": 6_543_210.9,
        "landed_cost": 4_900_000.5,
        "order_cost": 45_000.25,
        "holding": 180_000.0,
        "expedite": 22_000.0,
        "stockout": 61_000.0,
        "write_off": 18_000.0,
        "terminal_value": 350_000.0,
        "guardrail_penalty": 0.0,
    }
    # 6,543,210.9 - 4,900,000.5 - 45,000.25 - 180,000 - 22,000 - 61,000 - 18,000 + 350,000
    margin = 1_667_210.15
    guardrail_table = pd.DataFrame(guardrails if with_guardrails else [], columns=COLUMNS["guardrails"])
    period_table = pd.DataFrame(rows if with_guardrails else [], columns=COLUMNS["guardrail_periods"])
    return {
        "summary": {
            "instance_name": "Spare parts, first half",
            "currency": "EUR",
            "created": "2025-01-03 09:30",
            "status": "feasible",
            "termination_reason": "gap_reached",
            "expected_margin": margin,
            "bound": margin * 1.002,
            "gap": 0.002,
            "fill_rate": 0.97654,
            "seconds": 16.4321,
            "scenarios": 81,
            "items": items,
            "nodes": 1156,
            "periods": periods,
            "start": START.isoformat(),
            "period_length_days": 7,
            "solver": "decomposition",
            "seed": 1,
            "notes": ["The bound comes from 14 rounds of prices."],
            "margin_parts": parts,
            "physical_margin": margin - 1234.5678,
            "guardrails": [],
            "segments": [],
        },
        "orders": pd.DataFrame(orders, columns=COLUMNS["orders"]),
        "projection": pd.DataFrame(projection, columns=COLUMNS["projection"]),
        "segments": segments,
        "guardrails": guardrail_table,
        "guardrail_periods": period_table,
    }


class _Page(HTMLParser):
    """What a test wants to know of a page: its ids, sources, tags, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.sources: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.charts: dict[str, Any] = {}
        self._hidden: str | None = None
        self.feed(html)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        self.ids += [named["id"]] if named.get("id") else []  # type: ignore[list-item]  # mypy: not None here
        self.sources += [str(named[name]) for name in ("src", "href", "action", "data") if name in named]
        if tag in ("script", "style"):
            self._hidden = str(named.get("id", tag))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = None

    def handle_data(self, data: str) -> None:
        if self._hidden == "charts":
            self.charts = json.loads(data)
        elif self._hidden is None:
            self.words.append(data)


def write(arguments: Demo, folder: Path) -> _Page:
    """Write a report and parse it."""
    path = folder / "report.html"
    write_report(**arguments, path=path)
    return _Page(path.read_text(encoding="utf-8"))


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


def test_guardrails_are_summed_up(tmp_path: Path) -> None:
    """The headline says that all hold, and what EUR 1,000 more earn: 0.0432 a unit are EUR 43.20."""
    page = write(demo(), tmp_path)
    assert "All 5 guardrails hold." in page.text
    # By what they earn: 0.0432 and 0.011 per EUR times 1,000; capacity is counted in units.
    assert (
        "would earn: finance-wc EUR 43.20 per EUR 1,000, cash-floor EUR 11.00 per EUR 1,000, "
        "capacity:Supplier 1 EUR 1.23 per unit." in page.text
    )
    assert "EUR 1,000 less in each of them would earn EUR 11.00 in all" in page.text


def test_a_broken_guardrail_is_named(tmp_path: Path) -> None:
    """A soft limit that is exceeded by 20,000 does not hold, and the headline says so."""
    arguments = demo()
    arguments["guardrails"].loc[4, "slack"] = -20_000.0
    page = write(arguments, tmp_path)
    assert "4 of 5 guardrails hold: C-stock is broken by EUR 20,000." in page.text


def test_a_limit_within_the_solvers_tolerance_is_kept(tmp_path: Path) -> None:
    """A millionth of the limit is the solver's and not the plan's: 3,050,000 may be exceeded by 3.05."""
    arguments = demo()
    arguments["guardrails"].loc[0, "slack"] = -3.0
    assert "All 5 guardrails hold." in write(arguments, tmp_path).text
    arguments["guardrails"].loc[0, "slack"] = -3.1
    assert "4 of 5 guardrails hold" in write(arguments, tmp_path).text


def test_a_limit_that_earns_nothing_is_not_said_to_cost_nothing(tmp_path: Path) -> None:
    """A price of 0 says something about slightly looser limits only: lots are whole."""
    arguments = demo()
    arguments["guardrails"]["price"] = arguments["guardrail_periods"]["price"] = 0.0
    page = write(arguments, tmp_path)
    assert "All 5 guardrails hold. A slightly looser limit would earn nothing." in page.text
    assert not [key for key in page.charts if key.startswith("price")]


@pytest.mark.parametrize(
    ("price", "side", "metric", "expected"),
    [
        (0.0003, "upper", "inventory_value", 0.3),
        (-0.0003, "lower", "cash", 0.3),
        (1.5, "upper", "ordered_units", 1.5),
        (-0.0, "lower", "cash", 0.0),
        (np.nan, "upper", "cash", None),
    ],
)
def test_earned(price: float, side: str, metric: str, expected: float | None) -> None:
    """Money counts per 1,000 and units one by one; looser is more for an upper limit and less for a lower one."""
    assert earned(price, side, metric) == expected


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


def test_every_reason_to_stop_has_its_sentence() -> None:
    """The reasons are those of the solvers, no more and no less."""
    assert set(STOPPED) == {str(reason) for reason in TerminationReason}


def test_certificate_without_a_bound() -> None:
    """Without a bound nothing is claimed."""
    said = certificate(
        {"currency": "EUR", "expected_margin": 5000.0, "bound": None, "termination_reason": "time_limit"}
    )
    assert said[0].startswith(f"This plan earns EUR{NO_BREAK}5,000. No bound was computed")
    assert said[1].startswith("The search ended because its time was up")


def test_certificate_with_a_margin_above_the_bound() -> None:
    """A plan that earns more than the bound is an error, and the page says so instead of rounding it away."""
    said = certificate({"currency": "EUR", "expected_margin": 5000.0, "bound": 4000.0, "gap": -0.2})
    assert "check the plan before using it" in said[0]


def test_margin_steps_add_up() -> None:
    """The bars lead from zero to the expected margin: 100 - 60 - 5 + 10 = 45."""
    parts = {"revenue": 100.0, "landed_cost": 60.0, "holding": 5.0, "terminal_value": 10.0}
    steps = margin_steps({"expected_margin": 45.0, "margin_parts": parts})
    assert steps[-1].name == "Expected margin"
    assert steps[-2].end == steps[-1].end == 45.0
    assert [step.name for step in steps if step.kind == "total"] == ["Expected margin"]


def test_margin_steps_with_a_penalty() -> None:
    """The expected margin is after the penalty: 100 - 5 = 95."""
    parts = {"revenue": 100.0, "guardrail_penalty": 5.0}
    steps = margin_steps({"expected_margin": 95.0, "margin_parts": parts})
    assert [(step.name, step.value) for step in steps[-2:]] == [
        ("Guardrail penalty", -5.0),
        ("Expected margin", 95.0),
    ]
    assert steps[-2].end == 95.0


def test_margin_steps_show_what_is_not_explained() -> None:
    """Parts of 100 and a margin of 90 leave a bar of -10."""
    steps = margin_steps({"expected_margin": 90.0, "margin_parts": {"revenue": 100.0}})
    assert [(step.name, step.value) for step in steps[-2:]] == [
        ("Not explained by the parts", -10.0),
        ("Expected margin", 90.0),
    ]


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
