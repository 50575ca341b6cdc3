"""Published instances: made anew from a seed, told apart by a hash of their contents, plans checked by the independent checker.

The manifest and the rules are in instances/library. Nothing here depends on the engine, so that an instance and the value of a
plan are the same whoever solves it.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from stockrail.model.draft import Draft
from stockrail.model.generator import generate
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Guardrail
from stockrail.verification.in_parts import CheckInParts, Valued

GENERATOR_VERSION = 1
"""Raised where the same seed makes other contents; entries of an older version are then closed."""

PERIODS, WIDTH = 26, 3
"""Half a year of weeks; three branches at each branching."""

INVENTORY_CAP = "inventory-cap"


@dataclass(frozen=True)
class Recipe:
    """What an instance is made of.

    Attributes
    ----------
    items : number of items.
    scenarios : a power of three, at least 3: as many branchings of three, over the first half of the horizon.
    seed : of the generator.
    has_forecast_error : whether demand is uncertain given the node as well (`forecast_error.csv`).
    cap_periods : the guardrail, inventory value in every scenario, in periods of mean demand at `unit_value`.
    """

    items: int
    scenarios: int
    seed: int
    has_forecast_error: bool
    cap_periods: float

    @property
    def branchings(self) -> tuple[int, ...]:
        """Children at each branching.

        Raises
        ------
        ValueError
            The number of scenarios is not a power of three.
        """
        count = round(np.log(self.scenarios) / np.log(WIDTH)) if self.scenarios >= WIDTH else 0
        if prod([WIDTH] * count) != self.scenarios or count == 0:
            raise ValueError(f"Expected 3, 9, 27, 81, 243, 729 ... scenarios, got {self.scenarios}.")
        return (WIDTH,) * count

    @property
    def name(self) -> str:
        """Items, scenarios and, where there is none, forecast error: "10-27", "10-27-certain"."""
        return f"{self.items}-{self.scenarios}" + ("" if self.has_forecast_error else "-certain")

    def make(self) -> Instance:
        """Make the instance."""
        made = generate(self.items, PERIODS, self.branchings, self.seed, name=self.name)
        if not self.has_forecast_error:
            made = replace(made, sigma=np.zeros_like(made.sigma))
        landed = made.landed_rate
        period_value = float(made.item_column("unit_cost") * landed @ made.mean_demand.mean(axis=1))
        cap = Guardrail(
            guardrail=INVENTORY_CAP,
            metric="inventory_value",
            scope="all",
            first_period=0,
            last_period=PERIODS - 1,
            lower=None,
            upper=round(self.cap_periods * period_value, 2),
            holds="every scenario",
            soft_price=None,
            owner="finance",
        )
        return replace(made, guardrails=(cap,))


@dataclass(frozen=True)
class Entry:
    """A row of the manifest: the recipe, its contents' hash, and the best that is known. Money is in EUR.

    Attributes
    ----------
    content_sha256 : blank where the instance is too large to be made for the manifest.
    best_bound, best_objective : of the objective (docs/formulation.md, section 5); None where none is known.
    gap : `(best_bound - best_objective) / max(|best_objective|, 1)`.
    plan : file of the best plan beside the manifest, blank where it is too large to be kept.
    """

    name: str
    status: str
    items: int
    periods: int
    scenarios: int
    forecast_error: bool
    guardrails: str
    cap_periods: float
    seed: int
    generator_version: int
    content_sha256: str
    best_bound: float | None
    best_objective: float | None
    gap: float | None
    date: str
    plan: str

    @property
    def recipe(self) -> Recipe:
        """What it is made of."""
        return Recipe(self.items, self.scenarios, self.seed, self.forecast_error, self.cap_periods)


def read_manifest(path: Path) -> list[Entry]:
    """Read the entries; blank is None."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_entry(row) for row in csv.DictReader(file)]


def write_manifest(entries: list[Entry], path: Path) -> None:
    """Write the entries."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Entry)], lineterminator="\n")
        writer.writeheader()
        for entry in entries:
            writer.writerow({name: _text(value) for name, value in asdict(entry).items()})


def content_sha256(instance: Instance) -> str:
    """SHA-256 of everything an instance states that is not a default, so that new columns of the format change nothing."""
    draft = Draft.of(instance)
    contents = {
        "settings": instance.settings.model_dump(mode="json", exclude_defaults=True),
        **{
            name: [row.model_dump(mode="json", exclude_defaults=True) for row in rows]
            for name, rows in draft.rows.items()
            if rows
        },
    }
    text = json.dumps(contents, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def check_orders(instance: Instance, path: Path, items_at_once: int = 1000) -> Valued:
    """Value a table of orders with columns `item`, `node` and `lots` by the independent checker.

    Parameters
    ----------
    items_at_once : more items are checked in parts of so many, each from a table of its own, so that memory stays bounded.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    check = CheckInParts(instance, build_tree(instance))
    items = np.arange(len(instance.items))
    if len(items) <= items_at_once:
        check.add(check.part(items).check(path))
        return check.value()
    orders = pd.read_csv(path, dtype=str, keep_default_na=False)
    position = {row.item: i for i, row in enumerate(instance.items)}
    # A row of an item that is not there goes with the first part, whose check says so.
    part = orders["item"].map(position).fillna(0).to_numpy(dtype=np.int64) // items_at_once
    with TemporaryDirectory() as temporary:
        file = Path(temporary) / "orders.csv"
        for number in range(-(-len(items) // items_at_once)):
            orders[part == number].to_csv(file, index=False)
            members = items[number * items_at_once : (number + 1) * items_at_once]
            check.add(check.part(members).check(file))
    return check.value()


def _entry(row: dict[str, str]) -> Entry:
    def amount(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    return Entry(
        name=row["name"],
        status=row["status"],
        items=int(row["items"]),
        periods=int(row["periods"]),
        scenarios=int(row["scenarios"]),
        forecast_error=row["forecast_error"] == "yes",
        guardrails=row["guardrails"],
        cap_periods=float(row["cap_periods"]),
        seed=int(row["seed"]),
        generator_version=int(row["generator_version"]),
        content_sha256=row["content_sha256"],
        best_bound=amount("best_bound"),
        best_objective=amount("best_objective"),
        gap=amount("gap"),
        date=row["date"],
        plan=row["plan"],
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def each_order(orders: Any) -> Iterator[tuple[str, str, int]]:
    """Item, node and lots of each row of a plan's `orders` frame."""
    yield from zip(orders["item"], orders["node"], orders["lots"].astype(int), strict=True)
