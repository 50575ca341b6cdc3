"""The web workbench on the instance of a distributor: how soon pages can be used, what visitors and time cost the service.

    python -m benchmarks.web [--loads 500] [--polling-seconds 30] [--items 5000] [--only-polling] [--out rows.json]

A real `stockrail serve` and a real Chromium, on one machine. A page counts as interactive when its load event has ended and its grid
shows rows. Memory is what the system says of the service's process after many pages, and after as many again. Polling is 20 visitors
who each ask every second how a run goes that goes. Cancelling is timed from the request to its answer, with the run ended.
"""

import argparse
import json
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.web_service import Service, add_tokens, processor_seconds, resident_megabytes
from stockrail.generation import generate
from stockrail.model import write
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.queue import advance
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.runs.watch import wait
from stockrail.workbench.store import Store

DISTRIBUTOR = Path(__file__).resolve().parents[1] / "instances" / "distributor"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WHO = "otto"
VISITORS = 20
REPEATS = 5


def prepared(folder: Path, items: int) -> dict[str, str]:
    """A store with a finished plan and a finished calibration of the distributor, and a baseline of many items.

    Returns the addresses of pages by their names.
    """
    with Store.create(folder) as store:
        add_tokens(store, WHO)
        with tempfile.TemporaryDirectory() as name:
            write(generate(items, 13, (3, 3), 1), Path(name))
            many = baselines.import_folder(store, WHO, name, f"{items} items.")
        scenarios.save(store, WHO, "many items", [], scenarios.NEW, many.id)
        # The latest baseline is the one that pages show: that is the distributor's.
        latest = baselines.import_folder(store, WHO, DISTRIBUTOR, "The distributor.")
        more = [{"table": "demand", "column": "mean_units", "multiply": 1.1}]
        scenarios.save(store, WHO, "more demand", more, scenarios.NEW, latest.id)
        runs = [submit(store, WHO, "plan", latest.id), submit(store, WHO, "calibrate", latest.id)]
        for run in runs:
            advance(store)
            ended = wait(store, run.id)
            assert ended.state == "finished", ended.error
        item = baselines.instance(store, latest.id).items[0].item
    plan, calibration = (run.id for run in runs)
    return {
        "Home": "/",
        "Baselines": "/baselines",
        "Baseline": f"/baselines/{latest.id}",
        "Scenario": "/scenarios/more demand",
        "Guardrails": "/guardrails",
        "Runs": "/runs",
        "Run": f"/runs/{plan}",
        "Plan": f"/runs/{plan}/plan",
        "Segments": f"/runs/{plan}/segments",
        "Item": f"/runs/{plan}/items/{item}",
        "Compare": "/compare",
        "Frontier and tornado": "/tradeoffs",
        "Calibration": f"/calibrations/{calibration}",
        "Scorecard": "/scorecard",
        "Root cause": "/root-cause",
        "People": "/people",
        "Audit": "/audit",
    }


def milliseconds_until_interactive(page: Page, path: str) -> float:
    """From the click on a link until the page can be used."""
    began = time.perf_counter()
    answer = page.goto(path, wait_until="load")
    assert answer is not None and answer.ok, (path, answer and answer.status)
    page.locator("main h1").wait_for()
    for grid in page.locator("[data-grid]:visible").all():
        grid.locator("[role=row]").nth(1).wait_for()
    return 1000 * (time.perf_counter() - began)


def pages_row(page: Page, paths: dict[str, str]) -> Iterator[dict[str, Any]]:
    """How soon each page can be used: the first time, and the median of later ones."""
    for name, path in paths.items():
        first = milliseconds_until_interactive(page, path)
        later = statistics.median(milliseconds_until_interactive(page, path) for _ in range(REPEATS))
        yield {"measure": f"page {name}, ms until interactive", "first": round(first), "median": round(later)}


def grid_row(page: Page, items: int) -> dict[str, Any]:
    """The grid of many items: rows there, and its end reached."""
    loads = [
        milliseconds_until_interactive(page, "/scenarios/many items?table=items") for _ in range(REPEATS)
    ]
    grid = page.locator("[data-grid]").first
    drawn = grid.locator("[role=row][row-index]").count()

    def took(action: Callable[[], object]) -> float:
        began = time.perf_counter()
        action()
        return round(1000 * (time.perf_counter() - began))

    def to_the_end() -> None:
        grid.locator("[role=gridcell]").first.click()
        page.keyboard.press("Control+End")
        grid.locator(f"[role=row][row-index='{items - 1}']").first.wait_for()

    return {
        "measure": f"grid of {items} items, ms",
        "until interactive": round(statistics.median(loads)),
        "rows drawn": drawn,
        "to the last row": took(to_the_end),
    }


