"""Which exceptions are about the same thing as a miss."""

from collections.abc import Mapping
from typing import Any

from stockrail.model.instance import Instance
from stockrail.workbench.root_cause.miss import FoundMiss
from stockrail.workbench.store.tables import PlanException


def is_about(row: PlanException, instance: Instance, miss: FoundMiss) -> bool:
    """Whether an exception had pointed to a miss.

    Of an item: it is about the item, its segment, its product group or its supplier, or lists a promise of the item. Of a guardrail: about that guardrail, or
    about the same metric. Of expediting: about its budget or its account. Where an exception says in which direction something
    left the plan, as those of monitoring do, it must be the one that makes such a miss.
    """
    evidence: Mapping[str, Any] = row.evidence
    match miss.kind:
        case "breach":
            guardrail, metric = miss.evidence["guardrail"], miss.evidence["metric"]
            is_it = evidence.get("guardrail") == guardrail or row.subject.startswith(
                (f"guardrail {guardrail},", f"{metric},")
            )
        case "expedite_spike":
            is_it = row.subject == "expediting" or evidence.get("account") in {"expedite", "premium_freight"}
        case _:
            is_it = _is_about_item(row, instance, miss.item)
    return is_it and _points_that_way(evidence, miss)


def _is_about_item(row: PlanException, instance: Instance, item: str) -> bool:
    own = instance.items[instance.item_index[item]]
    names = {
        "item": own.item,
        "segment": own.segment,
        "product_group": own.product_group,
        "supplier": own.supplier,
    }
    named = {kind: row.evidence.get(kind) for kind in names}
    if named["item"] is not None:
        return bool(named["item"] == own.item)
    promised = row.evidence.get("commitments", ())
    if any(named[kind] == name for kind, name in names.items()) or any(
        entry.get("item") == own.item for entry in promised
    ):
        return True
    subjects = [f"{kind.replace('_', ' ')} {name}" for kind, name in names.items()]
    return any(row.subject == subject or row.subject.startswith(f"{subject},") for subject in subjects)


def _points_that_way(evidence: Mapping[str, Any], miss: FoundMiss) -> bool:
    """Whether the direction of what monitoring saw makes such a miss; an exception without one points to both.

    Demand above its fan or its forecast, lead times that became longer, and stock below the plan make stockouts.
    """
    is_more_stock = miss.supply_direction > 0
    match evidence.get("kind"):
        case "outside_fan":
            return (evidence.get("side") == "above") == (miss.demand_direction > 0)
        case "inventory":
            return (evidence.get("side") == "above") == is_more_stock
        case "bias":
            return (float(evidence.get("tracking_signal") or 0.0) > 0) == (miss.demand_direction > 0)
        case "lead_time":
            return (float(evidence.get("drift_days") or 0.0) < 0) == is_more_stock
        case "supplier_on_time":
            return not is_more_stock
    return True
