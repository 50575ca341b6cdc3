"""The documentation says what the code does, wherever that can be compared."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

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
        for folder in ("model", "solvers", "stockrail", "stockrail/*")
        for file in ROOT.glob(f"{folder}/*.py")
        if file.name != "__init__.py" and not file.parent.is_symlink()
    }
    assert len(listed) == len(set(listed))
    assert set(listed) == modules


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Links between pages lead to files that exist."""
    text = re.sub(
        r"^    .*$|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE
    )  # without code
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    local = [target for target in targets if not target.startswith("https://")]
    assert [target for target in local if not (page.parent / target).exists()] == []


def _default(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else DEFAULT_WORDS[value]
