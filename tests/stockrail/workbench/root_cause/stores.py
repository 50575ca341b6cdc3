"""A store with an approved plan of three items and what happened, for tests of causes."""

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from stockrail.workbench import baselines
from stockrail.workbench.governance.approvals import approve
from stockrail.workbench.governance.plan_files import GUARDRAILS, ORDERS, PROJECTION, SEGMENTS, SUMMARY
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.store import Store
from tests.stockrail.workbench.folders import three_items
from tests.stockrail.workbench.governance.files import plan_files
from tests.stockrail.workbench.governance.runs import add_run
from tests.stockrail.workbench.root_cause.cases import DAYS, LOTS, START, day, orders
from tests.stockrail.workbench.tradeoffs.records import at

BEFORE = START - dt.timedelta(days=7)
"""When the plan of the tests is approved."""


def with_baseline(store: Store, folder: Path) -> int:
    """The baseline of three items, imported a week before it begins."""
    at(store, BEFORE)
    return baselines.import_folder(store, "otto", three_items(folder), "first").id


def approved_plan(
    store: Store,
    baseline_id: int = 1,
    lots: Mapping[str, Mapping[str, int]] = LOTS,
    start: dt.date = START,
) -> int:
    """A run with the orders of `cases.orders`, approved; its files are stated, nothing is solved."""
    files = plan_files(
        certificate={
            "start": start.isoformat(), "periods": 3, "period_length_days": DAYS, "currency": "EUR",
        }
    )  # fmt: skip
    tables = {
        ORDERS: orders(lots).assign(period=0, date=start.isoformat(), probability=1.0, units=0.0, value=0.0),
        PROJECTION: files.projection,
        SEGMENTS: files.segments,
        GUARDRAILS: files.guardrails,
    }
    artifacts = {}
    for name, table in tables.items():
        text = io.StringIO()
        table.to_csv(text, index=False)
        artifacts[name] = store.artifacts.put(text.getvalue().encode())
    artifacts[SUMMARY] = store.artifacts.put(json.dumps(dict(files.certificate)).encode())
    run = add_run(store, artifacts, files.certificate, baseline_id=baseline_id)
    approve(store, "paula", run, "Go.")
    return run


def happened(
    store: Store,
    folder: Path,
    demand: Mapping[str, Sequence[tuple[float, float]]],
    stock: Mapping[str, Sequence[float]] | None = None,
    *,
    replace: bool = False,
) -> None:
    """Actuals of some periods, imported on the day after the last one.

    Parameters
    ----------
    demand : of each item, period after period, units asked for and served.
    stock : of each item, period after period, units at the end.
    """
    folder.mkdir(exist_ok=True)
    asked = [
        (item, day(period + 0.1), units, served)
        for item, by_period in demand.items()
        for period, (units, served) in enumerate(by_period)
    ]
    _write(folder / "demand.csv", ("item", "date", "units", "served_units"), asked)
    counted = [
        (item, day(period + 0.9), units)
        for item, by_period in (stock or {}).items()
        for period, units in enumerate(by_period)
    ]
    if counted:
        _write(folder / "stock.csv", ("item", "date", "units"), counted)
    at(store, day(max(len(by_period) for by_period in demand.values())))
    import_actuals(store, "anna", folder, replace=replace)


def _write(file: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
