"""What a person sees of explained inventory on a terminal: stock by purpose, and what each driver adds."""

import pandas as pd
from rich import box
from rich.table import Table

from stockrail.finance.finance_display import as_lines
from stockrail.formats import amount, finite, percent
from stockrail.inventory.explained import INTERACTION, JUST_IN_CASE, TOTAL, InventoryExplained
from stockrail.inventory.inventory_split import PURPOSES
from stockrail.measures.statistical_gap import not_computed_sentence

HEADLINES = ("stock_value", "safety_stock_value", "expedite", "stockout", "lost_margin", "expected_margin")
"""Measures that are shown; all of them are in the files."""

NAMES = {INTERACTION: "Together only", TOTAL: "All of them", JUST_IN_CASE: "Just in case"}


def inventory_lines(result: InventoryExplained) -> list[str]:
    """The tables as lines of text, which begin with a blank, with sentences around them."""
    lines = [f"Stock by purpose, mean of all periods, in {result.currency}:", *_purposes(result)]
    if result.bias_share:
        direction = "below" if result.bias_share < 0 else "above"
        share = percent(abs(result.bias_share))
        lines.append(f"Demand comes in {share} {direction} the forecast that the plan is made on.")
    lines += [f"What each driver adds, in {result.currency} (margin: over the horizon):", *_drivers(result)]
    lines += notes(result)
    return lines


def purposes_table(result: InventoryExplained) -> pd.DataFrame:
    """Mean value by segment and purpose, and of all: segment, one column per purpose, stock, share of all stock."""
    names = [*(f"{purpose}_value" for purpose in PURPOSES), "stock_value"]
    periods = result.by_segment["period"].nunique()
    frame = result.by_segment.groupby("segment", sort=False)[names].sum() / periods
    frame.loc["(all)"] = frame.sum()
    all_stock = float(frame["stock_value"].iloc[-1])
    frame["share"] = frame["stock_value"] / all_stock if all_stock > 0 else float("nan")
    return frame.reset_index()


def driver_rows(result: InventoryExplained) -> list[tuple[str, str, list[float]]]:
    """Key, name and effects on `HEADLINES` of each driver, of the interaction, and of all at once; then of just in case."""
    words = {str(row["driver"]): str(row["words"]) for row in result.solves.to_dict("records")} | NAMES
    keys = list(dict.fromkeys(result.drivers["driver"]))
    if len(result.just_in_case):
        keys.append(JUST_IN_CASE)
    return [(key, words[key], [result.effect(key, measure) for measure in HEADLINES]) for key in keys]


def notes(result: InventoryExplained) -> list[str]:
    """What to know when reading the effects."""
    found = []
    solves = result.solves[result.solves["is_here"]]
    within = [str(row["words"]) for row in solves.to_dict("records") if row["is_margin_within_gap"]]
    if within:
        found.append(f"Within the solver's gap, so the margin says nothing: {', '.join(within)}.")
    for row in solves.to_dict("records"):
        if row["status"] not in {"proven", "feasible"}:
            found.append(f"{row['words']}: {row['status']}. {row['reason']}".strip())
    away = result.solves[~result.solves["is_here"]]["words"]
    if len(away):
        found.append(f"Not in this instance: {', '.join(away)}.")
    gaps = [row["gap"] for row in solves.to_dict("records") if finite(row["gap"]) is not None]
    if gaps:
        found.append(f"Solver's gap: each plan has its own, the largest is {percent(max(gaps), 3)}.")
    return [*found, not_computed_sentence()]


def _purposes(result: InventoryExplained) -> list[str]:
    table = _table("segment", *PURPOSES, "stock", "share")
    for row in purposes_table(result).to_dict("records"):
        if row["segment"] == "(all)":
            table.add_section()
        values = [amount(row[f"{name}_value"]) for name in (*PURPOSES, "stock")]
        table.add_row(str(row["segment"]), *values, percent(row["share"], 0))
    return as_lines(table)


def _drivers(result: InventoryExplained) -> list[str]:
    table = _table(
        "driver", "stock", "safety\nstock", "expe-\nditing", "stock-\nouts", "lost\nmargin", "margin"
    )
    for key, name, effects in driver_rows(result):
        if key in {TOTAL, JUST_IN_CASE}:
            table.add_section()
        table.add_row(name, *(amount(value) for value in effects))
    return as_lines(table)


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    for k, name in enumerate(names):
        table.add_column(name, justify="right" if k else "left", no_wrap=True)
    return table
