"""What pages read of runs again and again: instances and tables, kept while they are likely to be asked for again.

All of it is found by its contents, so nothing that is kept can be out of date. What is returned is shared: do not change it.
"""

import functools
import json
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import pandas as pd

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import ScenarioTree
from stockrail.workbench import baselines
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.result_tables import read_table
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import Run, Sha256

MOST_INSTANCES = 4
MOST_TABLES = 32
"""Kept at a time. A table of orders of 5,000 items has some megabytes."""

MOST_CURRENCIES = 256


def table_of(store: Store, run: Run, name: str) -> pd.DataFrame:
    """A table of a run by the name of its file, such as `orders.csv`.

    Raises
    ------
    NotFoundError
        The run has no such file.
    """
    return _table(_Asked(_digest(run, name), store), PurePath(name).suffix)


def has_file(run: Run, name: str) -> bool:
    """Whether a run has a file."""
    return name in run.artifacts


def json_of(store: Store, run: Run, name: str) -> Any:
    """What a JSON file of a run says, such as `plan.json`; raises what `table_of` raises."""
    return json.loads(store.artifacts.get(_digest(run, name)))


def instance_of_run(store: Store, run: Run) -> Instance:
    """The instance that a run planned: its baseline with its guardrails and its changes."""
    return instance_of(store, run.baseline_id, run.guardrail_version_id, list(run.overlay))


def instance_of(
    store: Store, baseline_id: int, guardrail_version_id: int | None = None, overlay: list[Any] | None = None
) -> Instance:
    """An instance of the store; `guardrail_version_id` None for the baseline's own limits."""
    key = canonical([store.name, baseline_id, guardrail_version_id, overlay or []])
    return _instance(_Asked(key, store))


def tree_of_run(store: Store, run: Run) -> ScenarioTree:
    """The scenario tree that a run planned."""
    key = canonical([store.name, run.baseline_id, run.guardrail_version_id, list(run.overlay)])
    return _tree(_Asked(key, store))


def currency_of(store: Store, baseline_id: int) -> str:
    """The currency of a baseline's money; no scenario can change it."""
    return _currency(_Asked(canonical([store.name, baseline_id]), store))


@dataclass(frozen=True)
class _Asked:
    """What is asked for; two stores that hold the same contents have the same answer."""

    key: str
    store: Store = field(compare=False)


def _digest(run: Run, name: str) -> Sha256:
    digest: Sha256 | None = run.artifacts.get(name)
    if digest is None:
        raise NotFoundError(f"Run {run.id} has no {name}: it is {run.state}.")
    return digest


@functools.lru_cache(MOST_TABLES)
def _table(asked: _Asked, suffix: str) -> pd.DataFrame:
    if suffix == ".parquet":
        return asked.store.artifacts.frame(asked.key)
    return read_table(asked.store.artifacts.get(asked.key))


@functools.lru_cache(MOST_CURRENCIES)
def _currency(asked: _Asked) -> str:
    _, baseline_id = json.loads(asked.key)
    return baselines.currency_of(asked.store, baseline_id)


@functools.lru_cache(MOST_INSTANCES)
def _instance(asked: _Asked) -> Instance:
    _, baseline_id, guardrail_version_id, overlay = json.loads(asked.key)
    return baselines.instance(
        asked.store, baseline_id, guardrail_version=guardrail_version_id, overlay=overlay
    )


@functools.lru_cache(MOST_INSTANCES)
def _tree(asked: _Asked) -> ScenarioTree:
    return build_tree(_instance(asked))
