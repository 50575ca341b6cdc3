"""Scenarios: make, replace, archive; one's draft: cells, rules, rows, save, merge, discard; optimize."""

import json
from dataclasses import replace

from stockrail.web.views.baselines import seen_latest
from stockrail.web.views.scenario import seen_draft
from stockrail.web.views.scenario_conflict import seen_conflict
from stockrail.web.views.scenarios import seen_scenario
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.scenario_editing import drafts
from stockrail.workbench.scenario_editing.drafts import draft_of
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits
from stockrail.workbench.store import Store
from tests.stockrail.web.change_cases.case import ChangeCase
from tests.stockrail.web.uploads import changed_files

BY = "otto"
PRICE = CellPlace("items", ("kettle",), "unit_price")
CELL = {"row": "kettle", "column": "unit_price", "value": 21.0}
RULE = {"table": "demand", "column": "mean_units", "multiply": 1.1}
RULE_FORM = {"table": "demand", "action": "multiply", "column": "mean_units", "value": "1.1"}
ROW_FORM = {"table": "warehouses", "cell.warehouse": "hall", "cell.capacity_space": "1000"}


def _saved(store: Store) -> str:
    return seen_scenario(scenarios.get(store, "high"))


def _draft(store: Store) -> str:
    return seen_draft(draft_of(store, BY, scenarios.get(store, "high")))


def _conflict(store: Store) -> str:
    scenario = scenarios.get(store, "high")
    return seen_conflict(scenario, draft_of(store, BY, scenario))


def _has_draft(store: Store) -> None:
    draft = draft_of(store, BY, scenarios.get(store, "high"))
    drafts.keep(store, BY, replace(draft, edits=Edits(draft.edits.rules, {PRICE: 21.0})))


def _is_overtaken(store: Store) -> None:
    _has_draft(store)
    scenarios.save(store, "anna", "high", [RULE], 1)


def _has_later_baseline(store: Store) -> None:
    with baselines.folder_with(changed_files()) as folder:
        baselines.import_folder(store, BY, folder, "More fans.")


CASES: tuple[ChangeCase, ...] = (
    ChangeCase("POST", "/scenarios", "/scenarios", seen_latest, {"name": "low", "like": "high"}),
    ChangeCase("POST", "/scenarios/{name}/archive", "/scenarios/high/archive", _saved),
    ChangeCase(
        "POST",
        "/scenarios/{name}/draft/cells",
        "/scenarios/high/draft/cells",
        _draft,
        {"table": "items", "changes": json.dumps([CELL])},
    ),
    ChangeCase("POST", "/scenarios/{name}/draft/rules", "/scenarios/high/draft/rules", _draft, RULE_FORM),
    ChangeCase("POST", "/scenarios/{name}/draft/rows", "/scenarios/high/draft/rows", _draft, ROW_FORM),
    ChangeCase(
        "POST",
        "/scenarios/{name}/draft/rules/{number}/remove",
        "/scenarios/high/draft/rules/0/remove",
        _draft,
    ),
    ChangeCase("POST", "/scenarios/{name}/save", "/scenarios/high/save", _draft, prepare=_has_draft),
    ChangeCase("POST", "/scenarios/{name}/discard", "/scenarios/high/discard", _draft, prepare=_has_draft),
    ChangeCase("POST", "/scenarios/{name}/merge", "/scenarios/high/merge", _conflict, prepare=_is_overtaken),
    ChangeCase(
        "POST",
        "/scenarios/{name}/move",
        "/scenarios/high/move",
        _draft,
        {"baseline": "2"},
        prepare=_has_later_baseline,
    ),
    # Nothing is changed, so that it is run 2, which is there: no process is started.
    ChangeCase("POST", "/scenarios/{name}/optimize", "/scenarios/high/optimize", _draft),
    ChangeCase("POST", "/api/scenarios", "/api/scenarios", seen_latest, {"name": "low", "changes": [RULE]}),
    ChangeCase("PUT", "/api/scenarios/{name}", "/api/scenarios/high", _saved, {"changes": [RULE]}),
    ChangeCase("DELETE", "/api/scenarios/{name}", "/api/scenarios/high", _saved),
    ChangeCase(
        "PUT",
        "/api/scenarios/{name}/draft/cells",
        "/api/scenarios/high/draft/cells",
        _draft,
        {"table": "items", "cells": [CELL]},
    ),
    ChangeCase(
        "POST",
        "/api/scenarios/{name}/draft/save",
        "/api/scenarios/high/draft/save",
        _draft,
        prepare=_has_draft,
    ),
    ChangeCase(
        "POST",
        "/api/scenarios/{name}/draft/merge",
        "/api/scenarios/high/draft/merge",
        _conflict,
        prepare=_is_overtaken,
    ),
    ChangeCase(
        "DELETE", "/api/scenarios/{name}/draft", "/api/scenarios/high/draft", _draft, prepare=_has_draft
    ),
    ChangeCase("POST", "/api/scenarios/{name}/optimize", "/api/scenarios/high/optimize", _draft),
)
