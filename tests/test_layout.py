"""The shape of the repository: import names, what is packaged, which part may import which, nothing tied to one machine."""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import stockrail.model
import stockrail.solvers

ROOT = Path(__file__).resolve().parents[1]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]

NOT_OURS = {"__pycache__", "build", "dist", "plans", ".coverage"}
"""What tools make. Hidden folders but `.ci`, and folders of metadata, go by their names' form."""

MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|Users|work|tmp|opt|mnt)/|[A-Z]:\\\\?Users\b")
REGISTRY_HOST = re.compile(
    r"\b(pypi|pythonhosted|anaconda|npmjs|jsdelivr|unpkg)\.(org|com|net)\b|(?<!emit-)index-url"
)

VENDORED = (ROOT / "stockrail/web/static/vendor", ROOT / "tests/stockrail/web/browser/vendor")
"""Libraries of other people, as they are published: their comments name what they like. tests/stockrail/web/test_vendored.py holds
each file against its hash, and the browser's tests see that nothing is fetched from elsewhere."""

MAY_IMPORT = {
    "model": ("stockrail.model",),
    "solvers": ("stockrail.model", "stockrail.solvers"),
}
"""Parts of Stockrail that a folder may import. The application in stockrail/ may import everything."""


def test_links_lead_to_the_top_level_folders() -> None:
    """`stockrail.model` and `stockrail.solvers` are the folders at the top, also where imports follow the links."""
    for package in (stockrail.model, stockrail.solvers):
        assert package.__file__ is not None
        assert Path(package.__file__).resolve().parents[1] == ROOT
    for name in ("model", "solvers"):
        assert (ROOT / "stockrail" / name).is_symlink()
        assert os.readlink(ROOT / "stockrail" / name) == f"../{name}"


def test_every_package_folder_is_in_the_build_list() -> None:
    """A folder with Python files that is missing in `packages` would be missing in the wheel."""
    assert SETUPTOOLS["package-dir"] == {"stockrail.model": "model", "stockrail.solvers": "solvers"}
    found = {
        ".".join((*prefix, *file.parent.relative_to(ROOT).parts))
        for top, prefix in (("stockrail", ()), ("model", ("stockrail",)), ("solvers", ("stockrail",)))
        for file in _files(ROOT / top)
        if file.suffix == ".py"
    }
    assert found == set(SETUPTOOLS["packages"])


def test_data_files_are_packaged() -> None:
    """Files that are not Python, such as the report's template, are in the wheel."""
    package = ROOT / "stockrail"
    patterns = SETUPTOOLS["package-data"]["stockrail"]
    packaged = {file for pattern in patterns for file in package.glob(pattern) if file.is_file()}
    assert packaged == {file for file in _files(package) if file.suffix != ".py"}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_go_one_way(folder: str) -> None:
    """The model imports neither solvers nor application, the solvers do not import the application."""
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in (ROOT / folder).rglob("*.py")
        for line, name in _imports(file)
        if name.split(".")[0] in ("stockrail", "model", "solvers", "")
        and not any(f"{name}.".startswith(f"{allowed}.") for allowed in MAY_IMPORT[folder])
    ]
    assert wrong == []


def test_nothing_is_tied_to_a_machine_or_a_registry() -> None:
    """No file names a path of somebody's machine, or a host that packages or scripts are fetched from."""
    wrong = []
    for file in _files(ROOT):
        if file == Path(__file__).resolve():
            continue  # the patterns themselves
        if file.name != "vendored.toml" and any(folder in file.parents for folder in VENDORED):
            continue
        for number, line in enumerate(
            file.read_bytes().decode("utf-8", errors="replace").splitlines(), start=1
        ):
            if MACHINE_PATH.search(line) or REGISTRY_HOST.search(line):
                wrong.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert wrong == []


def _files(folder: Path) -> Iterator[Path]:
    """Files of the repository below a folder; links are not followed, so that none comes twice."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name == ".ci" or not name.startswith(".")]
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith(".egg-info")]
        yield from (Path(parent) / name for name in names if name not in NOT_OURS)


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every module or object a file imports; relative imports, which we do not use, as ''."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "" if node.level else node.module
            yield from ((node.lineno, f"{module}.{alias.name}" if module else "") for alias in node.names)
