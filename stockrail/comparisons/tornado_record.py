"""A tornado as plain data, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from stockrail.comparisons.plan_comparison import Difference
from stockrail.comparisons.tornado_result import (
    NAN,
    SIDES,
    Bar,
    Found,
    Tornado,
    TornadoSide,
    changes_of,
    row_of,
)
from stockrail.model.what_if import WhatIf

_TEXTS = ("status", "reason")


def record(tornado: Tornado) -> dict[str, Any]:
    """The baseline as `base`, and the rows of `Tornado.frame` as `sides`, each with its what-if's name, reason and changes."""
    rows = [
        {
            **row_of(rank, bar, side),
            "what_if": side.what_if.name,
            "why": side.what_if.reason,
            "changes": changes_of(side.what_if),
        }
        for rank, bar in enumerate(tornado.bars, start=1)
        for side in bar.sides
    ]
    return {
        "instance_name": tornado.instance_name,
        "currency": tornado.currency,
        "objective_name": tornado.objective_name,
        "gap": tornado.gap,
        "seconds": tornado.seconds,
        "base": asdict(tornado.base),
        "sides": rows,
        "statistical_gap": None,  # of which side? The words say what computes it
    }


def of_record(made: Mapping[str, Any]) -> Tornado:
    """The tornado of a `record`, whether or not it went through a JSON file."""
    rows: Sequence[Mapping[str, Any]] = made["sides"]
    pairs = [
        {row["side"]: row for row in rows if row["driver"] == name}
        for name in dict.fromkeys(row["driver"] for row in rows)
    ]
    bars = [
        Bar(pair["low"]["driver"], pair["low"]["words"], *(_side(pair[side]) for side in SIDES))
        for pair in pairs
    ]
    return Tornado(
        instance_name=made["instance_name"],
        currency=made["currency"],
        gap=made["gap"],
        base=_found(made["base"]),
        bars=tuple(bars),
        seconds=made["seconds"],
    )


def known_of(made: Mapping[str, Any]) -> dict[tuple[str, str], Found]:
    """What a record has found, by driver and side, as `stockrail.comparisons.tornado.tornado` takes it."""
    return {(row["driver"], row["side"]): _found(row) for row in made["sides"]}


def _found(row: Mapping[str, Any]) -> Found:
    names = [field.name for field in fields(Found)]
    values: dict[str, Any] = {k: NAN if row[k] is None and k not in _TEXTS else row[k] for k in names}
    return Found(**values)


def _side(row: Mapping[str, Any]) -> TornadoSide:
    difference = None
    if row["is_within_gap"] is not None:
        difference = Difference(row["difference"], row["least"], row["most"], row["is_within_gap"])
    what_if = WhatIf.model_validate(
        {"name": row["what_if"], "kind": "event", "reason": row["why"], "changes": row["changes"]}
    )
    return TornadoSide(row["side"], row["change"], what_if, _found(row), difference)
