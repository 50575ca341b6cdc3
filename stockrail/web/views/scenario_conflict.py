"""Two people have edited one scenario: what the other one saved, what the visitor changed, and where they differ."""

import datetime as dt
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.stale import seen_of
from stockrail.web.views.scenario import seen_draft
from stockrail.web.views.scenarios import path_of
from stockrail.workbench import scenarios
from stockrail.workbench.scenario_editing.drafts import Draft, draft_of, version_of
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits, both_changed, changed_cells
from stockrail.workbench.scenario_editing.words import cell_words, place_words, words_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Scenario

AS_BEFORE = "as in the baseline"
"""What stands for a cell that is not edited."""


class BothView(BaseModel):
    """A cell that both changed, each to another value."""

    model_config = ConfigDict(frozen=True)

    words: str = Field(description="Which cell.")
    before: str
    theirs: str
    mine: str


class ConflictView(BaseModel):
    """What somebody else saved after the visitor's draft was begun."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: str
    draft_version: int = Field(description="That the draft was begun from.")
    version: int = Field(description="As it is saved now.")
    saved_by: str
    saved_at: dt.datetime = Field(description="In UTC.")
    theirs: tuple[str, ...] = Field(description="What they changed, in words.")
    mine: tuple[str, ...] = Field(description="What the draft changes, in words.")
    both: tuple[BothView, ...] = Field(description="Cells that both changed.")
    baseline: str | None = Field(description="What was changed of the baseline; null where nothing was.")
    is_conflict: bool = Field(description="Whether anybody has saved since the draft was begun.")
    seen: str = Field(description="Send it back to make the draft's changes on what is saved now.")
    seen_draft: str = Field(description="Send it back to discard the draft.")


def seen_conflict(scenario: Scenario, draft: Draft) -> str:
    """The tag of what differs between a draft and what is saved."""
    return seen_of("conflict", scenario.id, draft.version, draft.revision, scenario.version)


def view(store: Store, actor: str, name: str) -> ConflictView:
    """What differs between the actor's draft and what is saved now.

    Raises
    ------
    NotFoundError
        There is no such scenario.
    """
    scenario = scenarios.get(store, name)
    draft = draft_of(store, actor, scenario)
    theirs = Edits.of(scenario.overlay)
    old_baseline = version_of(store, scenario, draft.version)[1]
    return ConflictView(
        name=name,
        path=path_of(name),
        draft_version=draft.version,
        version=scenario.version,
        saved_by=scenario.updated_by,
        saved_at=scenario.updated_at,
        theirs=tuple(_words(draft.before, theirs)),
        mine=tuple(_words(draft.before, draft.edits)),
        both=tuple(
            BothView(
                words=place_words(one.place),
                before=_value(draft.before, one.place),
                theirs=_value(theirs, one.place),
                mine=_value(draft.edits, one.place),
            )
            for one in both_changed(draft.before, draft.edits, theirs)
        ),
        baseline=_baseline(old_baseline, scenario.baseline_id, draft.baseline_id),
        is_conflict=draft.version != scenario.version,
        seen=seen_conflict(scenario, draft),
        seen_draft=seen_draft(draft),
    )


def _words(before: Edits, after: Edits) -> Iterator[str]:
    """What was changed, a sentence each."""
    yield from (f"New: {words_of(rule)}" for rule in after.rules if rule not in before.rules)
    yield from (f"Taken away: {words_of(rule)}" for rule in before.rules if rule not in after.rules)
    for place in changed_cells(before, after):
        yield f"{place_words(place)}: {_value(before, place)} → {_value(after, place)}"


def _value(edits: Edits, place: CellPlace) -> str:
    return cell_words(edits.cells[place]) if place in edits.cells else AS_BEFORE


def _baseline(before: int, theirs: int, mine: int) -> str | None:
    if theirs == mine:
        return None
    who = "They moved it" if mine == before else "You moved it" if theirs == before else "Both moved it"
    return f"{who} to another baseline: theirs is {theirs}, yours {mine}."
