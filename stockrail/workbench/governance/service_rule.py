"""The rule on service: what was promised to the customers of a segment or of an item."""

from collections.abc import Callable

from stockrail.model.instance import Instance
from stockrail.workbench.governance.breach import ROUNDING, Breach
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.schema_rules import ServiceCommitment
from stockrail.workbench.governance.service import demand_margin, item_service, members_of


def below_commitment(
    rule: ServiceCommitment, plan: PlanFiles, instance: Callable[[], Instance]
) -> list[Breach]:
    """An expected fill rate below what was promised.

    Money at stake is the margin of the demand that is missing: the share below the commitment, times expected units, times the
    price less the landed standard cost of each item.
    """
    if rule.item is not None:
        return _of_item(rule, rule.item, plan, instance)
    if rule.segment is None:
        subject, rate = "all items", float(plan.certificate["fill_rate"])
    else:
        subject = f"segment {rule.segment}"
        rates = plan.segments.loc[plan.segments["segment"] == rule.segment, "fill_rate"]
        if rates.empty:
            return [Breach.not_judged(subject, "the plan has no items in this segment")]
        rate = float(rates.iloc[0])
    if rate >= rule.least_fill_rate - ROUNDING:
        return []
    worth = demand_margin(instance(), members_of(instance(), rule.segment))
    return [_breach(subject, rule, rate, worth)]


def _of_item(
    rule: ServiceCommitment, item: str, plan: PlanFiles, instance: Callable[[], Instance]
) -> list[Breach]:
    subject = f"item {item}"
    if item not in instance().item_index:
        return [Breach.not_judged(subject, "the plan has no such item")]
    service = item_service(instance(), plan.orders, item)
    if service.fill_rate >= rule.least_fill_rate - ROUNDING:
        return []
    return [_breach(subject, rule, service.fill_rate, service.demand_margin)]


def _breach(subject: str, rule: ServiceCommitment, rate: float, worth: float) -> Breach:
    money = (rule.least_fill_rate - rate) * worth
    return Breach(subject, money, {"fill_rate": rate, "promised": rule.least_fill_rate})
