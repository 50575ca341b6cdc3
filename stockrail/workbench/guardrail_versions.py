"""Guardrail versions: finance's limits as one set, proposed by one person, approved by another, in force from a date on."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.model import Instance, load
from stockrail.model.draft import TABLE_OF
from stockrail.model.schema import FundedBuild, Guardrail, GuardrailLimit
from stockrail.workbench import baselines
from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import BaselineVersion, Decision, GuardrailVersion

GUARDRAIL_TABLES = (TABLE_OF[Guardrail], TABLE_OF[GuardrailLimit], TABLE_OF[FundedBuild])

GUARDRAIL_FILES = frozenset(f"{table}{ending}" for table in GUARDRAIL_TABLES for ending in baselines.FORMATS)
"""Files that a guardrail version replaces, all of them: a table it does not have has no rows."""

_PROPOSED: Final = "proposed"
_APPROVED: Final = "approved"
_REJECTED: Final = "rejected"
_WITHDRAWN: Final = "withdrawn"


def propose(
    store: Store,
    actor: str,
    folder: Path | str,
    effective_from: dt.date,
    reason: str,
    effective_to: dt.date | None = None,
    baseline_id: int | None = None,
) -> GuardrailVersion:
    """Propose the guardrails of a folder: as `propose_files`, which says what is raised.

    Parameters
    ----------
    folder : has guardrails.csv, and guardrail_limits.csv and funded_builds.csv where needed; other files are not looked at.
    """
    store.governance.require(actor, Permission.GUARDRAIL_PROPOSE)  # before anything is said of the folder
    return propose_files(
        store, actor, _files_of(Path(folder)), effective_from, reason, effective_to, baseline_id
    )


def propose_files(
    store: Store,
    actor: str,
    files: baselines.Files,
    effective_from: dt.date,
    reason: str,
    effective_to: dt.date | None = None,
    baseline_id: int | None = None,
) -> GuardrailVersion:
    """Propose guardrails, to hold from a date on once somebody else has approved them.

    Parameters
    ----------
    files : contents of guardrails.csv, and of guardrail_limits.csv and funded_builds.csv where needed, by their names.
    effective_from, effective_to : first and last day; None for until another version takes over.
    reason : why they change; not blank.
    baseline_id : the baseline that they must fit; None for the latest.

    Raises
    ------
    InstanceError
        With every error: the tables themselves, and rows that do not fit the baseline.
    NotAllowedError
        The actor may not propose guardrails.
    StateError
        No reason, no baseline, or days in the wrong order.
    """
    store.governance.require(actor, Permission.GUARDRAIL_PROPOSE)
    _require_reason(reason)
    if effective_to is not None and effective_to < effective_from:
        raise StateError(f"The last day, {effective_to}, is before the first, {effective_from}.")
    baseline = _baseline(store, baseline_id)
    require_fit(store, files, baseline.id)
    manifest = {name: store.artifacts.put(data) for name, data in files.items()}
    with store.write(actor, "guardrail.propose", GuardrailVersion.__tablename__) as change:
        version = GuardrailVersion(
            manifest=manifest,
            state=_PROPOSED,
            proposed_by=actor,
            proposed_at=change.at,
            effective_from=effective_from,
            effective_to=effective_to,
            reason=reason,
        )
        change.session.add(version)
        change.session.flush()
        change.entity_id = version.id
        change.data = {"reason": reason, "effective_from": str(effective_from), "baseline_id": baseline.id}
    return version


def require_fit(store: Store, files: baselines.Files, baseline_id: int | None = None) -> Instance:
    """The instance of a baseline with other guardrails.

    Parameters
    ----------
    files : of guardrails, by their names.
    baseline_id : None for the latest.

    Raises
    ------
    InstanceError
        With every error: the tables themselves, and rows that do not fit the baseline.
    StateError
        There is no baseline yet.
    """
    baseline = _baseline(store, baseline_id)
    with baselines.folder_with(_replaced(baselines.files_of(store, baseline.id), files)) as copy:
        return load(copy)


def approve(store: Store, actor: str, version_id: int, reason: str) -> GuardrailVersion:
    """Approve a proposed version. Nobody approves their own.

    Raises
    ------
    NotAllowedError
        The actor may not approve guardrails, or has proposed this version.
    StateError
        It is decided already; says by whom and when.
    """
    return _decide(store, actor, version_id, reason, _APPROVED)


def reject(store: Store, actor: str, version_id: int, reason: str) -> GuardrailVersion:
    """Reject a proposed version; raises what `approve` raises."""
    return _decide(store, actor, version_id, reason, _REJECTED)


def withdraw(store: Store, actor: str, version_id: int, reason: str) -> GuardrailVersion:
    """Take back a version that one has proposed and nobody has decided."""
    store.governance.require(actor, Permission.GUARDRAIL_PROPOSE)
    _require_reason(reason)
    with store.write(actor, "guardrail.withdraw", GuardrailVersion.__tablename__, version_id) as change:
        version = _proposed(change.session, version_id)
        if version.proposed_by != actor:
            raise NotAllowedError(
                f"{version.proposed_by} proposed guardrail version {version_id} and alone can take it back; "
                "others reject it."
            )
        version.state, version.decided_by, version.decided_at = _WITHDRAWN, actor, change.at
        version.decision_reason = reason
        change.data = {"reason": reason}
    return version


def effective_on(store: Store, day: dt.date) -> GuardrailVersion | None:
    """The approved version that holds on a day: of those whose days include it the one that began last, then the newest."""
    with store.read() as session:
        return session.scalar(
            sa.select(GuardrailVersion)
            .where(
                GuardrailVersion.state == _APPROVED,
                GuardrailVersion.effective_from <= day,
                sa.or_(GuardrailVersion.effective_to.is_(None), GuardrailVersion.effective_to >= day),
            )
            .order_by(GuardrailVersion.effective_from.desc(), GuardrailVersion.id.desc())
            .limit(1)
        )


def get(store: Store, version_id: int) -> GuardrailVersion:
    """A version by its id; NotFoundError where there is none."""
    with store.read() as session:
        return _get(session, version_id)


def versions(store: Store) -> list[GuardrailVersion]:
    """All versions, the latest first."""
    with store.read() as session:
        return list(session.scalars(sa.select(GuardrailVersion).order_by(GuardrailVersion.id.desc())))


def with_guardrails(store: Store, files: Mapping[str, bytes], version_id: int) -> dict[str, bytes]:
    """Files of a baseline with the guardrails of a version in place of its own."""
    manifest = get(store, version_id).manifest
    return _replaced(files, {name: store.artifacts.get(digest) for name, digest in manifest.items()})


def _decide(
    store: Store, actor: str, version_id: int, reason: str, verdict: Literal["approved", "rejected"]
) -> GuardrailVersion:
    role = store.governance.require(actor, Permission.GUARDRAIL_APPROVE)
    _require_reason(reason)
    name = GuardrailVersion.__tablename__
    action = f"guardrail.{'approve' if verdict == _APPROVED else 'reject'}"
    with store.write(actor, action, name, version_id) as change:
        version = _proposed(change.session, version_id)
        if version.proposed_by == actor:
            raise NotAllowedError(
                f"{actor} proposed guardrail version {version_id}: somebody else decides, with the permission "
                f"{Permission.GUARDRAIL_APPROVE}."
            )
        version.state = verdict
        version.decided_by, version.decided_at, version.decision_reason = actor, change.at, reason
        decision = Decision(
            kind="guardrail",
            subject=name,
            subject_id=version_id,
            verdict=verdict,
            by=actor,
            role=role,
            at=change.at,
            reason=reason,
            data={"manifest": version.manifest},
        )
        change.session.add(decision)
        change.session.flush()
        change.data = {"reason": reason, "decision_id": decision.id}
    return version


def _baseline(store: Store, baseline_id: int | None) -> BaselineVersion:
    found = baselines.latest(store) if baseline_id is None else baselines.get(store, baseline_id)
    if found is None:
        raise StateError(
            "There is no baseline that they could fit yet: stockrail baseline import FOLDER comes first."
        )
    return found


def _get(session: Session, version_id: int) -> GuardrailVersion:
    found = session.get(GuardrailVersion, version_id)
    if found is None:
        raise NotFoundError(
            f"There is no guardrail version {version_id}: stockrail guardrails list shows those there are."
        )
    return found


def _proposed(session: Session, version_id: int) -> GuardrailVersion:
    version = _get(session, version_id)
    if version.state != _PROPOSED:
        raise StateError(
            f"Guardrail version {version_id} is {version.state} already, by {version.decided_by} at "
            f"{version.decided_at:%Y-%m-%d %H:%M} UTC. To change the limits, propose a new version."
        )
    return version


def _files_of(folder: Path) -> dict[str, bytes]:
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    files = {file.name: file.read_bytes() for file in there if file.name in GUARDRAIL_FILES}
    if not any(name.startswith(f"{GUARDRAIL_TABLES[0]}.") for name in files):
        raise StateError(
            f"{folder} has no {GUARDRAIL_TABLES[0]}.csv: propose a folder with the limits in it."
        )
    return files


def _replaced(files: Mapping[str, bytes], guardrails: Mapping[str, bytes]) -> dict[str, bytes]:
    return {**{name: data for name, data in files.items() if name not in GUARDRAIL_FILES}, **guardrails}


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise StateError("Say why: the reason is blank.")