def memory_row(service: Service, client: httpx2.Client, paths: dict[str, str], loads: int) -> dict[str, Any]:
    """Memory after some rounds of all pages, and after many more."""

    def load(count: int) -> None:
        for number in range(count):
            path = list(paths.values())[number % len(paths)]
            client.get(path).raise_for_status()

    load(max(100, loads // 5))
    before = resident_megabytes(service.pid)
    began = time.perf_counter()
    load(loads)
    seconds = time.perf_counter() - began
    after = resident_megabytes(service.pid)
    return {
        "measure": f"memory over {loads} page loads, MB",
        "before": round(before),
        "after": round(after),
        "loads per second": round(loads / seconds, 1),
    }


@contextmanager
def going_run(folder: Path) -> Iterator[int]:
    """A run of the distributor that goes for minutes if nobody cancels it: to the last cent, with all prices and checks."""
    with Store.open(folder) as store:
        options = {"gap": 0.0, "time_limit": 600, "prices": "by period", "checks": True}
        latest = baselines.latest(store)
        assert latest is not None
        run = submit(store, WHO, "plan", latest.id, options=options)
        advance(store)
        while (get(store, run.id).progress or {}).get("incumbent") is None:
            time.sleep(0.2)
        yield run.id


def asked_next(html: str, path: str) -> str:
    """What the page asks for next: it says what it shows already. The same again where nothing has changed."""
    found = re.search(r'hx-get="(/runs/\d+/progress[^"]*)"', html)
    return path if found is None else unescape(found.group(1))


def polling_row(service: Service, folder: Path, client: httpx2.Client, seconds: float) -> dict[str, Any]:
    """What 20 visitors cost who look at a run that goes, and how long cancelling it takes."""
    with going_run(folder) as run_id:
        until = time.monotonic() + seconds
        answers: list[int] = []

        def look() -> None:
            with service.client() as mine:
                path = asked_next(mine.get(f"/runs/{run_id}").text, "")
                while time.monotonic() < until:
                    began = time.monotonic()
                    answer = mine.get(path)
                    answers.append(answer.status_code)
                    path = asked_next(answer.text, path)
                    time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))

        used, began = processor_seconds(service.pid), time.monotonic()
        visitors = [threading.Thread(target=look) for _ in range(VISITORS)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        share = (processor_seconds(service.pid) - used) / (time.monotonic() - began)
        assert set(answers) <= {200, 204}, set(answers)
        nothing_new = answers.count(204) / len(answers)
        seen = client.get(f"/api/runs/{run_id}").json()["seen"]
        began = time.monotonic()
        client.post(f"/api/runs/{run_id}/cancel", json={"seen": seen}).raise_for_status()
        cancelled = time.monotonic() - began
        state = client.get(f"/api/runs/{run_id}").json()["run"]["state"]
    return {
        "measure": f"{VISITORS} visitors polling each second",
        "share of a core": round(share, 3),
        "answers": len(answers),
        "share with nothing new": round(nothing_new, 2),
        "cancel answered after s": round(cancelled, 2),
        "run then": state,
    }


def main() -> None:
    """Measure, print a line for each measure, and write them where asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--loads", type=int, default=500)
    parser.add_argument("--polling-seconds", type=float, default=30.0)
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--only-polling", action="store_true")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows: list[dict[str, Any]] = []

    def keep(row: dict[str, Any]) -> None:
        rows.append(row)
        print(json.dumps(row), flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store"
        paths = prepared(folder, chosen.items)
        with Service(folder, WHO) as service, service.client() as client, sync_playwright() as playwright:
            browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
            page = browser.new_context(
                base_url=service.address, extra_http_headers=service.headers
            ).new_page()
            if not chosen.only_polling:
                for row in pages_row(page, paths):
                    keep(row)
                keep(grid_row(page, chosen.items))
                keep(memory_row(service, client, paths, chosen.loads))
            browser.close()
            keep(polling_row(service, folder, client, chosen.polling_seconds))
    if chosen.out is not None:
        chosen.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
