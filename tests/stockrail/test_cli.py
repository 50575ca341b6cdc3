"""Tests of the command line: exit codes, what is written where, and what a person reads when something is wrong."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stockrail.cli import app

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
THREE_ITEMS = INSTANCES / "three-items"
STOCKRAIL = [sys.executable, "-m", "stockrail.cli"]

KEYS = {
    "status", "termination_reason", "objective", "expected_margin", "cvar_margin", "relaxations", "bound", "gap", "seconds", "scenarios", "items", "nodes",
    "margin_parts", "guardrails", "segments",
}  # fmt: skip
MARGIN_PARTS = {
    "revenue", "landed_cost", "order_cost", "holding", "expedite", "stockout", "write_off", "change", "terminal_value",
    "overtime", "guardrail_penalty",
}  # fmt: skip
GUARDRAIL_KEYS = {
    "name",
    "metric",
    "holds",
    "alpha",
    "measured",
    "limit",
    "worst",
    "slack",
    "price",
    "binding_periods",
}
FILES = {"orders.csv", "projection.csv", "segments.csv", "guardrails.csv", "plan.json", "report.html"}

Change = Callable[[Path], None]


def stockrail(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def replaced(file: str, old: str, new: str) -> Change:
    """Make a change of an instance: one text of one of its files becomes another."""

    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def changed(folder: Path, change: Change) -> Path:
    """Return a copy of three-items with one change."""
    copy = folder / "instance"
    shutil.copytree(THREE_ITEMS, copy)
    change(copy)
    return copy


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generated instance of 8 items with a limit on inventory that matters."""
    folder = tmp_path_factory.mktemp("generated") / "instance"
    run = stockrail(
        "generate", folder, "--items", 8, "--periods", 6, "--branching", "2,2", "--guardrail-share", 0.95
    )
    assert run.exit_code == 0, run.output
    return folder


def test_importing_the_command_line_is_light() -> None:
    """`--help` must not wait for the engine, so the command line imports nothing heavy before a command runs."""
    code = (
        "import sys, stockrail.cli; "
        "print(sorted({'numpy', 'pandas', 'pyomo', 'numba', 'altair'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["check", "plan", "generate", "verify", "export"])
def test_help(command: str) -> None:
    """Every command is in the list of commands and says what it does."""
    assert command in stockrail("--help").stdout
    run = stockrail(command, "--help")
    assert run.exit_code == 0
    assert "Usage:" in run.stdout


def test_plan_prints_the_proof_and_what_to_order() -> None:
    """three-items earns 1549.81 at best, and orders 30 fans, 20 kettles and 20 filters now: 600 + 200 + 100."""
    run = stockrail("plan", THREE_ITEMS, "--gap", 0)
    assert run.exit_code == 0
    assert "proven (optimal)" in run.stdout
    assert "EUR 1,550" in run.stdout
    assert "3, EUR 900.00" in run.stdout
    assert "--out FOLDER" in run.stdout


def test_json_has_what_is_promised(tmp_path: Path) -> None:
    """The certificate has the promised keys, and its parts add up to its margin."""
    run = stockrail("plan", THREE_ITEMS, "--gap", 0, "--json", tmp_path / "certificate.json")
    assert run.exit_code == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "certificate.json"]
    certificate = json.loads((tmp_path / "certificate.json").read_text(encoding="utf-8"))
    assert set(certificate) >= KEYS
    assert certificate["status"] == "proven"
    assert (certificate["scenarios"], certificate["items"], certificate["nodes"]) == (2, 3, 5)
    parts = certificate["margin_parts"]
    assert set(parts) >= MARGIN_PARTS
    costs = ("landed_cost", "order_cost", "holding", "expedite", "stockout", "write_off", "guardrail_penalty")
    margin = parts["revenue"] + parts["terminal_value"] - sum(parts[cost] for cost in costs)
    assert certificate["expected_margin"] == pytest.approx(margin) == pytest.approx(1549.81, abs=0.005)
    assert certificate["bound"] >= certificate["expected_margin"] - 1e-6
    (guardrail,) = certificate["guardrails"]
    assert set(guardrail) >= GUARDRAIL_KEYS
    # `cool` holds 400 of fans and 54.17 of filters against a limit of 500.
    assert guardrail["slack"] == pytest.approx(500 - 454.17, abs=0.005)
    assert [row["segment"] for row in certificate["segments"]] == ["steady", "seasonal", "noisy"]


def test_out_has_every_file(tmp_path: Path) -> None:
    """The folder is made, has all files, and its plan.json is the certificate of --json."""
    run = stockrail(
        "plan", THREE_ITEMS, "--gap", 0, "--out", tmp_path / "new" / "plan", "--json", tmp_path / "c.json"
    )
    assert run.exit_code == 0
    folder = tmp_path / "new" / "plan"
    assert {file.name for file in folder.iterdir()} >= FILES
    assert (folder / "plan.json").read_bytes() == (tmp_path / "c.json").read_bytes()
    assert str(folder / "report.html") in run.stdout


@pytest.mark.parametrize("solver", ["auto", "extensive", "decomposition"])
def test_exit_code_1_where_the_gap_is_not_met(generated: Path, solver: str) -> None:
    """Without time there is no proof, with a plan or without one."""
    run = stockrail("plan", generated, "--solver", solver, "--time-limit", 0)
    assert run.exit_code == 1
    assert "time_limit" in run.output
    assert "Traceback" not in run.output


