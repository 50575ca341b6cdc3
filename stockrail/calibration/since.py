"""The last calibration: its targets, where nothing newer is known of today's, and what moved between segments since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stockrail.calibration.archive import run_inputs
from stockrail.calibration.finding import listed
from stockrail.calibration.targets import BROKEN_TARGETS, TARGETS
from stockrail.model.instance import Instance
from stockrail.model.policy import Policy
from stockrail.model.reader import load
from stockrail.segments.history import HistoryError, read_history
from stockrail.segments.moves import all_moves
from stockrail.segments.table import JSON_NAME, Kind, SegmentTable

FOLLOWED = ("safety_stock_units", "cover_periods", "review_periods")
"""Columns of `targets.csv` that say what the ERP follows."""

FACTORS = ("safety_factor", "cover_periods", "review_periods")
"""Columns of `segments.csv` that say what an item launched since would have followed."""

WAYS = ("moved", "added", "removed")


@dataclass(frozen=True)
class LastRun:
    """An earlier run, as far as it was kept.

    Attributes
    ----------
    path : where it is.
    segments : which item, and which customer where that is known, was in which segment.
    targets : rows of its `targets.csv` by item with the columns `FOLLOWED`; None where it is no calibration, or its targets break
        guardrails, so that no ERP follows them.
    by_segment : rows of its `segments.csv` by segment with the columns `FACTORS`; without rows where there is none.
    period_length_days : None where it is not known.
    """

    path: Path
    segments: SegmentTable
    targets: pd.DataFrame | None = None
    by_segment: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(FACTORS)))
    period_length_days: int | None = None

    def policy(self, instance: Instance) -> tuple[Policy | None, str]:
        """What the ERP does today if it follows these targets, and a sentence that says so, or why it cannot be said.

        An item launched since follows what its segment was given then.
        """
        if self.targets is None:
            return None, f"{self.path} has no {TARGETS} that could stand for today's targets."
        if self.period_length_days not in (None, instance.settings.period_length_days):
            return None, (
                f"Targets of {self.path} are for periods of {self.period_length_days} days, so that they are not comparable."
            )
        names = [row.item for row in instance.items]
        launched = [name for name in names if name not in self.targets.index]
        orphans = [
            row.item
            for row in instance.items
            if row.item not in self.targets.index and row.segment not in self.by_segment.index
        ]
        if orphans:
            return None, (
                f"{self.path / TARGETS} cannot stand for today's targets: it lacks {listed(tuple(orphans))}, and the segment "
                "they are in had no option then. Add the table current_targets."
            )
        units, cover, review = (self.targets[name].reindex(names).to_numpy(np.float64) for name in FOLLOWED)
        is_launched = np.isin(names, launched)
        factors = self.by_segment.reindex([row.segment for row in instance.items])
        factor, its_cover, its_review = (factors[name].to_numpy(np.float64) for name in FACTORS)
        policy = Policy(
            np.where(is_launched, factor, np.nan),
            units,
            np.where(is_launched, its_cover, cover),
            np.where(is_launched, its_review, review).astype(np.int64),
        )
        said = f"Today's targets are those of {self.path / TARGETS}: there is no table current_targets."
        if launched:
            said += (
                f" It lacks {listed(tuple(launched))}, launched since: for them it is what their segment had."
            )
        return policy, said


@dataclass(frozen=True)
class Compared:
    """What a calibration is compared with.

    Attributes
    ----------
    policy : what the ERP does today; None where that is not known.
    source : "current_targets", or the file whose targets stand for today's; None where there is none.
    note : a sentence on the source where it is not the instance, or why there is none; may be blank.
    segments : those of the present instance.
    moves : by kind, see `segment_moves`; None where there is no earlier run.
    run : the earlier run; None where there is none.
    """

    policy: Policy | None
    source: str | None
    note: str
    segments: SegmentTable
    moves: Mapping[Kind, pd.DataFrame] | None = None
    run: Path | None = None

    @staticmethod
    def of(instance: Instance, last: LastRun | None) -> "Compared":
        """Compare with the instance's own table, else with the last run's targets; segments with the last run's.

        Raises
        ------
        InstanceError
            `current_targets` has rows, but not for every item.
        """
        policy, source, note = None, None, ""
        if instance.current_targets:
            policy, source = Policy.current(instance), "current_targets"
        elif last is not None:
            policy, note = last.policy(instance)
            source = None if policy is None else str(last.path / TARGETS)
        segments = SegmentTable.of(instance)
        if last is None:
            return Compared(policy, source, note, segments)
        return Compared(policy, source, note, segments, all_moves(last.segments, segments), last.path)

    @property
    def segment_moves(self) -> pd.DataFrame:
        """Columns of (item or customer), name, before, now, kind ("moved", "added", "removed"), reason; no rows without a run."""
        frames = [
            frame.rename(columns={kind: "name"}).assign(of=kind) for kind, frame in (self.moves or {}).items()
        ]
        columns = ["of", "name", "before", "now", "kind", "reason"]
        rows = [row for frame in frames for row in frame[columns].to_numpy().tolist()]
        return pd.DataFrame(rows, columns=columns)

    def record(self) -> dict[str, Any]:
        """For the certificate: where today's targets are from, the earlier run, and how many moved."""
        counts = None
        if self.moves is not None:
            counts = {
                kind: {way: int((frame["kind"] == way).sum()) for way in WAYS}
                for kind, frame in self.moves.items()
            }
        return {
            "current_targets_from": self.source,
            "since": None if self.run is None else str(self.run),
            "segment_moves": counts,
        }


