"""Master data that drifted from the baseline to what happened, check by check, and the money it means."""

import datetime as dt
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.kept import Kept
from stockrail.web.views import happened
from stockrail.workbench.master_data.display import drift_summary
from stockrail.workbench.master_data.drift import CHECKS, Drift, DriftReport
from stockrail.workbench.master_data.of_store import drift_of_actuals
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical

MOST_KEPT = 4

MOST_ROWS = 50
"""Rows of a check that are listed; all are counted."""

OnStep = Callable[[str], None]


class DriftRow(BaseModel):
    """One thing that is not as the baseline says."""

    model_config = ConfigDict(frozen=True)

    subject: str = Field(description="Item or supplier.")
    stated: float | str | None
    found: float | str | None
    money: float | None = Field(description="Above 0 is worse: it costs more, or ties up more.")
    is_beyond: bool = Field(description="Beyond its tolerance.")
    evidence: str


class CheckRows(BaseModel):
    """What one check found."""

    model_config = ConfigDict(frozen=True)

    check: str
    title: str
    money_means: str
    is_share: bool = Field(description="Whether stated and found are shares.")
    beyond: int = Field(description="How many are beyond tolerance.")
    within: int
    money: float | None = Field(description="Of those beyond, whatever their sign; null where none is known.")
    rows: tuple[DriftRow, ...] = Field(description="Those beyond tolerance first, the most money first.")
    owner_role: str = Field(description="Who answers for it.")


class NotCheckedRow(BaseModel):
    """What nobody could look at, and why."""

    model_config = ConfigDict(frozen=True)

    title: str
    reason: str


class DriftView(BaseModel):
    """Drift of master data. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    summary: str
    currency: str
    checks: tuple[CheckRows, ...]
    not_checked: tuple[NotCheckedRow, ...]
    beyond: int
    may_open: bool = Field(
        description="Whether the visitor may open exceptions for what is beyond tolerance."
    )
    seen: str


_KEPT: Kept[DriftReport] = Kept(MOST_KEPT)


def view(
    store: Store,
    actor: str,
    baseline_id: int | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    on_step: OnStep = lambda words: None,
) -> DriftView:
    """Drift of what happened from a baseline, the latest one where none is given.

    Raises
    ------
    NotFoundError
        There is no such baseline, or there are no actuals.
    """
    report = report_of(store, baseline_id, first, last, on_step)
    return DriftView(
        summary=drift_summary(report),
        currency=report.currency,
        checks=tuple(
            _rows(store, check.name, [one for one in report.drifts if one.check is check])
            for check in CHECKS
            if any(one.check is check for one in report.drifts)
        ),
        not_checked=tuple(
            NotCheckedRow(title=one.check.title, reason=one.reason) for one in report.not_checked
        ),
        beyond=len(report.beyond),
        may_open=bool(report.beyond) and store.governance.allows(actor, Permission.BASELINE_IMPORT),
        seen=happened.seen(store),
    )


def report_of(
    store: Store,
    baseline_id: int | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    on_step: OnStep = lambda words: None,
) -> DriftReport:
    """The report, kept for the next request; raises what `view` raises."""

    def make() -> DriftReport:
        on_step("receipts and spend against the baseline")
        return drift_of_actuals(store, baseline_id, first, last)

    return _KEPT.of(key_of(store, baseline_id, first, last), make)


def key_of(
    store: Store, baseline_id: int | None, first: dt.date | None = None, last: dt.date | None = None
) -> str:
    """All that decides it."""
    days = [None if day is None else day.isoformat() for day in (first, last)]
    return canonical(["drift", happened.facts_of(store), baseline_id, *days])


def is_ready(
    store: Store, baseline_id: int | None, first: dt.date | None = None, last: dt.date | None = None
) -> bool:
    """Whether it is kept."""
    return _KEPT.has(key_of(store, baseline_id, first, last))


def _rows(store: Store, name: str, drifts: list[Drift]) -> CheckRows:
    check = next(one for one in CHECKS if one.name == name)
    beyond = [one for one in drifts if one.is_beyond]
    known = [abs(one.money) for one in beyond if one.money is not None]
    return CheckRows(
        check=check.name,
        title=check.title,
        money_means=check.money_means,
        is_share=check.name == "freight_rate",
        beyond=len(beyond),
        within=len(drifts) - len(beyond),
        money=sum(known) if known else None,
        rows=tuple(
            DriftRow(
                subject=one.subject,
                stated=one.stated,
                found=one.found,
                money=one.money,
                is_beyond=one.is_beyond,
                evidence="; ".join(
                    f"{key.replace('_', ' ')} {_text(value)}" for key, value in one.evidence.items()
                ),
            )
            for one in [*beyond, *(one for one in drifts if not one.is_beyond)][:MOST_ROWS]
        ),
        owner_role=store.governance.owner_of(check.table, check.column),
    )


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
