"""The tables of the store, one class each; those of people and of what happened are in files of their own and named here too.

Times are in UTC, money is in the currency of the baseline. JSON columns hold small data; assign a new value to change one, as
changes inside of it are not seen. What is large is an artifact, and a column holds its SHA-256.
"""

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from stockrail.workbench.store.columns import CanonicalJson, words
from stockrail.workbench.store.happened_tables import Actual, ActualKind, Miss, MissKind
from stockrail.workbench.store.people_tables import Account, ApiToken, SignInSession
from stockrail.workbench.store.table_base import (
    DRAFTS,
    IS_SEALED,
    IS_VOLATILE,
    SEALED,
    VOLATILE,
    Base,
    Sha256,
)

__all__ = [
    "IS_SEALED",
    "IS_VOLATILE",
    "Account",
    "Actual",
    "ActualKind",
    "ApiToken",
    "ApprovedState",
    "AuditEntry",
    "Base",
    "BaselineVersion",
    "Decision",
    "ExceptionState",
    "ExitKind",
    "GuardrailState",
    "GuardrailVersion",
    "Miss",
    "MissKind",
    "PlanException",
    "Run",
    "RunKind",
    "RunState",
    "Scenario",
    "ScenarioDraft",
    "Sha256",
    "SignInSession",
    "Tradeoff",
    "TradeoffKind",
    "TradeoffState",
]

GuardrailState = Literal["proposed", "approved", "rejected", "withdrawn"]
RunKind = Literal["plan", "calibrate", "frontier", "tornado"]
RunState = Literal["queued", "running", "finished", "failed", "cancelled", "interrupted"]
ApprovedState = Literal["none", "approved", "rejected"]
ExceptionState = Literal["open", "resolved", "waived"]
TradeoffKind = Literal["funded_build", "service_change", "cash_posture"]
ExitKind = Literal["markdown", "rebalancing", "target_change"]
TradeoffState = Literal["open", "closed"]


class BaselineVersion(Base):
    """A set of assumptions: the files of an instance folder, byte for byte. The database lets nobody change or remove one.

    Attributes
    ----------
    hash : SHA-256 of the canonical manifest; the same files are the same version.
    manifest : file name to SHA-256 of its contents.
    parent_id : the version it was made from.
    """

    __tablename__ = "baseline_version"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[Sha256] = mapped_column(unique=True)
    manifest: Mapped[dict[str, Any]]
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("baseline_version.id"))
    author: Mapped[str]
    message: Mapped[str]
    created_at: Mapped[dt.datetime]


class Scenario(Base):
    """A named list of changes to a baseline, as `changes` of a what-if in scenarios.yaml.

    Attributes
    ----------
    version : raised by one at every save; whoever saves says which one was looked at.
    """

    __tablename__ = "scenario"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    baseline_id: Mapped[int] = mapped_column(sa.ForeignKey("baseline_version.id"))
    overlay: Mapped[list[Any]]
    version: Mapped[int]
    created_by: Mapped[str]
    updated_by: Mapped[str]
    updated_at: Mapped[dt.datetime]
    is_archived: Mapped[bool] = mapped_column(default=False)


class ScenarioDraft(Base):
    """What somebody has edited of a scenario and not saved yet: one for each person and scenario.

    Attributes
    ----------
    version, overlay : of the scenario that was looked at.
    baseline_id : the baseline it will change when it is saved.
    edits : as `stockrail.workbench.scenario_editing.edits.Edits` records them.
    revision : raised by one at every change, so that two windows of one person are told apart.
    """

    __tablename__ = "scenario_draft"
    __table_args__ = (sa.UniqueConstraint("actor", "scenario_id"), DRAFTS)
    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    scenario_id: Mapped[int] = mapped_column(sa.ForeignKey("scenario.id"))
    version: Mapped[int]
    overlay: Mapped[list[Any]]
    baseline_id: Mapped[int] = mapped_column(sa.ForeignKey("baseline_version.id"))
    edits: Mapped[dict[str, Any]]
    revision: Mapped[int]
    updated_at: Mapped[dt.datetime]


class GuardrailVersion(Base):
    """Finance's limits as one set: `guardrails`, `guardrail_limits` and `funded_builds`, from a date on.

    Attributes
    ----------
    manifest : file name to SHA-256 of its contents; a table that is not in it has no rows.
    effective_from, effective_to : first day, and last day or None for until the next one.
    """

    __tablename__ = "guardrail_version"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    manifest: Mapped[dict[str, Any]]
    state: Mapped[GuardrailState] = mapped_column(words("state", GuardrailState), default="proposed")
    proposed_by: Mapped[str]
    proposed_at: Mapped[dt.datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]
    effective_from: Mapped[dt.date]
    effective_to: Mapped[dt.date | None]
    reason: Mapped[str]
    decision_reason: Mapped[str | None]


