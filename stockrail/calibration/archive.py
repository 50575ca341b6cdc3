"""Calibrations of the past: a dated folder each, with the inputs it was made of, so that the same inputs are done once."""

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stockrail.files import write_json
from stockrail.model.instance import Instance
from stockrail.model.reader import digest
from stockrail.model.schema import TABLES

RECORD = "run.json"
"""Written last: a folder without it is of a run that did not end."""

INPUTS = "inputs"

MOVING = ("items", "demand", "forecast_error", "open_orders")
"""Tables that change from week to week: stock, forecasts and open orders. The others may be old."""

HASH_LETTERS = 12


@dataclass(frozen=True)
class Run:
    """A calibration that has ended.

    Attributes
    ----------
    folder : where its files are.
    key : hash of what it was made of.
    date : the day it was made for.
    exit_code : what it ended with.
    is_complete : False where Ctrl-C ended it: then the same inputs are done again.
    """

    folder: Path
    key: str
    date: dt.date
    exit_code: int
    is_complete: bool

    @property
    def inputs(self) -> Path:
        """The instance it was made of, as it was then."""
        return run_inputs(self.folder)


def run_inputs(folder: Path) -> Path:
    """The instance that a run in a folder was made of; it need not exist."""
    inputs = folder / INPUTS
    workbooks = sorted(inputs.glob("*.xlsx"))
    return workbooks[0] if workbooks else inputs


def key_of(source: Path, options: Mapping[str, Any]) -> str:
    """Hash of an instance's files, of the options, and of the version of Stockrail."""
    record = {"instance": digest(source), "options": dict(options), "version": version("stockrail")}
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def runs(archive: Path) -> list[Run]:
    """Runs that have ended, the oldest first; folders that are none are left alone."""
    return sorted(_runs(archive), key=lambda run: (run.date, run.folder.name))


def _runs(archive: Path) -> Iterator[Run]:
    for file in archive.glob(f"*/{RECORD}"):
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            yield Run(
                file.parent,
                str(record["key"]),
                dt.date.fromisoformat(record["date"]),
                int(record["exit_code"]),
                bool(record["is_complete"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a file of somebody else with the same name


def run_of(archive: Path, key: str) -> Run | None:
    """The complete run of the same inputs, if there is one."""
    return next((run for run in runs(archive) if run.key == key and run.is_complete), None)


def last_run(archive: Path, *, until: dt.date | None = None, other_than: str | None = None) -> Run | None:
    """The latest run that wrote targets which keep the guardrails.

    Parameters
    ----------
    until : the last day that counts.
    other_than : key of inputs whose runs do not count, as they are to be done again.
    """
    done = [
        run
        for run in runs(archive)
        if (run.folder / "targets.csv").is_file()
        and (until is None or run.date <= until)
        and run.key != other_than
    ]
    return done[-1] if done else None


def begin(archive: Path, source: Path, key: str, today: dt.date) -> Path:
    """The folder of a new run, with a copy of its inputs; what an unfinished run of the same inputs left that day is removed."""
    folder = archive / f"{today.isoformat()}-{key[:HASH_LETTERS]}"
    if folder.exists():
        shutil.rmtree(folder)
    inputs = folder / INPUTS
    inputs.mkdir(parents=True)
    for file in instance_files(source):
        shutil.copy2(file, inputs / file.name)
    return folder


def discard(folder: Path) -> None:
    """Remove the folder of a run that came to nothing."""
    shutil.rmtree(folder, ignore_errors=True)


def end(
    folder: Path, key: str, today: dt.date, exit_code: int, *, is_complete: bool, more: Mapping[str, Any]
) -> Run:
    """Say that a run has ended, and how."""
    record = {
        "key": key,
        "date": today.isoformat(),
        "exit_code": exit_code,
        "is_complete": is_complete,
        "version": version("stockrail"),
        **more,
    }
    write_json(record, folder / RECORD)
    return Run(folder, key, today, exit_code, is_complete)


def instance_files(source: Path) -> list[Path]:
    """The files that an instance is read from."""
    if source.is_file():
        return [source]
    names = {"instance.yaml", *(f"{name}{suffix}" for name in TABLES for suffix in (".csv", ".parquet"))}
    return sorted(file for file in source.iterdir() if file.name in names)


def stale_because(
    instance: Instance, source: Path, today: dt.date, *, most_start_days: int, most_age_days: int
) -> list[str]:
    """Why an instance is too old, or too far ahead, to make targets of; nothing where it is not.

    Parameters
    ----------
    most_start_days : days between the start of the instance and today.
    most_age_days : days since a file of stock, forecasts or open orders (of a workbook, since the workbook) was changed.
    """
    reasons = []
    days = (instance.settings.start - today).days
    if abs(days) > most_start_days:
        side = "after" if days > 0 else "before"
        reasons.append(
            f"instance.yaml starts on {instance.settings.start}, {abs(days)} days {side} {today}; allowed: {most_start_days} days."
        )
    for file in instance_files(source):
        if source.is_dir() and file.stem not in MOVING:
            continue
        changed = dt.datetime.fromtimestamp(file.stat().st_mtime).date()
        age = (today - changed).days
        if age > most_age_days:
            reasons.append(
                f"{file.name} was last changed on {changed}, {age} days ago; allowed: {most_age_days} days."
            )
    return reasons
