"""The folder of a plan: its orders read back, and its statistical gap put beside its solver's gap."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stockrail.files import write_json
from stockrail.measures.measures import Measures
from stockrail.model.instance import Instance
from stockrail.model.reader import digest
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import cumulate
from stockrail.model.tree import IntArray
from stockrail.reports.plan_frames import PlanFrames
from stockrail.reports.report import write_report


class PlanFolderError(Exception):
    """The folder is not that of a plan of the instance. The message says what to do."""


def read_plan(folder: Path, instance: Instance) -> IntArray:
    """Cumulative lots [items, nodes] of the plan in a folder that `stockrail plan --out` wrote.

    Raises
    ------
    PlanFolderError
        There is no plan, or it is one of another instance or of another state of it.
    """
    if not (folder / "plan.json").is_file() or not (folder / "orders.csv").is_file():
        raise PlanFolderError(
            f"{folder} has no plan.json or no orders.csv: is it a folder that `stockrail plan --out` wrote?"
        )
    summary = _summary(folder)
    planned = summary.get("instance_digest")
    if planned is None or instance.source is None or digest(instance.source) != planned:
        raise PlanFolderError(
            f"The plan in {folder} was made for another instance, or the instance has changed since: plan it again with "
            f"`stockrail plan {instance.source or 'FOLDER'} --out {folder}`."
        )
    if summary.get("announced_from"):
        raise PlanFolderError(
            f"The plan in {folder} was made with orders announced in another plan, which the instance does not have. Put them into its "
            "table announced_orders, plan again, and measure that plan."
        )
    tree = build_tree(instance)
    node = {name: n for n, name in enumerate(tree.names)}
    lots = np.zeros((len(instance.items), len(tree)))
    orders = pd.read_csv(folder / "orders.csv", dtype={"item": str, "node": str})
    try:
        for row in orders[["item", "node", "lots"]].itertuples(index=False):
            lots[instance.item_index[str(row.item)], node[str(row.node)]] += float(str(row.lots))
    except (KeyError, ValueError) as error:
        raise PlanFolderError(
            f"{folder / 'orders.csv'}: {error} is no item, node or number of lots of the instance. Plan again, and leave the file as it is."
        ) from error
    return cumulate(tree, lots).astype(np.int64)


def write_beside(measures: Measures, folder: Path) -> None:
    """Write the measures into a plan's folder, and the statistical gap, where there is one, into its plan.json and report.html."""
    measures.write(folder)
    summary = _summary(folder)
    # A plan that is made later in the same folder has another moment, so it is known whose measures these are.
    write_json({**measures.record(), "plan_created": summary.get("created")}, folder / "measures.json")
    gap = measures.record()["statistical_gap"]
    summary["statistical_gap"] = summary.get("statistical_gap") if gap is None else gap
    write_json(summary, folder / "plan.json")
    frames = PlanFrames.read(lambda name: _bytes(folder / name))
    write_report(
        frames.summary,
        frames.orders,
        frames.projection,
        frames.segments,
        frames.guardrails,
        frames.guardrail_periods,
        folder / "report.html",
        checks=frames.checks,
    )


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _summary(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return summary