class Run(Base):
    """A plan, calibration, frontier or tornado that was asked for, and what became of it. What it reports while it goes is volatile.

    Attributes
    ----------
    reason : why it was asked for, where somebody said so; it decides nothing of the result.
    """

    __tablename__ = "run"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RunKind] = mapped_column(words("kind", RunKind))
    inputs_hash: Mapped[Sha256] = mapped_column(index=True)
    baseline_id: Mapped[int] = mapped_column(sa.ForeignKey("baseline_version.id"))
    scenario_id: Mapped[int | None] = mapped_column(sa.ForeignKey("scenario.id"))
    scenario_version: Mapped[int | None]
    overlay: Mapped[list[Any]] = mapped_column(default=list)
    guardrail_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("guardrail_version.id"))
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[RunState] = mapped_column(
        words("state", RunState), default="queued", index=True, info=VOLATILE
    )
    requested_by: Mapped[str]
    requested_at: Mapped[dt.datetime]
    reason: Mapped[str | None]
    started_at: Mapped[dt.datetime | None] = mapped_column(info=VOLATILE)
    finished_at: Mapped[dt.datetime | None] = mapped_column(info=VOLATILE)
    process: Mapped[dict[str, Any] | None] = mapped_column(info=VOLATILE)
    progress: Mapped[dict[str, Any] | None] = mapped_column(info=VOLATILE)
    certificate: Mapped[dict[str, Any] | None] = mapped_column(info=VOLATILE)
    artifacts: Mapped[dict[str, Any]] = mapped_column(default=dict, info=VOLATILE)
    best_plan: Mapped[Sha256 | None] = mapped_column(info=VOLATILE)
    error: Mapped[str | None] = mapped_column(info=VOLATILE)
    cancel_requested: Mapped[bool] = mapped_column(default=False, info=VOLATILE)
    approved_state: Mapped[ApprovedState] = mapped_column(
        words("approved_state", ApprovedState), default="none"
    )


class Decision(Base):
    """Who decided what, as which role, and why. The database lets nobody change or remove one."""

    __tablename__ = "decision"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int | None]
    verdict: Mapped[str]
    by: Mapped[str]
    role: Mapped[str]
    at: Mapped[dt.datetime]
    reason: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PlanException(Base):
    """A broken rule, and the decision it waits for. `money` is at stake; a blocking one keeps its plan from approval."""

    __tablename__ = "exception"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("run.id"), index=True)
    rule: Mapped[str]
    subject: Mapped[str]
    owner_role: Mapped[str]
    owner: Mapped[str]
    money: Mapped[float | None]
    due: Mapped[dt.date | None]
    waits_for: Mapped[str]
    is_blocking: Mapped[bool]
    state: Mapped[ExceptionState] = mapped_column(words("state", ExceptionState), default="open")
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None]
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"))


class Tradeoff(Base):
    """A funded build, a change of service or a cash posture, with what it should bring and how it ends."""

    __tablename__ = "tradeoff"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TradeoffKind] = mapped_column(words("kind", TradeoffKind))
    name: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("run.id"))
    owner: Mapped[str]
    reason: Mapped[str]
    expected_result: Mapped[str]
    expected_money: Mapped[float | None]
    exit_plan: Mapped[str]
    exit_kind: Mapped[ExitKind] = mapped_column(words("exit_kind", ExitKind))
    allocation_rule: Mapped[str]
    customer_message: Mapped[str]
    review_date: Mapped[dt.date]
    state: Mapped[TradeoffState] = mapped_column(words("state", TradeoffState), default="open")
    created_by: Mapped[str]
    created_at: Mapped[dt.datetime]
    closed_by: Mapped[str | None]
    closed_at: Mapped[dt.datetime | None]
    close_reason: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AuditEntry(Base):
    """One change of the store. Entries are only ever added, one after the other, each with the hash of the one before.

    All columns but `id` and `entity_id` are text in one spelling, so that `hash` covers what is stored byte for byte.

    Attributes
    ----------
    at : time in UTC in ISO form, to the microsecond.
    rows : fingerprints, before and after, of each sealed row that was changed, by "table id"; None for no row.
    previous_hash, hash : `stockrail.workbench.store.audit` says how they are computed.
    """

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]
    actor: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(CanonicalJson())
    rows: Mapped[dict[str, Any]] = mapped_column(CanonicalJson())
    previous_hash: Mapped[Sha256]
    hash: Mapped[Sha256]
    __table_args__ = (sa.Index("ix_audit_entity_entity_id", "entity", "entity_id"),)
