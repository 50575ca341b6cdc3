"""The page of a scenario: cells, drafts, saving, conflicts, changes of many rows, optimizing."""

import json
import re
from typing import Any

from stockrail.workbench import scenarios
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Client, Web
from tests.stockrail.web.conftest import FAN_DOUBLED
from tests.stockrail.web.processes import wait_until_gone

PRICE_21 = {"table": "items", "where": {"item": "kettle"}, "column": "unit_price", "set": 21.0}


def seen(client: Client, name: str = "high") -> str:
    """The tag of the visitor's draft."""
    return str(client.get(f"/api/scenarios/{name}").json()["seen"])


def put(client: Client, table: str, *cells: tuple[str, str, Any], tag: str | None = None) -> Any:
    """Send the cells of a grid as the page does; all of its changed cells."""
    changes = [{"row": row, "column": column, "value": value, "before": None} for row, column, value in cells]
    return client.post(
        "/scenarios/high/draft/cells",
        data={"table": table, "changes": json.dumps(changes), "seen": seen(client) if tag is None else tag},
        headers={"X-CSRF-Token": client.csrf, "HX-Request": "true"},
    )


def do(client: Client, path: str, /, **fields: Any) -> Any:
    """Send a form of the page."""
    return client.send_form(f"/scenarios/high/{path}", **{"seen": seen(client), **fields})


