"""Drift between two versions of a baseline."""

from collections.abc import Iterator

from stockrail.model.instance import Instance
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.instance_diff import Difference, differences
from stockrail.workbench.master_data import drift
from stockrail.workbench.master_data.drift import Drift, DriftReport, NotChecked, exceeds, in_order
from stockrail.workbench.master_data.standard import Standard

_CHECKS = {
    (check.table, check.column): check
    for check in drift.CHECKS
    if check not in (drift.UNKNOWN_ITEM, drift.LEAD_TIME)
}


def between(before: Instance, after: Instance, rules: MasterDataRules, title: str) -> DriftReport:
    """What drifted from one version to another: of items and suppliers that both have.

    The money is that of the later version's mean demand: what the drift costs over its horizon, or ties up. Lead times are compared
    in days, as versions may have periods of different length.

    Raises
    ------
    ValueError
        The versions have different currencies.
    """
    if before.settings.currency != after.settings.currency:
        raise ValueError(
            f"One is in {before.settings.currency}, the other in {after.settings.currency}: nothing is converted."
        )
    standard = Standard(after)
    found = [
        one
        for cell in differences(before, after)
        if not cell.is_row and (cell.table, cell.column) in _CHECKS
        for one in _drift(standard, before, rules, cell)
    ]
    found += _lead_times(standard, before, rules)
    return DriftReport(
        title, title, after.settings.currency, in_order(found, rules.least_money), _not_checked(before, after)
    )


def _drift(standard: Standard, before: Instance, rules: MasterDataRules, cell: Difference) -> Iterator[Drift]:
    check = _CHECKS[cell.table, cell.column]
    instance, subject = standard.instance, cell.row
    if check in (drift.FREIGHT_RATE, drift.PAYMENT_DAYS):
        change = float(cell.after) - float(cell.before)
        if check is drift.FREIGHT_RATE:
            purchases = instance.item_column("unit_cost") * standard.demand
            money = change * standard.of_supplier(purchases, subject)
            is_beyond = exceeds(change, rules.freight_rate_points)
        else:
            share = 1.0 - instance.suppliers[instance.supplier_index[subject]].deposit_share
            money = -change * share * standard.of_supplier(standard.purchases_per_day, subject)
            is_beyond = exceeds(change, rules.payment_days)
        yield Drift(check, subject, cell.before, cell.after, money, is_beyond)
        return
    i = instance.item_index[subject]
    item, units = instance.items[i], float(standard.demand[i])
    if check is drift.UNIT_COST:
        change = float(cell.after) - float(cell.before)
        money = change * float(standard.instance.landed_rate[i]) * units
        is_beyond = exceeds(change, rules.unit_cost_share * float(cell.before))
    elif check is drift.LOT_SIZE:
        # On average half a lot is in stock.
        money = (float(cell.after) - float(cell.before)) / 2.0 * float(standard.unit_value[i])
        is_beyond = True
    elif check is drift.SUPPLIER:
        rate_before = before.landed_rate[before.item_index[subject]]
        money = item.unit_cost * float(standard.instance.landed_rate[i] - rate_before) * units
        is_beyond = True
    else:
        money, is_beyond = item.unit_price * units, True
    yield Drift(check, subject, cell.before, cell.after, money, is_beyond)


def _lead_times(standard: Standard, before: Instance, rules: MasterDataRules) -> Iterator[Drift]:
    after = standard.instance
    days_before, days_after = (one.settings.period_length_days for one in (before, after))
    tolerance = lead_time_tolerance(after, rules)
    for i, item in enumerate(after.items):
        if item.item not in before.item_index:
            continue
        was = float(before.items[before.item_index[item.item]].lead_time_periods * days_before)
        now = float(item.lead_time_periods * days_after)
        if was != now:
            money = (now - was) * float(standard.purchases_per_day[i])
            yield Drift(drift.LEAD_TIME, item.item, was, now, money, exceeds(now - was, tolerance))


def lead_time_tolerance(instance: Instance, rules: MasterDataRules) -> float:
    """Days that lead times may differ by."""
    return (
        instance.settings.period_length_days / 2.0 if rules.lead_time_days is None else rules.lead_time_days
    )


def _not_checked(before: Instance, after: Instance) -> tuple[NotChecked, ...]:
    items = _only_one_has(set(before.item_index), set(after.item_index), "item")
    suppliers = _only_one_has(set(before.supplier_index), set(after.supplier_index), "supplier")
    return (
        *(NotChecked(drift.UNKNOWN_ITEM, reason) for reason in items),
        *(NotChecked(drift.SUPPLIER, reason) for reason in suppliers),
    )


def _only_one_has(before: set[str], after: set[str], noun: str) -> Iterator[str]:
    for names, which in ((before - after, "earlier"), (after - before, "later")):
        if names:
            count = f"1 {noun} is" if len(names) == 1 else f"{len(names)} {noun}s are"
            yield f"{count} in the {which} version only; stockrail diff lists what was added and removed"
