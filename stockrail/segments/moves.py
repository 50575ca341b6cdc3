"""What moved from one segment to another since an earlier run, and which number crossed which threshold."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from stockrail.formats import percent
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.schema_values import Criterion
from stockrail.model.segmentation import CLASSES, NUMBERS, segment_names, thresholds
from stockrail.segments.table import KINDS, Kind, SegmentTable

OWN_BASES = ("strategic", "new", "ending")

Record = Mapping[Any, Any]


def all_moves(before: SegmentTable, now: SegmentTable) -> dict[Kind, pd.DataFrame]:
    """The moves of items and, where the earlier run tells of customers, of customers."""
    return {
        kind: segment_moves(before, now, kind) for kind in KINDS if kind == "item" or before.knows_customers
    }


def segment_moves(before: SegmentTable, now: SegmentTable, kind: Kind = "item") -> pd.DataFrame:
    """Every item, or every customer, that is in another segment than before.

    Returns
    -------
    DataFrame
        Columns item (or customer), before, now, kind, reason. `kind` is "moved", "added" or "removed"; `before` of what was
        added and `now` of what was removed are blank. In the order of the present run, removed ones last.
    """
    earlier = {str(row[kind]): row for row in before.rows(kind).to_dict("records")}
    rows = []
    for row in now.rows(kind).to_dict("records"):
        old = earlier.pop(row[kind], None)
        if old is None:
            rows.append([row[kind], "", row["segment"], "added", "not in the earlier run"])
        elif old["segment"] != row["segment"]:
            reason = _reason(kind, old, row, before.rules, now.rules)
            rows.append([row[kind], old["segment"], row["segment"], "moved", reason])
    rows += [
        [name, old["segment"], "", "removed", "no longer in the instance"] for name, old in earlier.items()
    ]
    return pd.DataFrame(rows, columns=[kind, "before", "now", "kind", "reason"])


def _criteria(kind: Kind, rules: SegmentationRules) -> tuple[Criterion, ...]:
    return rules.criteria if kind == "item" else rules.customer_criteria


def _reason(
    kind: Kind,
    old: Record,
    new: Record,
    rules_before: SegmentationRules | None,
    rules: SegmentationRules | None,
) -> str:
    if rules is None:
        return f"given in {kind}s"
    criteria = _criteria(kind, rules)
    if new["basis"] == "fixed":
        return "fixed_segment gives it"
    parts = []
    if old.get("basis") == "fixed":
        parts.append("fixed_segment no longer gives it")
    if rules_before is not None and (earlier := _criteria(kind, rules_before)) != criteria:
        parts.append(f"criteria were {', '.join(earlier)}, are {', '.join(criteria)}")
    own_before = _own(old)
    if new["basis"] in OWN_BASES:
        parts.append(_state(kind, new["basis"], new, rules))
    elif own_before is not None:
        state = new["strategic"] if own_before == "strategic" else new["life_cycle"]
        parts.append(_state(kind, state, new, rules))
    elif new["basis"] == "rules":
        classes = _classes(old, criteria)
        parts += [
            _crossing(criterion, classes[criterion], old, new, rules_before, rules)
            if criterion in NUMBERS
            else _state(kind, str(new[criterion]), new, rules)
            for criterion in criteria
            if criterion in classes and classes[criterion] != new[criterion]
        ]
    if parts:
        return "; ".join(parts)
    if old.get("basis") == "given":
        return f"given in {kind}s before, formed by rules now"
    return "the rules changed" if rules_before is not None else "the earlier name is none that the rules form"


def _own(old: Record) -> str | None:
    """Which segment of its own the item was in, if any; told by its name where no basis was kept."""
    told = old.get("basis", old["segment"])
    return str(told) if told in OWN_BASES else None


def _classes(old: Record, criteria: tuple[Criterion, ...]) -> dict[Criterion, str]:
    """The earlier classes: read from the segment's name, or as told, where rules with other criteria formed it."""
    named = segment_names(criteria).get(str(old["segment"]))
    if named is not None:
        return dict(zip(criteria, named, strict=True))
    is_told = old.get("basis") == "rules"
    return {name: str(old[name]) for name in CLASSES if is_told and isinstance(old.get(name), str)}


def _crossing(
    criterion: Criterion,
    class_before: str,
    old: Record,
    new: Record,
    rules_before: SegmentationRules | None,
    rules: SegmentationRules,
) -> str:
    """Say which number crossed which threshold, and how it was before as far as that is known."""
    number, was = float(new[NUMBERS[criterion]]), _number(old.get(NUMBERS[criterion]))
    names, limits = CLASSES[criterion], thresholds(rules, criterion)
    k = names.index(str(new[criterion]))
    is_rise = class_before not in names or k > names.index(class_before)
    at = k - 1 if is_rise and k > 0 else min(k, len(limits) - 1)
    limit = limits[at]
    earlier = "" if was is None else f" (was {_written(criterion, was)})"
    if math.isnan(number):
        return f"{_LABELS[criterion]} is not defined{earlier}: {names[k]}"
    reached = (
        f"from {_written(criterion, limit)} on" if at == k - 1 else f"below {_written(criterion, limit)}"
    )
    of_what = " of revenue" if criterion == "abc" else ""
    text = f"{_LABELS[criterion]} {_written(criterion, number)}{of_what}{earlier}, {reached}: {names[k]}"
    if rules_before is not None and (limit_was := thresholds(rules_before, criterion)[at]) != limit:
        text += f" (the threshold was {_written(criterion, limit_was)})"
    return text


_LABELS: dict[Criterion, str] = {
    "abc": "those before it make",
    "xyz": "variation",
    "margin": "margin rate",
}


def _written(criterion: Criterion, number: float) -> str:
    return f"{number:.3f}" if criterion == "xyz" else percent(number, 2)


def _state(kind: Kind, state: str, new: Record, rules: SegmentationRules) -> str:
    match state:
        case "strategic":
            return "strategic now"
        case "standard":
            return "no longer strategic"
        case "new":
            verb = "launched on" if kind == "item" else "a customer since"
            return f"{verb} {new['launch_date']}: new for {rules.new_days:g} days"
        case "ending":
            return f"ends on {new['end_date']}: ending for the last {rules.ending_days:g} days"
    return "neither new nor ending: active"


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or math.isnan(value):
        return None
    return float(value)
