"""What visitors do to scenarios and to their drafts of them, for pages and API: each refused where they looked at something else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stockrail.model import WhatIf, apply
from stockrail.model.problems import InstanceError
from stockrail.web.files import instance_of
from stockrail.web.stale import require_seen, seen_of
from stockrail.web.views.baselines import imported_meanwhile, seen_latest
from stockrail.web.views.draft_instance import with_rules
from stockrail.web.views.grid_table import require_table
from stockrail.web.views.scenario import seen_draft
from stockrail.web.views.scenario_conflict import seen_conflict
from stockrail.web.views.scenarios import saved_meanwhile, seen_scenario
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.errors import ConflictError, StateError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs import submit as submitting
from stockrail.workbench.runs.options import parsed
from stockrail.workbench.runs.watch import tend
from stockrail.workbench.scenario_editing import drafts
from stockrail.workbench.scenario_editing.cell_edits import CellProblem, EditedTable, GivenCell
from stockrail.workbench.scenario_editing.drafts import Draft
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits
from stockrail.workbench.scenario_editing.words import told
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, Scenario

UNCHANGED = "Nothing was changed."


class NothingToSaveError(StateError):
    """The scenario is as the visitor has it already."""


@dataclass(frozen=True)
class ScenarioChanges:
    """What a visitor asks for. Rights come before what has changed meanwhile, and that before what is asked for."""

    store: Store
    actor: str

    def create(
        self,
        name: str,
        seen: str,
        baseline_id: int | None = None,
        like: str | None = None,
        changes: Sequence[Mapping[str, Any]] = (),
    ) -> Scenario:
        """Make a scenario, empty, with changes, or with those of another one."""
        self._require_editor()
        require_seen(seen, seen_latest(self.store), imported_meanwhile(self.store))
        if "/" in name or name in {".", ".."}:
            raise StateError(f"A name without a slash: it is part of the page's address. {UNCHANGED}")
        if not name.isprintable():
            raise StateError(f"A name of letters, digits and signs that can be seen. {UNCHANGED}")
        overlay = list(changes)
        if like:
            other = scenarios.get(self.store, like)
            overlay, baseline_id = [*other.overlay, *overlay], baseline_id or other.baseline_id
        return scenarios.save(self.store, self.actor, name.strip(), overlay, scenarios.NEW, baseline_id)

    def replace(
        self, name: str, changes: Sequence[Mapping[str, Any]], seen: str, baseline_id: int | None = None
    ) -> Scenario:
        """Save other changes in place of those that a scenario has, past any draft."""
        self._require_editor()
        scenario = scenarios.get(self.store, name)
        require_seen(seen, seen_scenario(scenario), saved_meanwhile(scenario))
        return scenarios.save(self.store, self.actor, name, changes, scenario.version, baseline_id)

    def archive(self, name: str, seen: str) -> Scenario:
        """Take a scenario off the list."""
        self._require_editor()
        scenario = scenarios.get(self.store, name)
        require_seen(seen, seen_scenario(scenario), saved_meanwhile(scenario))
        return scenarios.archive(self.store, self.actor, name, scenario.version)

    def require_seen_draft(self, name: str, seen: str) -> None:
        """Refuse whoever may not edit, or has looked at another draft, before anything else is said."""
        self._draft(name, seen)

    def put_cells(
        self, name: str, table: str, cells: Sequence[GivenCell], seen: str
    ) -> tuple[Draft, list[CellProblem]]:
        """Keep the cells of a table that differ from the scenario as it is saved: all of them, as the grid has them."""
        draft = self._draft(name, seen)
        edits, problems = self._put(draft, table, cells)
        if edits == draft.edits:
            return draft, problems
        return drafts.keep(self.store, self.actor, replace(draft, edits=edits)), problems

    def add_rule(self, name: str, change: Mapping[str, Any], seen: str) -> Draft:
        """Add a change of many rows to the draft, if it can be made."""
        draft = self._draft(name, seen)
        rules = (*draft.edits.rules, dict(change))
        self._require_fit(draft, rules)
        return self._keep(draft, rules)

    def remove_rule(self, name: str, number: int, seen: str) -> Draft:
        """Take a change of many rows out of the draft."""
        draft = self._draft(name, seen)
        if number >= len(draft.edits.rules):
            raise StateError(f"There is no change {number}. {UNCHANGED}")
        return self._keep(draft, (*draft.edits.rules[:number], *draft.edits.rules[number + 1 :]))

    def move(self, name: str, baseline_id: int, seen: str) -> Draft:
        """Let the draft change another version of the baseline, if its rules fit there."""
        draft = self._draft(name, seen)
        baselines.get(self.store, baseline_id)
        moved = replace(draft, baseline_id=baseline_id)
        self._require_fit(moved, moved.edits.rules)
        return drafts.keep(self.store, self.actor, moved)

    def discard(self, name: str, seen: str) -> None:
        """Forget the draft."""
        draft = self._draft(name, seen)
        drafts.discard(self.store, self.actor, draft.scenario_id)

    def save(
        self, name: str, seen: str, table: str | None = None, cells: Sequence[GivenCell] = ()
    ) -> Scenario:
        """Save the draft, with the cells of a table as the grid has them now.

        Raises
        ------
        ConflictError
            Somebody has saved meanwhile, or the draft is not the one that was looked at. The draft is kept.
        """
        draft = self._draft(name, seen)
        if table is not None:
            edits, _ = self._put(draft, table, cells)
            if edits != draft.edits:
                draft = drafts.keep(self.store, self.actor, replace(draft, edits=edits))
        if not draft.is_changed:
            scenario = scenarios.get(self.store, name)
            if scenario.version != draft.version:
                raise ConflictError(f"{saved_meanwhile(scenario)} {UNCHANGED}")
            raise NothingToSaveError(f"There is nothing to save: {name} is as you see it. {UNCHANGED}")
        return drafts.save(self.store, self.actor, draft)

    def merge(self, name: str, seen: str) -> Draft:
        """Make one's own edits again on what somebody else has saved meanwhile."""
        self._require_editor()
        scenario = scenarios.get(self.store, name)
        draft = drafts.draft_of(self.store, self.actor, scenario)
        require_seen(seen, seen_conflict(scenario, draft), saved_meanwhile(scenario))
        return drafts.on_top(self.store, self.actor, scenario)

    def optimize(
        self,
        name: str,
        seen: str,
        options: Mapping[str, Any],
        table: str | None = None,
        cells: Sequence[GivenCell] = (),
    ) -> Run:
        """Save the draft where there is something to save, and start a run of the scenario."""
        self.store.governance.require(self.actor, Permission.RUN_START)
        parsed("plan", options)  # before anything is saved: who is refused has changed nothing
        scenario = scenarios.get(self.store, name)
        is_editor = self.store.governance.allows(self.actor, Permission.SCENARIO_EDIT)
        draft = self._seen_draft(scenario, seen)
        if is_editor and (draft.is_changed or cells):
            try:
                scenario = self.save(name, seen, table, cells)
            except NothingToSaveError:  # the cells are those that are saved
                scenario = scenarios.get(self.store, name)
        elif draft.version != scenario.version:
            raise ConflictError(f"{saved_meanwhile(scenario)} {UNCHANGED}")
        run = submitting.submit(self.store, self.actor, "plan", scenario.baseline_id, scenario.id, options)
        tend(self.store)
        return run

    def _require_editor(self) -> None:
        self.store.governance.require(self.actor, Permission.SCENARIO_EDIT)

    def _draft(self, name: str, seen: str) -> Draft:
        self._require_editor()
        return self._seen_draft(scenarios.get(self.store, name), seen)

    def _seen_draft(self, scenario: Scenario, seen: str) -> Draft:
        """The draft, if it is what was looked at; where nothing is kept that of the version that was looked at, however old."""
        draft = drafts.draft_of(self.store, self.actor, scenario)
        if draft.revision == drafts.NOT_KEPT and seen != seen_draft(draft):
            for version in range(draft.version - 1, 0, -1):
                if seen == seen_of("draft", scenario.id, version, drafts.NOT_KEPT):
                    return drafts.draft_of(self.store, self.actor, scenario, version)
            require_seen(seen, seen_draft(draft), f"{saved_meanwhile(scenario)}")
        require_seen(seen, seen_draft(draft), drafts.changed_elsewhere(scenario.name))
        return draft

    def _put(self, draft: Draft, table: str, cells: Sequence[GivenCell]) -> tuple[Edits, list[CellProblem]]:
        require_table(table)
        instance, _ = with_rules(self.store, draft)
        saved = {place: value for place, value in draft.before.cells.items() if place.table == table}
        others = _without(draft.edits, table)
        begun = Edits(others.rules, {**others.cells, **saved}, others.refused)
        return EditedTable(instance, table).put(begun, cells)

    def _keep(self, draft: Draft, rules: tuple[Mapping[str, Any], ...]) -> Draft:
        edits = Edits(rules, draft.edits.cells, draft.edits.refused)
        return drafts.keep(self.store, self.actor, replace(draft, edits=edits))

    def _require_fit(self, draft: Draft, rules: Sequence[Mapping[str, Any]]) -> None:
        """Refuse changes that cannot be made on the baseline, by the sentence of each."""
        try:
            what_if = WhatIf.model_validate({"name": draft.name, "changes": [dict(rule) for rule in rules]})
            apply(instance_of(self.store, draft.baseline_id), what_if)
        except InstanceError as error:
            raise InstanceError([told(problem, rules) for problem in error.problems]) from error


def _without(edits: Edits, table: str) -> Edits:
    def of_others(places: Mapping[CellPlace, Any]) -> dict[CellPlace, Any]:
        return {place: value for place, value in places.items() if place.table != table}

    return Edits(edits.rules, of_others(edits.cells), of_others(edits.refused))
