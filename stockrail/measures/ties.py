"""Limits that tie scenarios together, such as those on expectations, and what they leave of a problem scenario by scenario.

Where every scenario, or group of scenarios, is planned for itself, limits that hold in each scenario are as they were. Those that hold
in expectation, in a tail or by chance are limits on all scenarios at once, so planning for each group alone is not the same problem:
without such limits it reaches at least as much, and with them kept in each group at most as much.
"""

from dataclasses import replace

from stockrail.model.instance import Instance
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables

SCENARIO = "every scenario"


def ties(instance: Instance) -> tuple[Guardrail, ...]:
    """The guardrails that tie scenarios together."""
    return tuple(row for row in instance.guardrails if row.holds != SCENARIO)


def without_ties(tables: Tables) -> Tables:
    """The same parameters without guardrails that tie scenarios together."""
    instance = tables.instance
    gone = {row.guardrail for row in ties(instance)}
    changed = replace(
        instance,
        guardrails=tuple(row for row in instance.guardrails if row.guardrail not in gone),
        guardrail_limits=tuple(row for row in instance.guardrail_limits if row.guardrail not in gone),
        funded_builds=tuple(row for row in instance.funded_builds if row.guardrail not in gone),
    )
    return replace(tables, instance=changed)


def are_kept_by_groups(instance: Instance, *, is_single: bool) -> bool:
    """Whether plans that keep the limits in each group of scenarios keep them in all, at no more than the sum of the penalties.

    An expectation that holds in each group holds in all, and so does a chance; a tail of all may be worse than those of the groups,
    except where each group is a single scenario and the limit is hard.

    Parameters
    ----------
    is_single : whether each group is a single scenario.
    """
    for row in ties(instance):
        is_hard = row.soft_price is None
        if row.holds == "chance" and not (is_hard or is_single):
            return False
        if row.holds == "cvar" and not (is_hard and is_single):
            return False
    return True
