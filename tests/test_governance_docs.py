"""docs/governance.md: its example is played from the command line, its numbers are those of instances/three-items."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.model import load
from stockrail.planning import Plan, plan
from stockrail.workbench.governance import schema_rules
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.governance.exceptions import open_after_run
from stockrail.workbench.governance.reading import read_document
from stockrail.workbench.governance.schema import Document
from stockrail.workbench.governance.schema_calendar import Event
from stockrail.workbench.governance.schema_rules import Rule
from stockrail.workbench.store import Store
from tests.stockrail.workbench.governance.runs import add_run

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "governance.md").read_text(encoding="utf-8")
TODAY = re.compile(r"2\d{3}-\d\d-\d\d(?! {2,}\d)")
"""Dates that depend on the day of the test."""


def blocks(kind: str) -> list[str]:
    """Code blocks of a language."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def best() -> Plan:
    return plan(load(ROOT / "instances" / "three-items"), gap=0.0)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, best: Plan) -> Iterator[Path]:
    """The store of the page, with the plan of the example as run 1 of Ben."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STOCKRAIL_STORE", raising=False)
    document = yaml.safe_load(
        default_text(yaml.safe_load(blocks("yaml")[0])["people"])
        .replace(": yes", ": 'yes'")
        .replace(": no\n", ": 'no'\n")
    )
    added = blocks("yaml")[1].replace(": yes", ": 'yes'")
    document["rules"] += yaml.safe_load(added)["rules"]
    (tmp_path / "governance.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    with Store.create("workbench") as store:
        stockrail("governance accept governance.yaml --reason start --as dora")
        stockrail(f"baseline import {ROOT / 'instances' / 'three-items'} --message first --as ben")
        folder = best.write(tmp_path / "plan")
        files = {file.name: store.artifacts.put(file) for file in folder.iterdir()}
        assert add_run(store, files, best.certificate) == 1
        open_after_run(store, 1)
    yield tmp_path


def stockrail(command: str) -> str:
    """What a command prints, in 80 columns."""
    shell = CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))
    return shell.output


def played() -> list[tuple[str, str]]:
    """Commands of the example with what the page shows below them."""
    page = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    text = "\n".join(line[4:] for line in page.splitlines() if line.startswith("    "))
    parts = re.split(r"^\$ stockrail ", text, flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1].strip()) for part in parts]


def test_the_example_as_played(example: Path) -> None:
    """Every command of the page, in its order, prints what the page shows but for today's dates."""
    commands = played()
    assert len(commands) > 6
    for command, shown in commands:
        printed = stockrail(command).strip()
        assert _dateless(printed) == _dateless(shown), command


def _dateless(text: str) -> str:
    lines = [TODAY.sub("DATE", line).rstrip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def test_yaml_of_the_page_is_valid(tmp_path: Path) -> None:
    """Each block of the page, put into the packaged file, is accepted."""
    for number, block in enumerate(blocks("yaml")):
        document = yaml.load(default_text(), Loader=yaml.BaseLoader)
        for name, value in yaml.load(block, Loader=yaml.BaseLoader).items():
            document[name] = value
        file = tmp_path / f"{number}.yaml"
        file.write_text(_typed(document), encoding="utf-8")
        read_document(file)


def _typed(document: object) -> str:
    """YAML without quotes around numbers and dates, as a person writes it."""
    return re.sub(r"'([-0-9.]+)'", r"\1", yaml.safe_dump(document))


def test_every_setting_is_on_the_page() -> None:
    """Settings of rules, events and the file as a whole are each named as code."""
    kinds = [one for one in vars(schema_rules).values() if isinstance(one, type) and issubclass(one, Rule)]
    models: list[type[BaseModel]] = [Document, Event, *kinds]
    assert len(models) > 7
    missing = [
        f"{model.__name__}.{name}"
        for model in models
        for name in model.model_fields
        if f"`{name}`" not in PAGE
    ]
    assert missing == []