def grid_in(text: str) -> dict[str, Any]:
    """What the page gives to its grid."""
    found = re.search(r'<script type="application/json" id="cells-grid">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    made: dict[str, Any] = json.loads(found[1])
    return made


def test_rule_is_shown_in_words_and_in_the_table(web: Web) -> None:
    """`high` doubles the fan's demand of 10, 20, 15; each of the three cells is marked with the baseline's value."""
    text = web.as_("anna").get("/scenarios/high?table=demand").text
    assert "Multiply demand.mean_units by 2 where item is fan." in text
    made = grid_in(text)
    fan = next(row for row in made["rows"] if row["row"] == "fan")
    assert [fan["0"], fan["1"], fan["2"]] == [20.0, 40.0, 30.0]
    assert made["marks"] == [
        {"row": "fan", "column": str(t), "note": f"baseline: {units}"} for t, units in enumerate((10, 20, 15))
    ]
    assert made["changes"] == []


def test_draft_is_there_after_signing_in_elsewhere(web: Web) -> None:
    """And nobody else sees it."""
    first = web.as_("anna")
    answer = put(first, "items", ("kettle", "unit_price", 21))
    assert answer.status_code == 200
    assert "items.unit_price of kettle: 21" in answer.text
    elsewhere = web.as_("anna").get("/scenarios/high").text
    assert grid_in(elsewhere)["changes"] == [{"row": "kettle", "column": "unit_price", "value": 21.0}]
    assert "not saved" in elsewhere
    assert "your draft" in first.get("/scenarios").text
    assert grid_in(web.as_("ben").get("/scenarios/high").text)["changes"] == []


def test_save_keeps_rules_and_cells(web: Web, store: Store) -> None:
    """The next version has the rule and then the cell; the draft is gone."""
    client = web.as_("anna")
    put(client, "items", ("kettle", "unit_price", 21))
    answer = do(client, "save")
    assert (answer.status_code, answer.headers["location"]) == (303, "/scenarios/high?table=items&saved=2")
    assert scenarios.get(store, "high").overlay == [*FAN_DOUBLED, PRICE_21]
    text = client.get("/scenarios/high").text
    assert "Everything is saved." in text
    assert grid_in(text)["marks"] == [{"row": "kettle", "column": "unit_price", "note": "baseline: 20"}]
    assert do(client, "save").status_code == 409


def test_save_takes_the_cells_that_the_grid_has_now(web: Web, store: Store) -> None:
    """Whoever types and presses Save at once does not lose the cell."""
    client = web.as_("anna")
    cells = json.dumps([{"row": "kettle", "column": "unit_price", "value": 21}])
    assert do(client, "save", table="items", changes=cells).status_code == 303
    assert scenarios.get(store, "high").overlay == [*FAN_DOUBLED, PRICE_21]


def test_undone_cell_is_no_edit(web: Web) -> None:
    """The grid sends all cells that are changed: one that was undone is not among them any more."""
    client = web.as_("anna")
    put(client, "items", ("kettle", "unit_price", 21), ("fan", "unit_price", 41))
    put(client, "items", ("fan", "unit_price", 41))
    assert [one["words"] for one in client.get("/api/scenarios/high").json()["cells"]] == [
        "items.unit_price of fan"
    ]
    assert "Everything is saved." in put(client, "items").text


def test_saved_cell_can_be_taken_back(web: Web, store: Store) -> None:
    """The value of the baseline again: the change is gone from the scenario."""
    client = web.as_("anna")
    put(client, "items", ("kettle", "unit_price", 21))
    do(client, "save")
    put(client, "items", ("kettle", "unit_price", 20))
    do(client, "save")
    assert scenarios.get(store, "high").overlay == FAN_DOUBLED


def test_wrong_cells_are_located_and_kept(web: Web, store: Store) -> None:
    """All at once, each with what is allowed; they cannot be saved, and are there after a reload; others are not lost."""
    client = web.as_("anna")
    answer = put(
        client,
        "items",
        ("kettle", "unit_price", -1),
        ("kettle", "supplier", "nobody"),
        ("fan", "lot_size", "ten"),
        ("fan", "unit_price", 41),
    )
    found = re.search(r'data-grid-errors="cells">(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    errors = {(one["row"], one["column"]): one["message"] for one in json.loads(found[1])}
    assert errors.keys() == {("kettle", "unit_price"), ("kettle", "supplier"), ("fan", "lot_size")}
    assert errors["kettle", "unit_price"] == "-1; allowed: a number >= 0."
    assert errors["kettle", "supplier"] == "nobody; allowed: a name in the table suppliers: works, importer."
    refused = do(client, "save")
    assert refused.status_code == 422
    assert "items.supplier of kettle" in refused.text
    text = client.get("/scenarios/high").text
    assert "3 cells cannot hold what was typed" in text
    assert {(one["row"], one["column"]) for one in grid_in(text)["changes"]} == {
        *errors,
        ("fan", "unit_price"),
    }
    assert scenarios.get(store, "high").version == 1


def test_contradiction_is_told_when_it_is_saved(web: Web) -> None:
    """A lead time of 3 is right by itself, and too long for three periods: with the table and the column."""
    client = web.as_("anna")
    put(client, "items", ("kettle", "lead_time_periods", 3))
    answer = do(client, "save")
    assert answer.status_code == 422
    assert "lead_time_periods" in answer.text


def test_two_windows_of_one_person(web: Web) -> None:
    """The second one is told that the draft has changed."""
    client = web.as_("anna")
    old = seen(client)
    put(client, "items", ("kettle", "unit_price", 21))
    answer = put(client, "items", ("kettle", "unit_price", 22), tag=old)
    assert answer.status_code == 409
    assert "in another window. Nothing was changed" in answer.text


def test_two_people(web: Web, store: Store) -> None:
    """Ben edits what Anna has edited and saved: he is shown both, puts his on top, and saves."""
    anna, ben = web.as_("anna"), web.as_("ben")
    bens_tag = seen(ben)
    put(anna, "items", ("kettle", "unit_price", 21), ("fan", "unit_price", 41))
    do(anna, "save")
    # Ben's page is from before; his first cell makes a draft of what he looked at.
    assert put(ben, "items", ("kettle", "unit_price", 22), tag=bens_tag).status_code == 200
    answer = do(ben, "save")
    assert answer.status_code == 409
    for words in (
        "anna has saved high meanwhile",
        "Version 2",
        "begun from version 1",
        "Put my changes on top",
    ):
        assert words in answer.text
    conflict = ben.get("/api/scenarios/high/conflict").json()
    price = "items.unit_price of kettle"
    assert conflict["both"] == [
        {"words": price, "before": "as in the baseline", "theirs": "21", "mine": "22"}
    ]
    assert conflict["mine"] == [f"{price}: as in the baseline → 22"]
    assert len(conflict["theirs"]) == 2
    assert ben.send_form("/scenarios/high/merge", seen=conflict["seen"]).status_code == 303
    assert do(ben, "save").status_code == 303
    saved = scenarios.get(store, "high")
    assert (saved.version, saved.updated_by) == (3, "ben")
    assert saved.overlay == [
        *FAN_DOUBLED,
        {"table": "items", "where": {"item": "kettle"}, "column": "unit_price", "set": 22.0},
        {"table": "items", "where": {"item": "fan"}, "column": "unit_price", "set": 41.0},
    ]


def test_conflict_in_the_page_is_a_page_of_its_own(web: Web) -> None:
    """Htmx is told to load it, with the status of a conflict."""
    anna, ben = web.as_("anna"), web.as_("ben")
    put(ben, "items", ("kettle", "unit_price", 22))
    put(anna, "items", ("kettle", "unit_price", 21))
    do(anna, "save")
    answer = ben.post(
        "/scenarios/high/save",
        data={"seen": seen(ben)},
        headers={"X-CSRF-Token": ben.csrf, "HX-Request": "true"},
    )
    assert (answer.status_code, answer.headers["hx-redirect"]) == (409, "/scenarios/high/conflict")
    assert "anna saved version 2 after you had begun from version 1" in ben.get("/scenarios/high").text


def test_many_rows(web: Web, store: Store) -> None:
    """A tenth more in the last two periods for kitchen: the change in words, the cells, and what is saved."""
    client = web.as_("anna")
    answer = do(
        client,
        "draft/rules",
        table="demand",
        action="multiply",
        column="mean_units",
        value="1.1",
        where_column=["product_group", "period", ""],
        where_value=["kitchen", "1 to 2", ""],
    )
    assert answer.headers["location"] == "/scenarios/high?table=demand"
    text = client.get("/scenarios/high?table=demand").text
    assert "Multiply demand.mean_units by 1.1 where product_group is kitchen and period is 1 to 2." in text
    kettle = next(row for row in grid_in(text)["rows"] if row["row"] == "kettle")
    assert [kettle["0"], kettle["1"], kettle["2"]] == [10.0, 11.0, 11.0]
    do(client, "draft/rules/0/remove")
    do(client, "save")
    where = {"product_group": "kitchen", "period": {"first": 1, "last": 2}}
    assert scenarios.get(store, "high").overlay == [
        {"table": "demand", "where": where, "column": "mean_units", "multiply": 1.1}
    ]


def test_change_that_cannot_be_made_is_refused(web: Web) -> None:
    """A segment that no row has, with those there are; a value that is none."""
    client = web.as_("anna")
    form = {"table": "demand", "action": "multiply", "column": "mean_units", "value": "1.1"}
    answer = do(client, "draft/rules", **form, where_column="segment", where_value="A")
    assert answer.status_code == 422
    assert "there is: steady, seasonal, noisy" in answer.text
    answer = do(client, "draft/rules", **{**form, "value": "much"})
    assert answer.status_code == 422
    assert "demand.mean_units" in answer.text


def test_new_row(web: Web, store: Store) -> None:
    """A service target is a row of guardrails."""
    client = web.as_("anna")
    cells = {
        "guardrail": "service", "metric": "fill_rate", "scope": "all", "first_period": "0", "last_period": "2",
        "lower": "0.9", "holds": "expected", "measured": "average",
    }  # fmt: skip
    answer = do(
        client, "draft/rows", table="guardrails", **{f"cell.{name}": text for name, text in cells.items()}
    )
    assert answer.status_code == 303, answer.text
    do(client, "save")
    (added,) = scenarios.get(store, "high").overlay[1]["add_rows"]
    assert (added["guardrail"], added["lower"], added["upper"]) == ("service", 0.9, None)
    answer = do(client, "draft/rows", table="guardrails", **{"cell.guardrail": "x"})
    assert answer.status_code == 422


def test_settings_are_a_table(web: Web, store: Store) -> None:
    """Opening cash is edited like a cell; the currency is not."""
    client = web.as_("carla")
    answer = put(client, "settings", ("opening_cash", "value", "1,200"), ("currency", "value", "USD"))
    assert "settings.opening_cash: 1200" in answer.text
    assert "change the baseline" in answer.text
    do(client, "save")
    assert scenarios.get(store, "high").overlay[1] == {
        "table": "settings",
        "column": "opening_cash",
        "set": 1200.0,
    }


def test_discard(web: Web) -> None:
    """Nothing of it is left."""
    client = web.as_("anna")
    put(client, "items", ("kettle", "unit_price", 21))
    assert do(client, "discard").status_code == 303
    assert "Everything is saved." in client.get("/scenarios/high").text


def test_optimize_saves_and_starts_a_run(web: Web, store: Store) -> None:
    """Of the version that was saved by it."""
    client = web.as_("ben")
    put(client, "items", ("kettle", "unit_price", 21))
    answer = do(client, "optimize", time_limit="5")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/1")
    wait_until_gone(store, 1)
    run = client.get("/api/runs/1").json()
    assert scenarios.get(store, "high").version == 2
    assert run["run"]["scenario_version"] == 2


def test_optimize_with_a_wrong_option_saves_nothing(web: Web, store: Store) -> None:
    """It is refused before the draft becomes the next version."""
    client = web.as_("ben")
    put(client, "items", ("kettle", "unit_price", 21))
    assert do(client, "optimize", time_limit="soon").status_code == 422
    assert scenarios.get(store, "high").version == 1


def test_auditor_may_look(web: Web) -> None:
    """A table to read, and no form that changes anything."""
    text = web.as_("edna").get("/scenarios/high").text
    made = grid_in(text)
    assert not any(column.get("editable") for column in made["columns"])
    assert "/draft/" not in text
    assert "Optimize" not in text


def test_unknown(web: Web) -> None:
    """A scenario or a table that is not there."""
    client = web.as_("anna")
    assert client.get("/scenarios/nothing").status_code == 404
    assert client.get("/scenarios/high?table=nothing").status_code == 404
