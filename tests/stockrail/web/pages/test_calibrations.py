"""Calibrations as pages and as JSON: the list, decisions and what they change, the file for the ERP."""

from collections.abc import Callable

import pytest

from stockrail.web.csrf import HEADER
from stockrail.web.views.calibration import CalibrationView
from stockrail.web.views.calibrations import CalibrationsView
from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Web
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example, calibrated

RUN = 1


@pytest.fixture
def web(store: Store, web_of: Callable[[Store], Web]) -> Web:
    """The application with a calibration that Anna asked for."""
    assert add_calibration(store, add_example(store)) == RUN
    return web_of(store)


def test_without_any_the_page_says_what_to_do(store: Store, web_of: Callable[[Store], Web]) -> None:
    """There is a baseline, so it can be calibrated; an auditor cannot start one."""
    page = web_of(store).as_("ben").get("/calibrations").text
    assert "There is none yet." in page
    assert 'href="/runs/start?kind=calibrate"' in page
    assert "/runs/start" not in web_of(store).as_("edna").get("/calibrations").text


def test_accepting_and_rejecting(web: Web) -> None:
    """Ben accepts staples, Carla rejects extras; the list, the targets in force and the file follow."""
    ben, carla = web.as_("ben"), web.as_("carla")
    page = ben.get(f"/calibrations/{RUN}").text
    assert "Accept staples" in page and "Reject extras" in page
    assert 'href="/calibrations/1/targets.csv"' not in page
    seen = "calibration.1.0"
    answer = ben.send_form(
        f"/calibrations/{RUN}/decisions",
        segment="staples",
        verdict="accepted",
        reason="Less stock.",
        seen=seen,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/calibrations/1#segment-staples")
    rejected = carla.send_json(
        "POST",
        f"/api/calibrations/{RUN}/decisions",
        {"segment": "extras", "verdict": "rejected", "reason": "Too little service.", "seen": seen},
    )
    assert rejected.status_code == 200
    assert (rejected.json()["by"], rejected.json()["verdict"]) == ("carla", "rejected")
    page = ben.get(f"/calibrations/{RUN}").text
    assert "by ben (supply planning)" in page and "Less stock." in page
    assert "by carla (finance)" in page and "Too little service." in page
    assert "Accept staples" not in page and "Reject extras" not in page
    view = CalibrationsView.model_validate(ben.get("/api/calibrations").json())
    assert [(row.accepted, row.rejected) for row in view.calibrations] == [(1, 1)]
    assert [row.segment for row in view.in_force] == ["staples"]
    file = ben.get(f"/calibrations/{RUN}/targets.csv")
    assert file.headers["content-disposition"] == 'attachment; filename="targets-1.csv"'
    written = calibrated()[1]["targets.csv"].decode().splitlines()
    lines = file.text.splitlines()
    assert lines[:4] == written[:4]  # the header, and the three staples
    assert [line.split(",")[3] for line in lines[4:]] == ["today"] * 3
    assert file.text == ben.get(f"/api/calibrations/{RUN}/targets.csv").text


def test_what_holds_together_is_said(web: Web) -> None:
    """With staples alone the limit on stock is still broken; with both it is kept (docs/calibration.md: stock 5,197)."""
    ben = web.as_("ben")
    assert "As it is today" in ben.get(f"/calibrations/{RUN}/together").text
    for segment in ("staples", "extras"):
        ben.send_form(
            f"/calibrations/{RUN}/decisions",
            segment=segment,
            verdict="accepted",
            reason="Yes.",
            seen="calibration.1.0",
        )
        part = ben.get(f"/calibrations/{RUN}/together").text
        assert ("Breaks stock-cap" in part) == (segment == "staples")
    assert "EUR\xa05,197" in part and "All hard limits are kept." in part
    together = ben.get(f"/api/calibrations/{RUN}/together").json()
    assert together["is_known"] and together["broken"] == []


def test_the_second_to_decide_is_told_who_was_first(web: Web) -> None:
    """Both looked at the open segment; Carla comes later, and nothing of hers is kept."""
    fields = {"segment": "staples", "reason": "x", "seen": "calibration.1.0"}
    web.as_("ben").send_form(f"/calibrations/{RUN}/decisions", verdict="accepted", **fields)
    answer = web.as_("carla").send_form(f"/calibrations/{RUN}/decisions", verdict="rejected", **fields)
    assert answer.status_code == 409
    assert "ben (supply_planning) accepted the targets of staples of run 1" in answer.text
    assert "Nothing was changed" in answer.text


def test_who_cannot_decide_is_told_why(web: Web) -> None:
    """Anna asked for it and lacks the permission; Dora lacks it; the forms are not there."""
    dora = web.as_("dora").get(f"/calibrations/{RUN}").text
    assert "Decided on by supply_planning, finance." in dora
    assert "Accept staples" not in dora


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"segment": "staples", "verdict": "maybe", "reason": "x", "seen": "calibration.1.0"}, 422),
        ({"segment": "spares", "verdict": "accepted", "reason": "x", "seen": "calibration.1.0"}, 404),
        ({"segment": "staples", "verdict": "accepted", "reason": " ", "seen": "calibration.1.0"}, 409),
        ({"segment": "staples", "verdict": "accepted", "reason": "x"}, 422),
        ({"segment": "staples", "verdict": "accepted", "reason": "a\x00b", "seen": "calibration.1.0"}, 409),
    ],
)
def test_what_cannot_be_decided(web: Web, body: dict[str, str], status: int) -> None:
    """Another word, another segment, no reason, nothing looked at, what no database keeps."""
    answer = web.as_("ben").send_json("POST", f"/api/calibrations/{RUN}/decisions", body)
    assert answer.status_code == status, answer.text


def test_charts_as_pictures(web: Web) -> None:
    """Those of the report of a calibration."""
    ben = web.as_("ben")
    for key in ("values", "changes", "service"):
        assert ben.get(f"/calibrations/{RUN}/charts/{key}.png").content[:4] == b"\x89PNG"
    assert ben.get(f"/calibrations/{RUN}/charts/orders.pdf").status_code == 404


def test_half_a_character_is_refused(web: Web) -> None:
    """JSON can hold half of a pair of code units, which is no text; the answer says where."""
    ben = web.as_("ben")
    body = '{"segment": "staples", "verdict": "accepted", "reason": "a\\ud800", "seen": "calibration.1.0"}'
    headers = {HEADER: ben.csrf, "content-type": "application/json"}
    answer = ben.post(f"/api/calibrations/{RUN}/decisions", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["value"] == "a\\ud800"


def test_items_and_one_that_has_not_finished(store: Store, web: Web) -> None:
    """The grid has the reason of each change; a calibration that goes says so, and has no file."""
    ben = web.as_("ben")
    assert "covers most surprises" in ben.get(f"/calibrations/{RUN}/items?segment=staples").text
    assert ben.get(f"/api/calibrations/{RUN}/items").json()["items"][0]["item"] == "vase"
    going = add_calibration(store, 2, state="running", without=("targets.csv",))
    assert "It is running" in ben.get(f"/calibrations/{going}").text
    view = CalibrationView.model_validate(ben.get(f"/api/calibrations/{going}").json())
    assert not view.has_targets
    assert ben.get(f"/calibrations/{going}/targets.csv").status_code == 409
    assert ben.get("/calibrations/99").status_code == 404
