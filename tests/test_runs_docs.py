"""The example of docs/workbench.md on runs is what somebody sees who follows it."""

import re
from pathlib import Path

from stockrail.workbench import baselines
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.display import run_lines
from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.recover import recover
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.people import write_people

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "workbench.md").read_text(encoding="utf-8")


def test_an_interrupted_run_looks_as_the_page_says(tmp_path: Path) -> None:
    """All lines but day and seconds: the run of three items ended when its plan was there and nothing of it was written."""
    with Store.create(tmp_path / "store") as store:
        write_people(store)
        baseline = baselines.import_folder(
            store, "anna", ROOT / "instances" / "three-items", "The first one."
        )
        run = submit(store, "ben", "plan", baseline.id)
        claim = Claim.take(store, run.id, ProcessIdentity.own(), 1)
        assert claim is not None
        execute(claim)
        with store.write("stockrail", "run.interrupt", "run", run.id) as change:
            done = change.session.get_one(Run, run.id)
            done.state, done.certificate, done.artifacts = "interrupted", None, _inner(done)
        recover(store)
        shown = "\n".join(run_lines(store, get(store, run.id)))
    example = re.search(r"^    Run 1: (?:.|\n)+?(?=\n\n)", PAGE, re.MULTILINE)
    assert example is not None
    assert _without_times(re.sub("^    ", "", example[0], flags=re.MULTILINE)) == _without_times(shown)


def _inner(run: Run) -> dict[str, str]:
    return {name: digest for name, digest in run.artifacts.items() if name.startswith("best_")}


def _without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d", "DAY", re.sub(r"after [\d.]+ s", "after SECONDS", text))
