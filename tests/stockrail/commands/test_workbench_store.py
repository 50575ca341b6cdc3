"""The commands for store, baselines, scenarios, guardrail versions and the audit log, as a new user meets them."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.workbench.store import Store
from tests.stockrail.workbench.folders import THREE_ITEMS, replace, three_items
from tests.stockrail.workbench.people import write_people


@pytest.fixture
def workbench(tmp_path: Path) -> Path:
    """A store with people in it, made by the command."""
    assert run(tmp_path / "store", "anna", "store", "create").exit_code == 0
    with Store.open(tmp_path / "store") as store:
        write_people(store)
    return tmp_path / "store"


def run(store: Path, actor: str, *arguments: str) -> Result:
    environment = {"COLUMNS": "80", "STOCKRAIL_STORE": str(store), "STOCKRAIL_USER": actor}
    result = CliRunner(env=environment).invoke(app, list(arguments))
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    # Columns of a table may be cut at the width, a sentence is wrapped: nothing is wider than the terminal.
    assert all(
        len(line) <= 80 or " " not in line.strip() or str(store.parent) in line
        for line in result.output.splitlines()
    )
    return result


def said(result: Result, code: int = 0) -> str:
    """What was printed, in one line, after a look at the exit code."""
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_a_new_store(tmp_path: Path) -> None:
    """A place without one says how to make one; made, it is whole; it is not made twice; nobody may anything yet."""
    place = tmp_path / "store"
    assert "Make one: stockrail store create" in said(run(place, "anna", "store", "check"), 2)
    assert "stockrail governance write" in said(run(place, "anna", "store", "create"))
    assert said(run(place, "anna", "store", "check")) == "The store is whole: 0 audit entries, 0 artifacts."
    assert "There is a store already" in said(run(place, "anna", "store", "create", str(place)), 2)
    refused = said(run(place, "anna", "baseline", "import", str(THREE_ITEMS), "--message", "first"), 2)
    assert "anna may not do this: it needs the permission baseline.import" in refused
    for command, text in (
        (("baseline", "list"), "There is no baseline yet."),
        (("scenario", "list"), "There is no scenario yet."),
        (("guardrails", "list"), "There is none yet: the limits are those of the baseline."),
    ):
        assert text in said(run(place, "anna", *command))


def test_baselines(workbench: Path, tmp_path: Path) -> None:
    """The worked example of docs/workbench.md: import, change two cells, diff, export; then every refusal is a sentence."""
    folder = three_items(tmp_path / "in")
    first = said(run(workbench, "otto", "baseline", "import", str(folder), "--message", "The first one."))
    assert first == f"Baseline 1: three-items, {len(list(folder.iterdir()))} files."
    again = said(run(workbench, "otto", "baseline", "import", str(folder), "--message", "Again."))
    assert again.startswith("Baseline 1 has these files already, since ")
    replace(folder / "demand.csv", "fan,1,20", "fan,1,25.5")
    replace(folder / "instance.yaml", "opening_cash: 1000", "opening_cash: 1200")
    second = said(run(workbench, "otto", "baseline", "import", str(folder), "--message", "More fans."))
    assert second.endswith("made from 1. What changed: stockrail diff 1 2")
    shown = run(workbench, "otto", "diff", "1", "2", "--out", str(tmp_path / "diff.csv"))
    page = (THREE_ITEMS.parents[1] / "docs" / "workbench.md").read_text(encoding="utf-8")
    lines = shown.output.splitlines()[:4]
    assert [line.strip() for line in lines] == [
        line.strip() for line in page.split("and opening cash from 1,000 to 1,200:\n\n")[1].splitlines()[:4]
    ]
    assert (tmp_path / "diff.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "settings,,opening_cash,1000.0,1200.0,changed",
        "demand,fan | 1,mean_units,20.0,25.5,changed",
    ]
    assert "1 cell differs: demand 1." in said(
        run(workbench, "otto", "diff", str(THREE_ITEMS), "2", "--table", "demand")
    )
    assert (
        said(run(tmp_path / "none", "otto", "diff", str(THREE_ITEMS), str(THREE_ITEMS))) == "Nothing differs."
    )
    assert "no baseline 9; the latest is 2" in said(run(workbench, "otto", "diff", "9", "2"), 2)
    listed = run(workbench, "otto", "baseline", "list").output.splitlines()
    assert listed[1].split()[0] == "2" and listed[1].endswith("More fans.")
    out = tmp_path / "out"
    assert "files of baseline 1" in said(run(workbench, "otto", "baseline", "export", "1", str(out)))
    assert (out / "demand.csv").read_bytes() == (THREE_ITEMS / "demand.csv").read_bytes()
    replace(out / "demand.csv", "fan,1,20", "fan,1,21")
    assert "in no version: demand.csv" in said(run(workbench, "otto", "baseline", "export", "2", str(out)), 2)
    assert said(run(workbench, "otto", "baseline", "export", "2", str(out), "--overwrite"))
    replace(out / "demand.csv", "fan,1,25.5", "fan,1,-1")
    refused = said(run(workbench, "otto", "baseline", "import", str(out), "--message", "Wrong."), 2)
    assert "demand.csv, row 6, column mean_units: found '-1'" in refused


def test_scenarios(workbench: Path, tmp_path: Path) -> None:
    """What `show` prints can be saved again; who looked at an earlier version is told who saved meanwhile."""
    folder = three_items(tmp_path / "in")
    said(run(workbench, "otto", "baseline", "import", str(folder), "--message", "The first one."))
    file = tmp_path / "scenarios.yaml"
    file.write_text(
        "what_ifs:\n- name: high\n  changes:\n  - {table: demand, column: mean_units, multiply: 2}\n",
        encoding="utf-8",
    )
    saved = said(run(workbench, "anna", "scenario", "save", "high", "--changes", str(tmp_path)))
    assert saved.startswith("Scenario 1, high: version 1, 1 change to baseline 1.")
    shown = run(workbench, "ben", "scenario", "show", "high")
    assert shown.output.startswith("# version 1 of scenario 1, on baseline 1, saved by anna at ")
    file.write_text(shown.output.replace("multiply: 2", "multiply: 3"), encoding="utf-8")
    save = ("scenario", "save", "high", "--changes", str(file))
    assert "version 2, 1 change" in said(run(workbench, "ben", *save, "--expect", "1"))
    late = said(run(workbench, "anna", *save, "--expect", "1"), 2)
    assert re.search(r"ben saved high at \S+ \S+ UTC: it is version 2, and you looked at version 1", late)
    assert "has no what-if low; it has: base, high" in said(
        run(workbench, "anna", "scenario", "save", "low", "--changes", str(file)), 2
    )
    other = said(
        run(workbench, "anna", "scenario", "save", "low", "--changes", str(file), "--what-if", "high")
    )
    assert "Scenario 2, low: version 1" in other
    assert "There is no file" in said(run(workbench, "anna", *save[:-1], str(tmp_path / "none.yaml")), 2)
    listed = run(workbench, "anna", "scenario", "list").output.splitlines()
    assert [line.split()[1:5] for line in listed[1:]] == [["high", "2", "1", "1"], ["low", "1", "1", "1"]]


def test_guardrails_and_the_log(workbench: Path, tmp_path: Path) -> None:
    """Proposed by one, approved by another, and all of it in the log; a changed row is found."""
    folder = three_items(tmp_path / "in")
    said(run(workbench, "otto", "baseline", "import", str(folder), "--message", "The first one."))
    propose = ("guardrails", "propose", str(folder), "--from", "2020-02-01", "--reason", "covenant")
    assert "Guardrail version 1 is proposed, from 2020-02-01 on." in said(run(workbench, "carla", *propose))
    mine = said(run(workbench, "carla", "guardrails", "approve", "1", "--reason", "mine"), 2)
    assert "carla proposed guardrail version 1: somebody else decides" in mine
    assert "is approved, from 2020-02-01 on." in said(
        run(workbench, "carl", "guardrails", "approve", "1", "--reason", "yes")
    )
    said(run(workbench, "carla", *propose, "--to", "2020-03-01"))
    said(run(workbench, "carla", *propose))
    assert "version 2 is rejected" in said(
        run(workbench, "carl", "guardrails", "reject", "2", "--reason", "no")
    )
    assert "version 3 is withdrawn" in said(
        run(workbench, "carla", "guardrails", "withdraw", "3", "--reason", "no")
    )
    listed = run(workbench, "carl", "guardrails", "list").output
    assert [line.split()[1] for line in listed.splitlines()[1:4]] == ["withdrawn", "rejected", "approved"]
    assert "holds: version 1." in listed
    log = run(workbench, "edna", "audit", "list", "--last", "2", "--by", "carl").output.splitlines()
    assert [line.split()[4] for line in log[1:]] == ["guardrail.reject", "guardrail.approve"]
    assert "audit.read" in said(run(workbench, "zoe", "audit", "list"), 2)
    whole = said(run(workbench, "zoe", "audit", "verify"))
    found = re.search(
        r"7 entries: nothing was changed past the store\. Hash of the last entry: ([0-9a-f]{64})", whole
    )
    assert found is not None
    assert said(run(workbench, "zoe", "audit", "verify", "--seen", found[1])).startswith("7 entries: nothing")
    assert "entries were removed" in said(run(workbench, "zoe", "audit", "verify", "--seen", "f" * 64), 1)
    with Store.open(workbench) as store, store.engines.writing.begin() as connection:
        connection.execute(sa.text("UPDATE guardrail_version SET proposed_by = 'dora' WHERE id = 1"))
    assert "guardrail_version 1: was changed past the store" in said(
        run(workbench, "zoe", "audit", "verify"), 1
    )
    assert "The store is damaged" in said(run(workbench, "zoe", "store", "check"), 1)
