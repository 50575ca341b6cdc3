"""docs/workbench.md: its Python runs, and its promises about who may what hold. tests/stockrail/commands has its commands."""

import re
from pathlib import Path

import pytest

from stockrail.workbench.store import Store, audit
from tests.stockrail.workbench.people import write_people

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "workbench.md").read_text(encoding="utf-8")


def test_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the page, in a folder with a store and the instances: the forecast of the fan is doubled."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    with Store.create("workbench") as store:
        write_people(store)
    section = PAGE.split("\n## In Python\n")[1].split("\n## ")[0]
    example = re.search(r"```python\n(.+?)```", section, re.DOTALL)
    assert example is not None
    names: dict[str, object] = {}
    exec(compile(example[1], "docs/workbench.md", "exec"), names)  # noqa: S102
    instance = names["instance"]
    assert instance.mean_demand[1].tolist() == [20, 40, 30]  # type: ignore[attr-defined]  # 10, 20, 15, doubled
    with Store.open("workbench") as store:
        assert audit.verify(store).entries == 2  # the import and the scenario
