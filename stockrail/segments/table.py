"""Segments of items and customers as data frames and as files: what each is in, and the numbers that decided it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from stockrail.files import write_csv, write_json
from stockrail.model.customer_segmentation import CustomerSegmentation, customer_segmentation
from stockrail.model.instance import Instance
from stockrail.model.schema import Customer, Item
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.segmentation import CLASSES, Segmentation, segmentation

Kind = Literal["item", "customer"]
"""What is in a segment."""

KINDS: tuple[Kind, ...] = ("item", "customer")

JSON_NAME = "segmentation.json"
"""The file of a run's folder that has everything."""

SEGMENT_FILES: dict[Kind, str] = {"item": "item_segments.csv", "customer": "customer_segments.csv"}
MOVE_FILES: dict[Kind, str] = {"item": "item_moves.csv", "customer": "customer_moves.csv"}
"""The files for people, by what they list."""


@dataclass(frozen=True)
class SegmentTable:
    """The segments of one run.

    Attributes
    ----------
    items : item, description, segment, basis, segment_by_rules, revenue, revenue_share, revenue_share_before, abc, variation,
        xyz, margin_rate, margin, strategic, life_cycle, launch_date, end_date, held_by_hysteresis; one row per item.
        `revenue` is in money, shares, variation and rates are fractions, NaN where there is none.
    customers : the same by customer, without variation and xyz; no rows where no customers are given.
    rules : None where segments are given outright, or not known.
    knows_customers : whether no rows mean no customers, rather than that nothing was kept of them.
    """

    items: pd.DataFrame
    rules: SegmentationRules | None
    customers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["customer", "segment"]))
    currency: str = ""
    instance_name: str = ""
    start: str = ""
    knows_customers: bool = True

    @staticmethod
    def of(instance: Instance) -> "SegmentTable":
        """The segments of an instance, as loaded."""
        settings = instance.settings
        items = _frame("item", [row.item for row in instance.items], instance.items, segmentation(instance))
        names = [row.customer for row in instance.customers]
        customers = _frame("customer", names, instance.customers, customer_segmentation(instance))
        return SegmentTable(
            items,
            settings.segmentation,
            customers,
            currency=settings.currency,
            instance_name=settings.name,
            start=settings.start.isoformat(),
        )

    def rows(self, kind: Kind) -> pd.DataFrame:
        """The frame of items or of customers."""
        return self.items if kind == "item" else self.customers

    def by_segment(self, kind: Kind) -> pd.DataFrame:
        """Columns segment, members, revenue, revenue_share, variation (of items only), margin_rate; in order of names.

        Shares are of all revenue listed; variation and margin rate are means of the members, weighted by revenue.
        """
        frame = self.rows(kind)
        total = float(frame["revenue"].sum())
        rows = []
        for name, members in frame.groupby("segment", sort=True):
            revenue = float(members["revenue"].sum())
            rows.append(
                {
                    "segment": name,
                    "members": len(members),
                    "revenue": revenue,
                    "revenue_share": revenue / total if total > 0 else float("nan"),
                    "margin_rate": _weighted(members["margin_rate"], members["revenue"]),
                }
            )
            if kind == "item":
                rows[-1]["variation"] = _weighted(members["variation"], members["revenue"])
        return pd.DataFrame(rows)

    def write(self, folder: Path, moves: Mapping[Kind, pd.DataFrame] | None) -> None:
        """Write `JSON_NAME` and the CSV files; those of moves only where there was an earlier run."""
        self.write_json(folder, moves)
        for kind in KINDS:
            frame = self.rows(kind)
            moved = None if moves is None else moves.get(kind)
            is_shown = kind == "item" or len(frame) > 0
            _write_or_remove(frame if is_shown else None, folder / SEGMENT_FILES[kind])
            _write_or_remove(moved if is_shown else None, folder / MOVE_FILES[kind])

    def write_json(self, folder: Path, moves: Mapping[Kind, pd.DataFrame] | None) -> None:
        """Write `JSON_NAME` alone: what a later run needs to say what moved."""
        folder.mkdir(parents=True, exist_ok=True)
        record: dict[str, Any] = {
            "instance_name": self.instance_name,
            "currency": self.currency,
            "start": self.start,
            "rules": None if self.rules is None else self.rules.model_dump(mode="json"),
        }
        for kind in KINDS:
            record[f"{kind}s"] = self.rows(kind).to_dict("records")
            moved = None if moves is None else moves.get(kind)
            record[f"{kind}_moves"] = None if moved is None else moved.to_dict("records")
        write_json(record, folder / JSON_NAME)


def _frame(
    kind: Kind,
    names: Sequence[str],
    rows: Sequence[Item] | Sequence[Customer],
    found: Segmentation | CustomerSegmentation,
) -> pd.DataFrame:
    total = float(found.revenue.sum())
    columns: dict[str, object] = {
        kind: names,
        "description": [row.description for row in rows],
        "segment": found.segment,
        "basis": found.basis,
        "segment_by_rules": found.by_rules,
        "revenue": found.revenue,
        "revenue_share": found.revenue / total if total > 0 else np.full(len(rows), np.nan),
        "revenue_share_before": found.revenue_share_before,
        "abc": found.classes["abc"],
    }
    if isinstance(found, Segmentation):
        columns |= {"variation": found.variation, "xyz": found.classes["xyz"]}
    columns |= {
        "margin_rate": found.margin_rate,
        "margin": found.classes["margin"],
        "strategic": found.classes["strategic"],
        "life_cycle": found.classes["life_cycle"],
        "launch_date": [_iso(row.launch_date) for row in rows],
        "end_date": [_iso(row.end_date) for row in rows],
        "held_by_hysteresis": [
            ", ".join(name for name in CLASSES if name in found.held and found.held[name][k])
            for k in range(len(rows))
        ],
    }
    return pd.DataFrame(columns)


def _write_or_remove(frame: pd.DataFrame | None, path: Path) -> None:
    """Write a table, or remove the one that an earlier run left there."""
    if frame is None:
        path.unlink(missing_ok=True)
    else:
        write_csv(frame, path)


def _iso(day: object) -> str:
    return "" if day is None else str(day)


def _weighted(values: "pd.Series[float]", weights: "pd.Series[float]") -> float:
    numbers, mass = values.to_numpy(dtype=np.float64), weights.to_numpy(dtype=np.float64)
    counts = np.isfinite(numbers) & (mass > 0)
    return float(numbers[counts] @ mass[counts] / mass[counts].sum()) if counts.any() else float("nan")
