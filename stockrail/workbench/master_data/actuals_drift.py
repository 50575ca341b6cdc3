"""Drift between a baseline and what happened."""

import datetime as dt
from collections.abc import Callable, Iterator

from stockrail.model.instance import Instance
from stockrail.workbench.governance.schema_master_data import MasterDataRules
from stockrail.workbench.master_data import cost_drift, supply_drift
from stockrail.workbench.master_data.drift import (
    PAYMENT_DAYS,
    SEGMENT,
    Drift,
    DriftReport,
    NotChecked,
    in_order,
)
from stockrail.workbench.master_data.standard import Standard
from stockrail.workbench.master_data.window import Window
from stockrail.workbench.monitoring.observed import Frames

_CHECKS: tuple[Callable[[Standard, Window, MasterDataRules], Iterator[Drift | NotChecked]], ...] = (
    cost_drift.unit_costs,
    cost_drift.freight_rates,
    supply_drift.lead_times,
    supply_drift.lot_sizes,
    supply_drift.suppliers,
    supply_drift.unknown_items,
)

_NEVER_KNOWN = (
    NotChecked(PAYMENT_DAYS, "actuals do not say when suppliers were paid; compare two versions"),
    NotChecked(SEGMENT, "actuals do not say it; compare two versions, or stockrail segment"),
)


def against(
    instance: Instance,
    frames: Frames,
    rules: MasterDataRules,
    title: str,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> DriftReport | None:
    """What happened otherwise than the baseline says; None where there are neither receipts nor spend.

    Parameters
    ----------
    frames : tables of actuals by kind, as `stockrail.workbench.monitoring.actuals.frame` gives them.
    first, last : days, both included; None for the last `look_back_days` up to the last receipt or booking.
    """
    window = Window.of(instance, frames, rules.look_back_days, first, last)
    if window is None:
        return None
    standard = Standard(instance)
    found = [one for check in _CHECKS for one in check(standard, window, rules)]
    return DriftReport(
        f"{title} against actuals",
        f"{title} against actuals from {window.first} to {window.last}",
        instance.settings.currency,
        in_order([one for one in found if isinstance(one, Drift)], rules.least_money),
        (*(one for one in found if isinstance(one, NotChecked)), *_NEVER_KNOWN),
    )
