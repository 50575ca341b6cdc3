"""A long run on disk, so that it can go on after it was stopped.

Kept are the prices that were asked, what the answers cost and use, and the best choice. Plans are made again from their prices
where they are needed, so a checkpoint is small however many items there are.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from stockrail.model.tree import Array
from stockrail.solvers.blocks.item_block import Asked, Chosen
from stockrail.solvers.blocks.recovery import Selection
from stockrail.solvers.blocks.shared import Answer, SharedPool
from stockrail.solvers.blocks.split import Split
from stockrail.solvers.result import BlocksError


@dataclass(frozen=True)
class Known:
    """What an earlier run found.

    Attributes
    ----------
    first_number : of its answers.
    start : prices that it began with.
    """

    first_number: int
    start: tuple[Array, ...]
    answers: tuple[Answer, ...]
    best: Selection | None


def key_of(split: Split, seed: int) -> str:
    """What a checkpoint belongs to: the same instance in the same blocks, and the same seed.

    Every field counts, so that one that is added later does too; where the instance was read from does not.
    """
    digest = hashlib.sha256(str(seed).encode())
    for source in split.sources:
        for part in fields(source):
            if part.name != "instance":
                _add(digest, getattr(source, part.name))
        for part in fields(source.instance):
            if part.name != "source":
                _add(digest, getattr(source.instance, part.name))
    for part in fields(split.frame.tree):
        _add(digest, getattr(split.frame.tree, part.name))
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", value: object) -> None:
    is_array = isinstance(value, np.ndarray)
    digest.update(np.ascontiguousarray(value).tobytes() if is_array else repr(value).encode())


def save(path: Path, key: str, pool: SharedPool, start: Sequence[Array], best: Selection | None) -> None:
    """Write a checkpoint; a run that is killed meanwhile leaves the one before."""
    answers = pool.answers
    rows = answers[0].usage.shape[1]
    nothing = np.zeros(rows)
    parts = {
        "key": np.array(key),
        "first_number": np.array(pool.next_number - len(answers)),
        "start": np.array(start).reshape(len(start), rows),
        "has_prices": np.array([one.asked.prices is not None for one in answers]),
        "prices": np.array([nothing if one.asked.prices is None else one.asked.prices for one in answers]),
        "least": np.array([one.least for one in answers]),
        "cost": np.array([one.cost for one in answers]),
        "usage": np.array([one.usage for one in answers]),
    }
    if best is not None:
        parts |= {
            "best_asked": np.array([asked.number for asked in best.asked]),
            "best_items": np.array([len(chosen.choice) for chosen in best.chosen]),
            "best_choice": np.concatenate([chosen.choice for chosen in best.chosen]),
            "best_cost": np.array([chosen.cost for chosen in best.chosen]),
            "best_usage": np.array([chosen.usage for chosen in best.chosen]),
        }
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        np.savez(file, **parts)  # type: ignore[arg-type]
    os.replace(beside, path)


def load(path: Path, key: str) -> Known | None:
    """Read a checkpoint; None where there is none.

    Raises
    ------
    BlocksError
        If it belongs to something else.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        found = str(parts["key"])
    except (ValueError, KeyError, OSError) as error:
        raise BlocksError(
            f"{path} cannot be read as a checkpoint: delete it, or name another file."
        ) from error
    if found != key:
        raise BlocksError(
            f"{path} belongs to another instance, seed or version of the data: delete it, or name another file."
        )
    first = int(parts["first_number"])
    answers = tuple(
        Answer(
            Asked(first + k, parts["prices"][k] if parts["has_prices"][k] else None),
            float(parts["least"][k]),
            parts["cost"][k],
            parts["usage"][k],
        )
        for k in range(len(parts["least"]))
    )
    best = None
    if "best_asked" in parts:
        ends = np.cumsum(parts["best_items"])[:-1]
        chosen = zip(
            np.split(parts["best_choice"], ends), parts["best_cost"], parts["best_usage"], strict=True
        )
        best = Selection(
            tuple(answers[number - first].asked for number in parts["best_asked"]),
            tuple(Chosen(choice, float(cost), usage) for choice, cost, usage in chosen),
        )
    return Known(first, tuple(parts["start"]), answers, best)
