"""What pages say of runs: the list, one that waits, goes, ended early or found no plan; with numbers that were put there."""

import pytest

from stockrail.web.views import run_progress, run_start, runs
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.runs.cancel import cancel
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.launch import LOG
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.folders import THREE_ITEMS

POINTS: list[list[float | None]] = [[1.0, None, 1600.0], [2.0, 1500.0, 1560.0], [4.0, 1540.0, 1551.0]]


def _asked(store: Store, seed: int = 1) -> Run:
    return submit(store, "ben", "plan", 1, options={"seed": seed, "time_limit": 60.0})


def _goes(store: Store, seed: int = 1) -> int:
    """A run in the hands of this process, which has found a plan of 1,540 under a bound of 1,551 in 5 seconds."""
    number = _asked(store, seed).id
    assert Claim.take(store, number, ProcessIdentity.own(), 1) is not None
    with store.write_progress() as session:
        session.get_one(Run, number).progress = {
            "seconds": 5.0, "incumbent": 1540.0, "bound": 1551.0, "gap": 11.0 / 1540.0, "phase": "recovery",
            "at": "2027-01-04T09:12:45+00:00", "history": POINTS,
        }  # fmt: skip
    return number


def test_a_run_that_waits_has_its_place(store: Store) -> None:
    """Two wait: the first one is next, the second one has place 2; there is nothing to draw yet."""
    first, second = _asked(store, 1).id, _asked(store, 2).id
    views = [run_progress.view(store, number) for number in (first, second)]
    assert [(view.state, view.queue_place, view.is_settled) for view in views] == [
        ("queued", 1, False),
        ("queued", 2, False),
    ]
    assert run_progress.chart(views[0]) is None


def test_a_run_that_goes(store: Store) -> None:
    """11 of 1,540 are missing, 0.71 %; both lines are drawn until second 5, the one of the plan from second 2 on."""
    view = run_progress.view(store, _goes(store))
    assert (view.incumbent, view.bound, view.phase, view.currency) == (1540.0, 1551.0, "recovery", "EUR")
    assert view.gap == pytest.approx(0.00714, abs=1e-5)
    assert (view.asked_gap, view.time_limit, view.seconds) == (0.003, 60.0, 5.0)
    assert [(one.seconds, one.incumbent, one.bound) for one in view.points] == [tuple(row) for row in POINTS]
    chart = run_progress.chart(view)
    assert chart is not None
    drawn = [[row["seconds"] for row in values] for values in chart.specification["datasets"].values()]
    assert sorted(drawn) == [[1.0, 2.0, 4.0, 5.0], [2.0, 4.0, 5.0]]


