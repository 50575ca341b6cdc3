"""What is refused of an upload before anything reads it: bombs, paths that leave their folder, other kinds of files."""

import io
import struct
import zipfile
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.problems import InstanceError, Problem
from stockrail.workbench.uploads import received as module
from stockrail.workbench.uploads.received import Received, Sent, received
from tests.stockrail.web.uploads import changed_files, zip_of

FILES = changed_files()


def sent(*names: str) -> list[Sent]:
    """Files of three-items by their names, with the paths given."""
    return [Sent(name, FILES[name.rpartition("/")[2]]) for name in names]


def refused(files: Sequence[Sent]) -> Problem:
    """The one problem of an upload."""
    with pytest.raises(InstanceError) as caught:
        received(files)
    (problem,) = caught.value.problems
    return problem


def zipped(files: dict[str, bytes], folder: str = "") -> Received:
    """What comes of a .zip."""
    return received([Sent("upload.zip", zip_of(files, folder))])


def test_files_folder_and_zip_are_the_same() -> None:
    """However they come: one by one, as a browser sends a folder, or as a .zip with or without the folder."""
    one_by_one = received([Sent(name, data) for name, data in FILES.items()])
    folder = received([Sent(f"three-items/{name}", data) for name, data in FILES.items()])
    assert (
        one_by_one.files
        == folder.files
        == zipped(FILES).files
        == zipped(FILES, "a/b/three-items/").files
        == FILES
    )


def test_what_is_no_part_of_the_instance_is_left_out() -> None:
    """Hidden files and what systems add silently, folders within with a note."""
    more = {
        **{f"three/{name}": data for name, data in FILES.items()},
        "three/.git/config": b"x",
        "__MACOSX/three/._items.csv": b"x",
        "three/old/items.csv": b"x",
        "three/.DS_Store": b"x",
    }
    found = zipped(more)
    assert found.files == FILES
    assert found.notes == (
        "Left out, as only the files beside instance.yaml are the instance: three/old/items.csv (1).",
    )


def test_nearest_instance_counts_and_two_are_too_many() -> None:
    """One within the other is left out; two side by side are a question."""
    inner = {f"outer/inner/{name}": data for name, data in FILES.items()}
    outer = {f"outer/{name}": data for name, data in FILES.items()}
    assert zipped({**outer, **inner}).files == FILES
    beside = {f"a/{name}": data for name, data in FILES.items()} | {
        f"b/{name}": data for name, data in FILES.items()
    }
    assert refused([Sent("x.zip", zip_of(beside))]).value == "several instances: a, b"


def test_without_settings_the_files_are_there_for_the_reader_to_complain() -> None:
    """The reader says that instance.yaml is missing, with everything else."""
    assert received(sent("three/items.csv", "three/demand.csv")).files.keys() == {"items.csv", "demand.csv"}


@pytest.mark.parametrize(
    "path",
    [
        "../items.csv",
        "a/../../items.csv",
        "/etc/items.csv",
        "C:/items.csv",
        "C:\\items.csv",
        "a\\..\\items.csv",
        "items\n.csv",
    ],
)
def test_paths_that_leave_their_folder(path: str) -> None:
    """In a .zip or as the name of a file."""
    assert refused([Sent(path, b"x")]).value == "a path that leaves its folder"
    with pytest.raises(InstanceError, match="within the folder"):
        received([Sent("x.zip", zip_of({**FILES, path: b"x"}))])


@given(
    st.lists(st.sampled_from(["..", ".", "a", "", "C:", "items.csv", "\\", "~"]), min_size=1, max_size=5).map(
        "/".join
    )
)
def test_names_never_have_a_folder(path: str) -> None:
    """Whatever the path: refused, or a plain name."""
    try:
        found = received([Sent("instance.yaml", b"name: x"), Sent(path, b"x")])
    except InstanceError:
        return
    assert all("/" not in name and "\\" not in name and name not in {"", ".", ".."} for name in found.files)


