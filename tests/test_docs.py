"""The documentation says what the code does, wherever that can be compared."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from stockrail.cli import app
from stockrail.model.metrics import metric_names
from stockrail.model.problems import describe
from stockrail.model.schema import OPTIONAL_TABLES, TABLES
from stockrail.model.schema_settings import (
    Branching,
    Calibration,
    Factor,
    SegmentationRules,
    Settings,
    SupplierEvent,
    TreeSpecification,
    WarehouseEvent,
)

ROOT = Path(__file__).resolve().parents[1]
FORMAT = (ROOT / "docs" / "instance-format.md").read_text(encoding="utf-8")
GUIDES = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "instances").rglob("*.md")]

SECTIONS: dict[str, type[BaseModel]] = {
    "instance.yaml": Settings,
    "segmentation": SegmentationRules,
    "calibration": Calibration,
    "tree": TreeSpecification,
    "tree.branchings": Branching,
    "tree.market, tree.product_group, tree.item": Factor,
    "tree.events": SupplierEvent,
    "tree.warehouse_events": WarehouseEvent,
    **TABLES,
}
"""Headings of docs/instance-format.md, in order, and the class whose fields the table below lists."""

FOLDERS = (
    "model",
    "solvers",
    "solvers/*",
    "stockrail",
    "stockrail/*",
    "stockrail/web/*",
    "stockrail/workbench/*",
)
"""Folders of modules, as patterns."""

MODULE_PATH = re.compile(r"(?<![\w/])(?:model|solvers|stockrail)/[\w*/\\]+\.py\b")
"""A module's path in text; underscores may have a backslash before them, and a star stands for several modules."""

DEFAULT_WORDS: dict[object, str] = {
    None: "blank",
    "": "blank",
    (): "none",
    ("abc", "xyz"): "abc, xyz",
    ("abc",): "abc",
    "each period": "each period",
    "no": "no",
    Factor(volatility=0.0, persistence=1.0): "no shocks",
}


def test_format_has_every_table() -> None:
    """Each table and each group of settings has its section, and it is said which tables may be absent."""
    assert re.findall("^## (.+)$", FORMAT, re.MULTILINE) == list(SECTIONS)
    optional = re.search("^These tables may be absent: (.+?)\\.", FORMAT, re.MULTILINE)
    assert optional is not None
    assert set(re.findall("`(.+?)`", optional[1])) == OPTIONAL_TABLES


@pytest.mark.parametrize("heading", SECTIONS)
def test_format_has_every_column(heading: str) -> None:
    """A table of the format lists every column in order, with what the reader allows and the default it fills in."""
    model = SECTIONS[heading]
    schema = model.model_json_schema()["properties"]
    expected = [
        (f"`{name}`", describe(schema[name]), "" if field.is_required() else _default(field.default))
        for name, field in model.model_fields.items()
    ]
    section = FORMAT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line[:3] == "| `"
    ]
    assert [(name, allowed, default) for name, _, allowed, default, _ in rows] == expected
    assert all(unit and meaning for _, unit, _, _, meaning in rows)


def test_format_names_every_metric() -> None:
    """The column `metric` says which metrics there are."""
    row = next(line for line in FORMAT.splitlines() if line.startswith("| `metric` |"))
    assert tuple(re.findall("`(.+?)`", row)[1:]) == metric_names()


def test_design_has_every_module() -> None:
    """The table of modules in docs/design.md has exactly the modules there are."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\S+\.py) \|", text, re.MULTILINE)
    modules = {
        file.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for file in ROOT.glob(f"{folder}/*.py")
        if file.name != "__init__.py" and not file.parent.is_symlink()
    }
    assert len(listed) == len(set(listed))
    assert set(listed) == modules


def test_modules_named_in_docs_exist() -> None:
    """Paths of modules in docs, other than dated notes, and in docstrings of modules are those of files."""
    texts = {page: page.read_text(encoding="utf-8") for page in GUIDES}
    for folder in FOLDERS:
        for file in ROOT.glob(f"{folder}/*.py"):
            texts[file] = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    named = {
        (str(page.relative_to(ROOT)), path.replace("\\", ""))
        for page, text in texts.items()
        for path in MODULE_PATH.findall(text)
    }
    assert len(named) > 200  # those of docs/design.md alone
    assert [name for name in sorted(named) if not list(ROOT.glob(name[1]))] == []


def test_every_option_is_in_the_docs() -> None:
    """Each option of each command is on a page that names the command as well."""
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *GUIDES)]
    options = list(_options(get_command(app), ()))
    assert ("frontier", "--side") in options
    missing = [
        f"{command} {option}"
        for command, option in options
        if not any(
            re.search(rf"(stockrail |`){command}\b", page)
            and re.search(rf"(?<![\w-]){option}(?![\w-])", page)
            for page in pages
        )
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Links between pages lead to files that exist."""
    text = re.sub(
        r"^    .*$|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE
    )  # without code
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    local = [target for target in targets if not target.startswith("https://")]
    assert [target for target in local if not (page.parent / target).exists()] == []


def _options(command: object, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The name of each command with each of its options, `--help` left out."""
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _options(child, (*names, name))
        return
    for parameter in getattr(command, "params", ()):
        if isinstance(parameter, TyperOption):
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option != "--help":
                    yield " ".join(names), option


def _default(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else DEFAULT_WORDS[value]