BROKEN = {
    "number": (
        replaced("items.csv", "EUR,20,10,5", "EUR,2O,10,5"),
        ["items.csv", "row 2", "unit_price", "'2O'", "a number >= 0"],
    ),
    "negative": (
        replaced("demand.csv", "fan,1,20", "fan,1,-20"),
        ["demand.csv", "row 6", "mean_units", "'-20'", "a number >= 0"],
    ),
    "name": (
        replaced("items.csv", "Steady demand,steady", "Steady demand,stedy"),
        ["items.csv", "row 2", "segment", "'stedy'", "a name in the table segments"],
    ),
    "column": (
        replaced("scenarios.csv", "probability", "probabilty"),
        ["scenarios.csv", "row 1", "'probabilty'", "column probability: missing", "a number > 0 and <= 1"],
    ),
    "setting": (
        replaced("instance.yaml", "currency: EUR", "currency: EUR\ncapital: 3"),
        ["instance.yaml", "capital", "one of the settings"],
    ),
    "missing file": (
        lambda folder: (folder / "demand.csv").unlink(),
        ["demand", "missing"],
    ),
}


@pytest.mark.parametrize("command", ["check", "plan"])
@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN)
def test_exit_code_2_names_the_place(tmp_path: Path, command: str, change: Change, said: list[str]) -> None:
    """Bad input is named with file, row, column, value and allowed range, on the error stream and nowhere else."""
    run = stockrail(command, changed(tmp_path, change))
    assert run.exit_code == 2
    assert run.stdout == ""
    assert [words for words in said if words not in run.stderr] == []
    assert "Traceback" not in run.stderr


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Two mistakes in two files are both named."""

    def change(folder: Path) -> None:
        BROKEN["number"][0](folder)
        BROKEN["negative"][0](folder)

    run = stockrail("check", changed(tmp_path, change))
    assert run.exit_code == 2
    assert "2 problems" in run.stderr
    assert "'2O'" in run.stderr and "'-20'" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "no-such-folder"),
        ("plan", THREE_ITEMS, "--gap", -1),
        ("plan", THREE_ITEMS, "--solver", "magic"),
        ("verify", "no-such-folder"),
        ("export", THREE_ITEMS, "model.txt"),
        ("generate", "never-written", "--branching", "3,x"),
    ],
)
def test_exit_code_2_for_bad_arguments(
    arguments: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments that cannot be right are refused, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    run = stockrail(*arguments)
    assert run.exit_code == 2
    assert run.stderr
    assert "Traceback" not in run.output
    assert list(tmp_path.iterdir()) == []


def test_same_seed_same_orders(generated: Path, tmp_path: Path) -> None:
    """Two runs, and a run with another number of threads, write the same bytes."""
    for name, workers in [("first", 1), ("second", 1), ("threads", 2)]:
        assert stockrail("plan", generated, "--out", tmp_path / name, "--workers", workers).exit_code == 0
    orders = [(tmp_path / name / "orders.csv").read_bytes() for name in ("first", "second", "threads")]
    assert orders[0] == orders[1] == orders[2]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_round_trip(tmp_path: Path, seed: int) -> None:
    """What is generated is valid, can be planned, and the plan passes the independent checker."""
    instance, plan = tmp_path / "instance", tmp_path / "plan"
    size = ("--items", 8, "--periods", 6, "--branching", "2,2", "--seed", seed, "--guardrail-share", 0.95)
    assert stockrail("generate", instance, *size).exit_code == 0
    assert stockrail("check", instance).exit_code == 0
    assert stockrail("plan", instance, "--out", plan).exit_code == 0
    verified = stockrail("verify", plan)
    assert verified.exit_code == 0, verified.stdout
    assert " 0 failed" in verified.stdout


def test_verify_finds_a_changed_order(tmp_path: Path) -> None:
    """One lot more in orders.csv is found, and the exit code says so."""
    plan = tmp_path / "plan"
    assert stockrail("plan", THREE_ITEMS, "--gap", 0, "--out", plan).exit_code == 0
    replaced("orders.csv", "now,1.0,3,30.0,", "now,1.0,4,40.0,")(plan.rename(tmp_path / "changed"))
    run = stockrail("verify", tmp_path / "changed")
    assert run.exit_code == 1
    assert "FAILED" in run.stdout


def test_export_names_the_laws(tmp_path: Path) -> None:
    """The LP file speaks the names of docs/formulation.md."""
    run = stockrail("export", THREE_ITEMS, tmp_path / "model.lp")
    assert run.exit_code == 0
    text = (tmp_path / "model.lp").read_text(encoding="utf-8")
    laws = ("lots_balance", "order_trigger", "minimum_order", "inventory_balance", "holds_in_every_scenario")
    assert [law for law in laws if f"{law}(" not in text] == []
    assert "lots(kettle,now)" in text


def test_interrupt_keeps_the_best_plan(tmp_path: Path) -> None:
    """Ctrl-C ends a long search with the best plan so far: exit code 1, and all files are written."""
    command = [
        *STOCKRAIL,
        "plan",
        str(INSTANCES / "distributor"),
        "--gap",
        "0",
        "--out",
        str(tmp_path / "plan"),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stderr is not None
        # Lines of progress appear once a search runs, and a search for gap 0 does not end at the first of them.
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert "bound" in first
    assert process.returncode == 1, errors
    assert "the best plan so far is kept" in errors
    assert "Traceback" not in errors
    assert "cancelled" in output
    assert {file.name for file in (tmp_path / "plan").iterdir()} >= FILES
    certificate = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert certificate["termination_reason"] == "cancelled"
    assert certificate["bound"] > certificate["expected_margin"]
