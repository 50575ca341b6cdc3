"""Segments and moves on the terminal."""

import shutil
from collections.abc import Mapping

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from stockrail.commands.common import MOST_COLUMNS
from stockrail.formats import amount, percent, plural
from stockrail.segments.table import KINDS, MOVE_FILES, Kind, SegmentTable

MOST_MOVES = 20
"""Moves that the terminal lists; files have all of them."""


def segment_lines(table: SegmentTable) -> list[str]:
    """One line for each segment of items and of customers, and how many are where they are by hysteresis or by hand."""
    lines = []
    for kind in KINDS:
        if len(table.rows(kind)):
            lines += [*_summary(table, kind), *_remarks(table, kind)]
    return lines


def _summary(table: SegmentTable, kind: Kind) -> list[str]:
    shown = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    variation = ["variation"] if kind == "item" else []
    for name in ("segment", f"{kind}s", f"revenue\n{table.currency}", "share", *variation, "margin rate"):
        shown.add_column(name, justify="left" if name == "segment" else "right")
    for row in table.by_segment(kind).to_dict("records"):
        shown.add_row(
            str(row["segment"]),
            str(row["members"]),
            amount(row["revenue"]),
            percent(row["revenue_share"]),
            *("-" if pd.isna(row[name]) else f"{row[name]:.2f}" for name in variation),
            "-" if pd.isna(row["margin_rate"]) else percent(row["margin_rate"]),
        )
    width = min(shutil.get_terminal_size().columns, MOST_COLUMNS)
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(shown)
    return [line.rstrip() for line in capture.get().splitlines() if line.strip()]


def _remarks(table: SegmentTable, kind: Kind) -> list[str]:
    frame, lines = table.rows(kind), []
    if table.rules is None:
        differing = int((frame["segment"] != frame["segment_by_rules"]).sum())
        lines.append(
            f"Segments are given in {kind}s: the settings have no group segmentation. The default rules would name "
            f"{differing} of {len(frame)} {plural(len(frame), kind)} otherwise: column segment_by_rules."
        )
    held, fixed = int((frame["held_by_hysteresis"] != "").sum()), int((frame["basis"] == "fixed").sum())
    if held:
        lines.append(f"{held} {plural(held, kind)} beyond a threshold, but kept in class by hysteresis.")
    if fixed:
        lines.append(f"{fixed} {plural(fixed, kind)} in a fixed_segment, whatever the rules say.")
    return lines


def move_lines(moves: Mapping[Kind, pd.DataFrame], file: str | None = None) -> list[str]:
    """What moved and why, at most `MOST_MOVES` of each kind; `file` has the rest, by default that of the kind."""
    if not any(len(frame) for frame in moves.values()):
        return ["Nothing moved since the earlier run."]
    return [
        line
        for kind, frame in moves.items()
        if len(frame)
        for line in _moves_of(kind, frame, file or MOVE_FILES[kind])
    ]


def _moves_of(kind: Kind, moves: pd.DataFrame, file: str) -> list[str]:
    counts = {way: int((moves["kind"] == way).sum()) for way in ("moved", "added", "removed")}
    told = ", ".join(
        f"{count} {plural(count, kind)} {way}" if k == 0 else f"{count} {way}"
        for k, (way, count) in enumerate((way, count) for way, count in counts.items() if count)
    )
    lines = [f"Since the earlier run: {told}."]
    for row in moves.head(MOST_MOVES).to_dict("records"):
        way = " -> ".join(name for name in (row["before"], row["now"]) if name)
        reason = str(row["reason"])
        lines.append(f"  {row[kind]}: {way}. {reason[:1].upper()}{reason[1:]}.")
    if len(moves) > MOST_MOVES:
        lines.append(f"  and {len(moves) - MOST_MOVES} more: {file} has all, with --out.")
    return lines