def test_early_bounds_that_are_far_away_are_cut_off(store: Store) -> None:
    """A bound of a million at first would flatten the rest: the axis ends near 1,600 where the later half is."""
    number = _goes(store)
    with store.write_progress() as session:
        run = session.get_one(Run, number)
        run.progress = {**(run.progress or {}), "history": [[0.5, None, 1e6], *POINTS]}
    chart = run_progress.chart(run_progress.view(store, number))
    assert chart is not None
    low, high = chart.specification["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert 1400.0 < low < 1500.0 and 1600.0 < high < 1700.0


def test_the_tag_changes_with_what_is_shown(store: Store) -> None:
    """The same moment has the same tag; another report, or a cancel, has another one."""
    number = _goes(store)
    tags = [run_progress.view(store, number).tag for _ in range(2)]
    with store.write_progress() as session:
        run = session.get_one(Run, number)
        run.progress = {**(run.progress or {}), "at": "2027-01-04T09:12:46+00:00"}
    tags.append(run_progress.view(store, number).tag)
    assert tags[0] == tags[1] != tags[2]


def test_what_was_seen_of_a_run_is_how_it_ended(store: Store) -> None:
    """While it waits or goes the tag is one and the same, so that a cancel is not refused for a second that has passed."""
    number = _asked(store).id
    waits = run_progress.view(store, number).seen
    assert Claim.take(store, number, ProcessIdentity.own(), 1) is not None
    assert run_progress.view(store, number).seen == waits
    other = _asked(store, 2).id
    before = run_progress.view(store, other).seen
    cancel(store, "ben", other)
    assert run_progress.view(store, other).seen != before


def test_the_list_has_what_people_look_for(planned_store: Store) -> None:
    """Two finished plans: by whom, of what, with which gap; page by page."""
    view = runs.list_view(planned_store, "ben")
    assert [(row.id, row.state, row.scenario, row.scenario_version, row.has_plan) for row in view.runs] == [
        (2, "finished", "high", 1, True),
        (1, "finished", "base", None, True),
    ]
    assert (view.running, view.queued, view.at_once, view.may_start, view.older_than) == (0, 0, 1, True, None)
    # The plan of run 1 is worth 1,546.81, and the bound 1,551.20: 4.39 or 0.28 % of it are missing.
    assert view.runs[1].gap == pytest.approx(0.00284, abs=1e-5)
    page = runs.list_view(planned_store, "edna", most=1)
    assert ([row.id for row in page.runs], page.older_than, page.may_start) == ([2], 2, False)
    assert [row.id for row in runs.list_view(planned_store, "edna", before=2).runs] == [1]


def test_a_finished_run(planned_store: Store) -> None:
    """The kettle is ordered three times, 15 instead of 11: 1,550.81 - 4 = 1,546.81, which the checker confirms."""
    view = runs.view(planned_store, "ben", 1)
    assert (view.status, view.currency, view.error, view.diagnosis) == ("proven", "EUR", None, None)
    assert view.expected_margin == pytest.approx(1546.81, abs=0.005)
    assert [(one.of, one.passed, one.checks > 50) for one in view.verifications] == [("", True, True)]
    assert (view.may_cancel, view.may_resume, view.progress.is_settled) == (False, False, True)
    assert {one.name for one in view.options if not one.is_default} == set()


def test_who_may_not_is_not_offered_it(store: Store) -> None:
    """Edna audits: she sees the run, and cannot cancel it; Ben can."""
    number = _goes(store)
    assert [runs.view(store, name, number).may_cancel for name in ("edna", "ben")] == [False, True]


def test_a_cancelled_run_says_by_whom(store: Store) -> None:
    """Ben takes it out of the queue; he may let it go on."""
    number = _asked(store).id
    cancel(store, "ben", number)
    view = runs.view(store, "ben", number)
    assert (view.run.state, view.cancelled_by, view.may_resume) == ("cancelled", "ben", True)
    assert "by ben" in runs.changed(store, number)


def test_no_plan_keeps_the_limits(store: Store) -> None:
    """What the solver found is told: which limits, and what the least change is worth in which periods."""
    number = _asked(store).id
    claim = Claim.take(store, number, ProcessIdentity.own(), 1)
    assert claim is not None
    certificate = {
        "status": "infeasible", "conflict": [{"guardrail": "inventory-cap", "side": "upper"}], "conflict_is_minimal": True,
        "conflict_is_unavoidable": False, "relaxations_are_enough": True, "money": 60.0, "least_money": 55.0,
        "relaxations": [
            {"guardrail": "inventory-cap", "side": "upper", "period": period, "amount": 1.0, "limit_change": change,
             "money": change}
            for period, change in ((0, 20.0), (1, 40.0))
        ],
        "items": [{"item": "fan", "share": 0.8}],
    }  # fmt: skip

    def end(run: Run) -> None:
        run.certificate, run.error = certificate, "No plan keeps the limits."

    claim.end("failed", end)
    told = runs.view(store, "ben", number).diagnosis
    assert told is not None
    assert [(row.guardrail, row.side, row.metric) for row in told.conflict] == [
        ("inventory-cap", "upper", "inventory_value")
    ]
    (loosened,) = told.loosened
    assert (loosened.periods, loosened.most, loosened.money, loosened.verb) == ("0–1", 40.0, 60.0, "raised")
    assert loosened.most_in_words == "EUR\N{NO-BREAK SPACE}40.00"
    assert (told.money, told.least_money, told.items[0].item) == (60.0, 55.0, "fan")


def test_the_log_is_harmless(store: Store) -> None:
    """Only its end is shown, and nothing in it can move the cursor of a terminal or turn the text around."""
    number = _asked(store).id
    log = store.folder / "runs" / str(number) / LOG
    log.parent.mkdir(parents=True)
    log.write_text("x" * 70_000 + "\nred \x1b[31m and \u202egib\n<script>", encoding="utf-8")
    assert runs.log_lines(store, number) == ("red [31m and gib", "<script>")


def test_what_can_be_started(store: Store) -> None:
    """The latest baseline by default, a scenario on its own one; the tag changes when somebody saves the scenario."""
    view = run_start.view(store, "ben")
    assert ([row.id for row in view.baselines], [row.name for row in view.scenarios]) == ([1], ["high"])
    assert (view.chosen.scenario, view.may_start) == (None, True)
    assert {field.name: field.usual for field in view.options["plan"]}["time_limit"] == 300.0
    before = run_start.chosen(store, "high")
    assert before.scenario is not None
    assert (before.scenario.version, before.scenario.changes, before.baseline.id) == (1, 1, 1)
    scenarios.save(store, "ben", "high", scenarios.get(store, "high").overlay, 1)
    assert run_start.chosen(store, "high").seen != before.seen


def test_what_cannot_be_started(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Unknown names, a scenario of another baseline, and a store without a baseline."""
    with pytest.raises(NotFoundError, match="low"):
        run_start.chosen(store, "low")
    folder = tmp_path_factory.mktemp("next")
    for file in THREE_ITEMS.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    (folder / "README.md").write_text("Another one.", encoding="utf-8")
    baselines.import_folder(store, "otto", folder, "second")
    with pytest.raises(StateError, match="changes baseline 1, not 2"):
        run_start.chosen(store, "high", 2)
    with (
        Store.create(tmp_path_factory.mktemp("empty") / "store") as empty,
        pytest.raises(StateError, match="no baseline"),
    ):
        run_start.chosen(empty)


def test_a_run_that_is_not_there(store: Store) -> None:
    """It says which there are."""
    for look in (run_progress.view, lambda there, number: runs.view(there, "ben", number), get):
        with pytest.raises(NotFoundError, match="There is no run 7"):
            look(store, 7)
