"""Drift of master data: what was stated, what was found, how far apart they are, and the money it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Check:
    """Something that may drift.

    Attributes
    ----------
    name : column of the instance format, or what is looked at in its place.
    title : in words.
    table, column : whose owner answers for it.
    money_means : what the money of a drift is. Positive is worse: it costs more, or ties up more.
    """

    name: str
    title: str
    table: str
    column: str
    money_means: str


UNIT_COST = Check("unit_cost", "unit cost", "items", "unit_cost", "cost")
FREIGHT_RATE = Check("freight_rate", "freight rate", "suppliers", "freight_rate", "cost")
LEAD_TIME = Check("lead_time_days", "lead time in days", "items", "lead_time_periods", "stock on its way")
LOT_SIZE = Check("lot_size", "lot size", "items", "lot_size", "stock")
PAYMENT_DAYS = Check("payment_days", "payment terms in days", "suppliers", "payment_days", "capital tied up")
SEGMENT = Check("segment", "segment", "items", "segment", "sales under other terms")
SUPPLIER = Check("supplier", "supplier", "items", "supplier", "cost, or purchases")
UNKNOWN_ITEM = Check("item", "item not in the baseline", "items", "item", "value received")

CHECKS = (UNIT_COST, FREIGHT_RATE, LEAD_TIME, LOT_SIZE, PAYMENT_DAYS, SEGMENT, SUPPLIER, UNKNOWN_ITEM)
"""In the order in which they are shown."""

ROUNDING = 1e-9
"""Relative slack of comparisons with a tolerance."""

ALL_SUPPLIERS = "all suppliers"

COLUMNS = ("check", "subject", "stated", "found", "money", "is_beyond", "evidence")


@dataclass(frozen=True)
class Drift:
    """One thing that is not as the baseline says.

    Attributes
    ----------
    subject : item, or supplier.
    stated, found : in the earlier version and the later one, or in the baseline and in the actuals; None where one has nothing.
    money : in the currency of the baseline, as `check.money_means` says; None where it cannot be said.
    is_beyond : whether it is beyond the tolerance.
    evidence : plain data, such as numbers of receipts.
    """

    check: Check
    subject: str
    stated: float | str | None
    found: float | str | None
    money: float | None
    is_beyond: bool
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NotChecked:
    """A check that could not be made, and why."""

    check: Check
    reason: str


@dataclass(frozen=True)
class DriftReport:
    """What a comparison found.

    Attributes
    ----------
    compared : what was compared, such as `baseline 1 to 2`.
    title : the same, with the days of actuals.
    drifts : every difference, also within tolerance, by check and then by money.
    not_checked : what nobody looked at is not in order: each with its reason.
    """

    compared: str
    title: str
    currency: str
    drifts: tuple[Drift, ...]
    not_checked: tuple[NotChecked, ...] = ()

    @property
    def beyond(self) -> tuple[Drift, ...]:
        """Drift beyond its tolerance."""
        return tuple(one for one in self.drifts if one.is_beyond)

    def frame(self) -> pd.DataFrame:
        """A row for each drift with the columns check, subject, stated, found, money, is_beyond, evidence."""
        rows = [
            (
                one.check.name,
                one.subject,
                one.stated,
                one.found,
                one.money,
                one.is_beyond,
                "; ".join(f"{name}: {value}" for name, value in one.evidence.items()),
            )
            for one in self.drifts
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def in_order(drifts: Sequence[Drift], least_money: float) -> tuple[Drift, ...]:
    """By check, the most money first. What means less money than `least_money` is not beyond tolerance; what means an unknown amount is."""
    place = {check.name: k for k, check in enumerate(CHECKS)}
    judged = [
        one
        if not one.is_beyond or one.money is None or abs(one.money) >= least_money
        else Drift(one.check, one.subject, one.stated, one.found, one.money, False, one.evidence)
        for one in drifts
    ]
    return tuple(sorted(judged, key=lambda one: (place[one.check.name], -abs(one.money or 0.0), one.subject)))


def exceeds(difference: float, tolerance: float) -> bool:
    """Whether a difference is larger than its tolerance by more than rounding."""
    return bool(abs(difference) > tolerance + ROUNDING * max(1.0, abs(tolerance)))
