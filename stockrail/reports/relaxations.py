"""What the report says of limits that were loosened because no plan keeps all of them as stated."""

from typing import Any

from stockrail import formats
from stockrail.reports import words

MOST_NAMES = 3
"""Limits that the callout names; its table has all."""

RAISED = {"upper": "raised", "lower": "lowered"}


def loosened_limits(
    summary: dict[str, Any], guardrails: list[dict[Any, Any]], currency: str
) -> list[dict[str, Any]]:
    """One row per guardrail side that was loosened: in which periods, by how much at most, and what that is worth."""
    metrics = {row["name"]: row["metric"] for row in guardrails}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in summary.get("relaxations") or []:
        groups.setdefault((row["guardrail"], row["side"]), []).append(row)
    return [
        {
            "name": name,
            "side": side,
            "periods": formats.ranges(int(row["period"]) for row in rows),
            "most": words.amount(max(row["limit_change"] for row in rows), metrics.get(name, ""), currency),
            "money": sum(row["money"] for row in rows),
            "verb": RAISED.get(side, "changed"),
        }
        for (name, side), rows in groups.items()
    ]


def relaxation_sentence(loosened: list[dict[str, Any]], currency: str) -> str | None:
    """Say which limits were loosened and what that is worth; None where none was."""
    if not loosened:
        return None
    named = [
        f"the {row['side']} limit of {row['name']} is {row['verb']} by up to {row['most']}"
        for row in loosened[:MOST_NAMES]
    ]
    if len(loosened) > MOST_NAMES:
        named.append(f"{len(loosened) - MOST_NAMES} more are loosened too")
    money = formats.money(sum(row["money"] for row in loosened), currency)
    return f"No plan keeps all hard limits as stated. In this one {', '.join(named)}; together that is worth {money}."
