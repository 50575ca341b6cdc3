"""Drafts: what somebody has edited of a scenario and not saved yet, kept for them wherever they sign in."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.model.problems import InstanceError, Problem
from stockrail.workbench import scenarios
from stockrail.workbench.errors import ConflictError, NotFoundError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.scenario_editing.edits import Edits, reapplied
from stockrail.workbench.scenario_editing.words import place_words, told
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import AuditEntry, Scenario, ScenarioDraft

NOT_KEPT = 0
"""Revision where nothing is kept."""


@dataclass(frozen=True)
class Draft:
    """A scenario as somebody edits it.

    Attributes
    ----------
    version : of the scenario that was looked at.
    before : what that version changes.
    edits : what the scenario would change.
    baseline_id : the baseline that it would change.
    saved_baseline_id : the one that it changes now.
    revision : `NOT_KEPT` where nothing was edited.
    updated_at : when it was edited last; None where it was not.
    """

    scenario_id: int
    name: str
    version: int
    before: Edits
    edits: Edits
    baseline_id: int
    saved_baseline_id: int
    revision: int = NOT_KEPT
    updated_at: dt.datetime | None = None

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save."""
        return self.edits != self.before or self.baseline_id != self.saved_baseline_id


def draft_of(store: Store, actor: str, scenario: Scenario, version: int | None = None) -> Draft:
    """The draft of somebody; where nothing is kept the scenario as it is.

    Parameters
    ----------
    version : that they looked at, where nothing is kept; None for the present one.

    Raises
    ------
    NotFoundError
        The log has no such version.
    """
    with store.read() as session:
        kept = _kept(session, actor, scenario.id)
    if kept is not None and not _is_settled(kept, scenario):
        return Draft(
            scenario.id,
            scenario.name,
            kept.version,
            Edits.of(kept.overlay),
            Edits.from_record(kept.edits),
            kept.baseline_id,
            scenario.baseline_id,
            kept.revision,
            kept.updated_at,
        )
    overlay, baseline_id = scenario.overlay, scenario.baseline_id
    if version is not None and version != scenario.version:
        overlay, baseline_id = version_of(store, scenario, version)
    before = Edits.of(overlay)
    return Draft(
        scenario.id, scenario.name, version or scenario.version, before, before, baseline_id, baseline_id
    )


def keep(store: Store, actor: str, draft: Draft) -> Draft:
    """Keep a draft, unless another window of the same person has changed it since.

    Raises
    ------
    ConflictError
        It has another revision now.
    """
    store.governance.require(actor, Permission.SCENARIO_EDIT)
    with store.write_progress() as session:
        kept = _kept(session, actor, draft.scenario_id)
        if kept is not None and draft.revision == NOT_KEPT and draft.version > kept.version:
            session.delete(kept)  # one that was saved, by a process that ended before it was gone
            session.flush()
            kept = None
        current = NOT_KEPT if kept is None else kept.revision
        if current != draft.revision:
            raise ConflictError(changed_elsewhere(draft.name))
        if kept is None:
            kept = ScenarioDraft(actor=actor, scenario_id=draft.scenario_id)
            session.add(kept)
        kept.version, kept.overlay = draft.version, draft.before.overlay
        kept.baseline_id, kept.edits = draft.baseline_id, draft.edits.record()
        kept.revision, kept.updated_at = draft.revision + 1, store.clock()
    return replace(draft, revision=draft.revision + 1, updated_at=kept.updated_at)


def discard(store: Store, actor: str, scenario_id: int) -> None:
    """Keep nothing of somebody's edits any longer."""
    store.governance.require(actor, Permission.SCENARIO_EDIT)
    with store.write_progress() as session:
        kept = _kept(session, actor, scenario_id)
        if kept is not None:
            session.delete(kept)


def save(store: Store, actor: str, draft: Draft) -> Scenario:
    """Save a draft as the next version of its scenario; nothing of it is kept then.

    Raises
    ------
    ConflictError
        Somebody has saved the scenario since it was looked at. The draft is kept.
    InstanceError
        With every cell and change that does not fit, by its place. The draft is kept.
    """
    require_no_refused(draft)
    try:
        saved = scenarios.save(
            store, actor, draft.name, draft.edits.overlay, draft.version, draft.baseline_id
        )
    except InstanceError as error:
        raise InstanceError([told(one, draft.edits.overlay) for one in error.problems]) from error
    discard(store, actor, draft.scenario_id)
    return saved


def on_top(store: Store, actor: str, scenario: Scenario) -> Draft:
    """Make somebody's edits once more on the version that is there now, and keep that as the draft."""
    mine = draft_of(store, actor, scenario)
    theirs = Edits.of(scenario.overlay)
    edits = reapplied(mine.before, mine.edits, theirs)
    is_moved = mine.baseline_id != version_of(store, scenario, mine.version)[1]
    baseline_id = mine.baseline_id if is_moved else scenario.baseline_id
    merged = replace(mine, version=scenario.version, before=theirs, edits=edits, baseline_id=baseline_id)
    return keep(store, actor, merged)


def version_of(store: Store, scenario: Scenario, version: int) -> tuple[list[Any], int]:
    """What a version of a scenario changed, and of which baseline: as it is now, or from the audit log.

    Raises
    ------
    NotFoundError
        There is no such version.
    """
    if version == scenario.version:
        return list(scenario.overlay), scenario.baseline_id
    with store.read() as session:
        found = session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.entity == Scenario.__tablename__, AuditEntry.entity_id == scenario.id)
            .where(AuditEntry.action == "scenario.save")
            .order_by(AuditEntry.id.desc())
        )
        for entry in found:
            if entry.data["version"] == version:
                return list(entry.data["overlay"]), int(entry.data["baseline_id"])
    raise NotFoundError(f"There is no version {version} of the scenario {scenario.name}.")


def changed_elsewhere(name: str) -> str:
    """What somebody is told whose draft is no longer what the page shows."""
    return f"Your draft of {name} was changed, saved or discarded in another window."


def require_no_refused(draft: Draft) -> None:
    """Refuse to save what has cells that were refused.

    Raises
    ------
    InstanceError
        With each of them.
    """
    if draft.edits.refused:
        raise InstanceError(
            [
                Problem(
                    place_words(place), None, None, text, "a value that the cell may have: put it right first"
                )
                for place, text in draft.edits.refused.items()
            ]
        )


def _kept(session: Session, actor: str, scenario_id: int) -> ScenarioDraft | None:
    return session.scalar(
        sa.select(ScenarioDraft).where(ScenarioDraft.actor == actor, ScenarioDraft.scenario_id == scenario_id)
    )


def _is_settled(kept: ScenarioDraft, scenario: Scenario) -> bool:
    """Whether the scenario already is what the draft would make of it: it was saved, and its process ended before the draft was gone."""
    edits = Edits.from_record(kept.edits)
    is_same = edits.overlay == scenario.overlay and kept.baseline_id == scenario.baseline_id
    return is_same and not edits.refused and kept.version < scenario.version
