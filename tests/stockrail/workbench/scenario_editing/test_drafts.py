"""Drafts: kept for one person, without an audit entry, and never in the way of what others save."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from stockrail.model.problems import InstanceError
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.errors import ConflictError, NotAllowedError, NotFoundError
from stockrail.workbench.scenario_editing import drafts
from stockrail.workbench.scenario_editing.drafts import NOT_KEPT, Draft, draft_of
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import AuditEntry, ScenarioDraft
from tests.stockrail.workbench.folders import three_items

PRICE = CellPlace("items", ("kettle",), "unit_price")
RULE = {"table": "demand", "where": {"item": "fan"}, "column": "mean_units", "multiply": 2}
PRICE_21 = {"table": "items", "where": {"item": "kettle"}, "column": "unit_price", "set": 21.0}


@pytest.fixture
def high(store: Store, tmp_path: Path) -> Store:
    """A store with the scenario `high`, on each database."""
    baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    scenarios.save(store, "anna", "high", [RULE], scenarios.NEW)
    return store


def of(store: Store, actor: str = "anna") -> Draft:
    """Somebody's draft of `high`."""
    return draft_of(store, actor, scenarios.get(store, "high"))


def edited(draft: Draft, value: float = 21.0) -> Draft:
    """The draft with another price of the kettle."""
    return replace(draft, edits=Edits(draft.edits.rules, {PRICE: value}, {}))


def entries(store: Store) -> int:
    """Entries of the audit log."""
    with store.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0


def test_draft_is_kept_for_one_person(high: Store) -> None:
    """Nobody else has it, the scenario is as it was, and neither the log nor a check of the store minds."""
    before = entries(high)
    assert (of(high).revision, of(high).is_changed) == (NOT_KEPT, False)
    drafts.keep(high, "anna", edited(of(high)))
    kept = of(high)
    assert (kept.revision, kept.version, kept.is_changed) == (1, 1, True)
    assert kept.edits == Edits((RULE,), {PRICE: 21.0})
    assert not of(high, "ben").is_changed
    assert entries(high) == before
    assert audit.verify(high).passed
    assert check(high).problems == []
    drafts.discard(high, "anna", kept.scenario_id)
    assert not of(high).is_changed


def test_another_window(high: Store) -> None:
    """What was changed, saved or discarded there is not overwritten from here."""
    old = of(high)
    first = drafts.keep(high, "anna", edited(old))
    with pytest.raises(ConflictError, match="in another window"):
        drafts.keep(high, "anna", edited(old, 22.0))
    drafts.keep(high, "anna", edited(first, 23.0))
    with pytest.raises(ConflictError):
        drafts.keep(high, "anna", edited(first, 24.0))
    assert of(high).edits.cells == {PRICE: 23.0}
    drafts.discard(high, "anna", old.scenario_id)
    with pytest.raises(ConflictError):
        drafts.keep(high, "anna", edited(first, 25.0))


def test_save(high: Store) -> None:
    """Rules, then cells; nothing is kept after it."""
    saved = drafts.save(high, "anna", drafts.keep(high, "anna", edited(of(high))))
    assert (saved.version, saved.overlay) == (2, [RULE, PRICE_21])
    assert (of(high).revision, of(high).version) == (NOT_KEPT, 2)
    with high.read() as session:
        assert session.scalars(sa.select(ScenarioDraft)).all() == []


def test_save_of_what_does_not_fit_keeps_the_draft(high: Store) -> None:
    """Refused cells by their place; what contradicts other rows by its table and column."""
    refused = replace(of(high), edits=Edits((RULE,), {}, {PRICE: "dear"}))
    with pytest.raises(InstanceError, match=r"items\.unit_price of kettle: found 'dear'"):
        drafts.save(high, "anna", drafts.keep(high, "anna", refused))
    late = CellPlace("items", ("kettle",), "lead_time_periods")
    too_late = replace(of(high), edits=Edits((RULE,), {late: 3}, {}))
    with pytest.raises(InstanceError) as caught:
        drafts.save(high, "anna", drafts.keep(high, "anna", too_late))
    assert [(one.file, one.column) for one in caught.value.problems] == [("items.csv", "lead_time_periods")]
    assert of(high).edits == Edits((RULE,), {late: 3})
    nobody = replace(of(high), edits=Edits(({**RULE, "where": {"item": "pan"}},), {}, {}))
    with pytest.raises(InstanceError) as caught:
        drafts.save(high, "anna", drafts.keep(high, "anna", nobody))
    assert caught.value.problems[0].file == "Multiply demand.mean_units by 2 where item is pan."


def test_on_top_of_theirs(high: Store) -> None:
    """Anna saves while Ben edits: his draft is of version 1 until he puts it on top, and then holds both."""
    bens = drafts.keep(high, "ben", edited(of(high, "ben"), 22.0))
    cost = {"table": "items", "where": {"item": "fan"}, "column": "unit_cost", "set": 19.0}
    scenarios.save(high, "anna", "high", [cost], 1)
    with pytest.raises(ConflictError, match="anna saved high"):
        drafts.save(high, "ben", bens)
    assert of(high, "ben").version == 1
    made = drafts.on_top(high, "ben", scenarios.get(high, "high"))
    # The rule that Anna has taken out stays out: Ben has not touched it.
    assert (made.version, made.edits.rules) == (2, ())
    assert made.edits.cells == {PRICE: 22.0, CellPlace("items", ("fan",), "unit_cost"): 19.0}
    assert drafts.save(high, "ben", made).version == 3


def test_first_edit_of_an_old_page(high: Store) -> None:
    """The version that was looked at is in the audit log, so the draft is of it; one that never was is none."""
    scenario = scenarios.save(high, "anna", "high", [RULE, PRICE_21], 1)
    old = draft_of(high, "ben", scenario, 1)
    assert (old.version, old.before) == (1, Edits((RULE,)))
    drafts.keep(high, "ben", edited(old, 22.0))
    assert of(high, "ben").version == 1
    with pytest.raises(NotFoundError, match="no version 7"):
        draft_of(high, "anna", scenario, 7)


def test_draft_of_a_save_that_was_cut_off(high: Store) -> None:
    """The process ended after the scenario was saved and before its draft was gone: there is nothing to save, and edits go on."""
    drafts.keep(high, "anna", edited(of(high)))
    scenarios.save(high, "anna", "high", [RULE, PRICE_21], 1)
    assert (of(high).version, of(high).is_changed) == (2, False)
    drafts.keep(high, "anna", edited(of(high), 23.0))
    assert (of(high).version, of(high).edits.cells) == (2, {PRICE: 23.0})


def test_moved_to_another_baseline(high: Store, tmp_path: Path) -> None:
    """It is the draft's until it is saved."""
    later = three_items(tmp_path / "later", ("demand.csv", "kettle,0,10", "kettle,0,11"))
    baselines.import_folder(high, "anna", later, "more")
    moved = drafts.keep(high, "anna", replace(of(high), baseline_id=2))
    assert moved.is_changed
    assert scenarios.get(high, "high").baseline_id == 1
    assert drafts.save(high, "anna", moved).baseline_id == 2


def test_auditor_keeps_nothing(high: Store) -> None:
    """Who may not edit scenarios has no drafts either."""
    with pytest.raises(NotAllowedError):
        drafts.keep(high, "edna", edited(of(high, "edna")))
    with pytest.raises(NotAllowedError):
        drafts.discard(high, "edna", 1)