def read_last_run(path: Path) -> LastRun:
    """Read an earlier run.

    Parameters
    ----------
    path : a folder that `stockrail calibrate --out` or `scripts/quarterly_calibration.py` wrote. Segments alone are also read from what
        `stockrail segment --since` takes.

    Raises
    ------
    HistoryError
        There is nothing of the kind, or its rows are not valid.
    InstanceError
        It has an instance that cannot be read.
    """
    targets = path / TARGETS
    inputs = run_inputs(path)
    if (path / JSON_NAME).is_file():
        segments = read_history(path)
    elif inputs.exists():
        segments = SegmentTable.of(load(inputs))
    else:
        tables = [file for file in (targets, path / BROKEN_TARGETS) if file.is_file()]
        segments = read_history(tables[0] if tables else path)
    if not targets.is_file():
        return LastRun(path, segments)
    by_segment = path / "segments.csv"
    return LastRun(
        path,
        segments,
        _numbers(targets, "item", FOLLOWED),
        _numbers(by_segment, "segment", FACTORS)
        if by_segment.is_file()
        else pd.DataFrame(columns=list(FACTORS)),
        _period_length(path / "calibration.json"),
    )


def _numbers(path: Path, key: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Some columns of a table by its key, all of them numbers."""
    try:
        texts = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path} is no CSV file in UTF-8 with commas: {error}") from error
    missing = [name for name in (key, *columns) if name not in texts]
    if missing:
        raise HistoryError(
            f"{path}: missing column {' and '.join(missing)}; expected those that calibrate writes."
        )
    numbers = texts[list(columns)].apply(pd.to_numeric, errors="coerce")
    problems = [
        f"row {row + 2}, column {name}: found {texts[name].iloc[row]!r}; allowed: a number"
        for name in columns
        for row in np.flatnonzero(~np.isfinite(numbers[name].to_numpy(np.float64)))
    ]
    problems += [
        f"row {row + 2}, column {key}: found {texts[key].iloc[row]!r}; allowed: each {key} once"
        for row in np.flatnonzero(texts[key].duplicated())
    ]
    if problems:
        raise HistoryError("\n".join([f"{path} cannot be read:", *(f"  {line}" for line in problems)]))
    return pd.DataFrame(numbers.to_numpy(np.float64), index=pd.Index(texts[key]), columns=list(columns))


def _period_length(path: Path) -> int | None:
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["period_length_days"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
