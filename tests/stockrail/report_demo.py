"""A made-up plan for tests of the report, and a page parsed into what tests want to know of it."""

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stockrail.reports.report import COLUMNS, write_report

Demo = dict[str, Any]

START = dt.date(2025, 1, 6)
SEGMENTS = ("A", "B", "C")


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
                        "deposit": 0.0,
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
                "alpha": np.nan,
                "measured": "each period",
                "first_period": 0,
                "last_period": periods - 1,
                "limit": level,
                "worst": 0.98 * level,
                "slack": 0.02 * level,
                **demo_price(price, level),
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
        "overtime": 0.0,
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
            "objective": margin,
            "expected_margin": margin,
            "cvar_margin": 0.8 * margin,
            "margin_cvar_weight": 0.0,
            "margin_cvar_alpha": 0.9,
            "relaxations": [],
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


def demo_price(price: float, level: float) -> dict[str, Any]:
    """Columns of a price that holds a tenth up and down, and returns four times itself a year."""
    return {
        "price": price,
        "price_up": price,
        "price_down": price,
        "range_from": 0.9 * level,
        "range_to": 1.1 * level,
        "return_per_year": 4 * price,
        "return_up_per_year": 4 * price,
        "return_down_per_year": 4 * price,
        "price_holds": "for some while",
    }


class Page(HTMLParser):
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


def write(arguments: Demo, folder: Path) -> Page:
    """Write a report and parse it."""
    path = folder / "report.html"
    write_report(**arguments, path=path)
    return Page(path.read_text(encoding="utf-8"))