def test_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is allowed when unpacked, in one file or in many; what the archive says of its sizes is not believed."""
    monkeypatch.setattr(module, "MOST_UNPACKED", 1_000_000)
    one = zip_of({"items.csv": b"0" * 1_000_001})
    assert len(one) < 5_000
    assert "when unpacked" in str(refused([Sent("x.zip", one)]).value)
    many = zip_of({f"t{k}.csv": b"0" * 300_000 for k in range(4)})
    assert "when unpacked" in str(refused([Sent("x.zip", many)]).value)
    # The same archive, with the size in its directory changed to 10 bytes.
    lying = one.replace(struct.pack("<L", 1_000_001), struct.pack("<L", 10))
    assert lying != one
    with pytest.raises(InstanceError):
        received([Sent("x.zip", lying)])
    assert "when unpacked" in str(refused([Sent("book.xlsx", one)]).value)


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an archive before it is unpacked, and of an upload."""
    monkeypatch.setattr(module, "MOST_FILES", 12)
    many = {f"{k}.csv": b"x" for k in range(13)}
    assert refused([Sent("x.zip", zip_of(many))]).value == "13 files"
    assert refused([Sent(name, data) for name, data in many.items()]).value == "13 files"


def test_link_and_password() -> None:
    """A link may lead anywhere; what is encrypted cannot be looked at."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("items.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert refused([Sent("x.zip", packed.getvalue())]).value == "a link"
    plain = bytearray(zip_of({"items.csv": b"x"}))
    plain[plain.index(b"PK\x01\x02") + 8] |= 1
    assert refused([Sent("x.zip", bytes(plain))]).value == "encrypted"


@pytest.mark.parametrize("data", [b"", b"no archive", zip_of(FILES)[:200], zip_of(FILES)[200:]])
def test_damaged_archive(data: bytes) -> None:
    """Refused with its name, as an archive and as a workbook."""
    assert refused([Sent("x.zip", data)]).file == "x.zip"
    if data != zip_of(FILES)[200:]:  # an archive whose beginning is gone may still be read from its end
        assert refused([Sent("x.xlsx", data)]).file == "x.xlsx"


@pytest.mark.parametrize(
    "name", ["run.exe", "items", "items.csv.exe", "nested.zip", "book.xlsx", "page.html"]
)
def test_other_kinds_of_files(name: str) -> None:
    """Also beside right ones; an archive within an archive is not opened."""
    problem = refused([*sent("instance.yaml", "items.csv"), Sent(name, b"x")])
    assert (problem.file, problem.value) == (name, name)


def test_nothing() -> None:
    """A form without a file says what may be sent."""
    assert "one .zip of them" in refused([]).allowed
    assert "one .zip of them" in refused([Sent("", b"")]).allowed


def test_aliases_of_yaml() -> None:
    """Nine lines that would be a billion values; YAML that is wrong is for the reader to explain."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    problem = refused([Sent("instance.yaml", "\n".join(lines).encode())])
    assert (problem.row, problem.value) == (2, "*a")
    assert received([Sent("instance.yaml", b"a: [")]).files


def test_too_large_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the lines of text, by what a Parquet file says of itself; settings by their bytes."""
    monkeypatch.setattr(module, "MOST_LINES", 100)
    assert refused([Sent("items.csv", b"x\n" * 101)]).value == "101 lines"
    stream = io.BytesIO()
    pd.DataFrame({"item": ["x"] * 101}).to_parquet(stream)
    assert "101 rows" in str(refused([Sent("items.parquet", stream.getvalue())]).value)
    monkeypatch.setattr(module, "MOST_CELLS", 100)
    stream = io.BytesIO()
    pd.DataFrame({"item": ["x"] * 51, "segment": ["x"] * 51}).to_parquet(stream)
    assert "51 rows of 2 columns" in str(refused([Sent("items.parquet", stream.getvalue())]).value)
    assert "readable Parquet" in refused([Sent("items.parquet", b"PAR1")]).allowed
    monkeypatch.setattr(module, "MOST_YAML", 10)
    assert refused([Sent("instance.yaml", b"name: 12345")]).value == "11 bytes"
