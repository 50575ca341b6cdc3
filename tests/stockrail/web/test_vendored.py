"""The libraries of the pages are what was published, each with its licence, in versions that fit."""

import re
from pathlib import Path

import altair as alt
import pytest

from scripts import vendor
from stockrail.web.vendored import VENDOR, vendored

STATIC = VENDOR.parent
FILES = [file for listing in vendor.LISTS for file in vendor.listed(listing)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.name)
def test_vendored_file_is_the_published_one(file: vendor.Vendored) -> None:
    """Nobody edits a vendored file: it has the hash of the list."""
    assert file.problem == ""


@pytest.mark.parametrize("listing", vendor.LISTS, ids=lambda listing: listing.parent.parent.name)
def test_nothing_else_lies_there_and_every_library_has_its_licence(
    listing: Path,
) -> None:
    """The folders hold the listed files only, and a licence beside each library's files."""
    files = vendor.listed(listing)
    found = {file for file in listing.parent.rglob("*") if file.is_file()}
    assert found == {file.path for file in files} | {listing}
    for folder in {file.path.parent for file in files}:
        names = [file.path.name for file in files if file.path.parent == folder]
        assert sum(name.startswith("LICENSE") for name in names) == 1
    assert {file.licence for file in files} <= {"0BSD", "MIT", "BSD-3-Clause", "MPL-2.0"}


def test_scripts_load_listed_files() -> None:
    """The pages' own scripts name vendored files with their versions: each one exists."""
    named = {
        name for script in STATIC.glob("*.js") for name in re.findall(r'"vendor/([^"]+)"', script.read_text())
    }
    listed = {str(file.path.relative_to(VENDOR)) for file in FILES if VENDOR in file.path.parents}
    assert named <= listed
    assert listed - named == {
        name for name in listed if "LICENSE" in name or name == "htmx.org-2.0.11/htmx.min.js"
    }
    assert vendored("htmx.org") == "vendor/htmx.org-2.0.11/htmx.min.js"


def test_vega_lite_is_the_version_that_charts_are_written_for() -> None:
    """Altair writes for one minor version of Vega-Lite, and the pages draw with the same."""
    (version,) = {file.version for file in FILES if file.library == "vega-lite"}
    assert version.rpartition(".")[0] == alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    """A file with one byte more than published has another hash; one that is missing is said to be."""
    original = FILES[0]
    copy = tmp_path / original.path.name
    copy.write_bytes(original.path.read_bytes() + b" ")
    changed = vendor.Vendored(
        original.library, original.version, original.licence, copy, original.packed, original.sha256
    )
    assert "has sha256" in changed.problem
    copy.unlink()
    assert changed.problem == "is missing"
