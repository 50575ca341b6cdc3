"""What came in: the files of an instance folder, one by one or as one .zip, or a workbook. Everything else is refused before it is read."""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from stockrail.model.problems import InstanceError, Problem
from stockrail.workbench.baselines import SETTINGS_FILE

MEGABYTE = 1024 * 1024

MOST_UNPACKED = 128 * MEGABYTE
"""Bytes of all files of a .zip or a workbook together, when unpacked."""

MOST_FILES = 500

MOST_LINES = 2_000_000
"""Lines of one table."""

MOST_CELLS = 20 * MOST_LINES
"""Cells of one Parquet table: one of repeated values is small on the way and large in memory."""

MOST_YAML = MEGABYTE
"""Bytes of instance.yaml or scenarios.yaml."""

LONGEST_NAME = 120

TABLES_END, TEXTS_END, YAML_END = (".csv", ".parquet"), (".md", ".txt"), (".yaml", ".yml")
ALLOWED = f"a file ending in {', '.join((*TABLES_END, *YAML_END, *TEXTS_END))}, one .zip of them, or one workbook (.xlsx)"
LARGER = "import a larger one with `stockrail baseline import`"

Files = dict[str, bytes]


@dataclass(frozen=True)
class Sent:
    """A file as it was sent, with the path that the browser or the .zip gives it."""

    path: str
    data: bytes


@dataclass(frozen=True)
class Received:
    """What was sent, safe to be read.

    Attributes
    ----------
    files : contents by name, without folders; empty where it is a workbook.
    workbook : the workbook, with its name.
    notes : sentences about what was left out.
    """

    files: Files = field(default_factory=dict)
    workbook: Sent | None = None
    notes: tuple[str, ...] = ()


def received(sent: Sequence[Sent]) -> Received:
    """Sort out what was sent.

    Raises
    ------
    InstanceError
        With everything that is no file of an instance, cannot be unpacked, would leave its folder, or is too large.
    """
    if not sent or all(not one.data and not one.path for one in sent):
        raise InstanceError([Problem("upload", None, None, None, ALLOWED)])
    if len(sent) == 1 and _ending(sent[0].path) == ".xlsx":
        _require_workbook(sent[0])
        return Received(workbook=Sent(_base(sent[0].path), sent[0].data))
    if len(sent) == 1 and _ending(sent[0].path) == ".zip":
        sent = _unpacked(sent[0])
    problems = list(_wrong_places(sent))
    if problems:
        raise InstanceError(problems)
    files, notes, problems = _of_one_folder(sent)
    problems += [problem for name, data in files.items() for problem in _wrong_file(name, data)]
    if problems:
        raise InstanceError(problems)
    return Received(files, notes=tuple(notes))


def _unpacked(archive: Sent) -> list[Sent]:
    """The files of a .zip: never more bytes than allowed, whatever it says about itself."""
    name = _base(archive.path)
    try:
        with zipfile.ZipFile(io.BytesIO(archive.data)) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise _refusal(name, f"{len(entries):,} files", f"at most {MOST_FILES}")
            problems = [
                Problem(f"{name}, {entry.filename}", None, None, found, allowed)
                for entry in entries
                for found, allowed in _wrong_entry(entry)
            ]
            if problems:
                raise InstanceError(problems)
            found, left = [], MOST_UNPACKED
            for entry in entries:
                with opened.open(entry) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise _too_large(name)
                found.append(Sent(entry.filename, data))
            return found
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        if isinstance(error, InstanceError):
            raise
        raise _refusal(name, str(error) or "damaged", "a .zip that can be unpacked") from error


def _wrong_entry(entry: zipfile.ZipInfo) -> Iterator[tuple[str, str]]:
    if entry.flag_bits & 1:
        yield "encrypted", "a file without a password"
    if stat.S_ISLNK(entry.external_attr >> 16):
        yield "a link", "a file"


def _require_workbook(book: Sent) -> None:
    """Refuse a workbook that is none, or that is far larger than it looks."""
    name = _base(book.path)
    try:
        with zipfile.ZipFile(io.BytesIO(book.data)) as opened:
            left = MOST_UNPACKED
            for entry in opened.infolist():
                with opened.open(entry) as stream:
                    # In pieces: the text of one sheet need not be in memory to be counted.
                    while piece := stream.read(MEGABYTE):
                        left -= len(piece)
                        if left < 0:
                            raise _too_large(name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        if isinstance(error, InstanceError):
            raise
        raise _refusal(name, str(error) or "damaged", "a readable Excel workbook (.xlsx)") from error


def _wrong_places(sent: Sequence[Sent]) -> Iterator[Problem]:
    if len(sent) > MOST_FILES:
        yield Problem("upload", None, None, f"{len(sent):,} files", f"at most {MOST_FILES}")
    for one in sent:
        path = one.path.replace("\\", "/")
        parts = path.split("/")
        has_drive = len(path) > 1 and path[1] == ":"
        if path.startswith("/") or has_drive or ".." in parts or any(ord(sign) < 32 for sign in path):
            yield Problem(
                ascii(one.path)[1:-1], None, None, "a path that leaves its folder", "a path within the folder"
            )


def _of_one_folder(sent: Sequence[Sent]) -> tuple[Files, list[str], list[Problem]]:
    """The files of the folder that is the instance: the one with instance.yaml, else the one that all are in."""
    paths = {PurePosixPath(one.path.replace("\\", "/")): one.data for one in sent}
    paths = {path: data for path, data in paths.items() if not _is_hidden(path)}
    homes = sorted(
        {path.parent for path in paths if path.name == SETTINGS_FILE},
        key=lambda folder: (len(folder.parts), folder),
    )
    nearest = [folder for folder in homes if len(folder.parts) == len(homes[0].parts)]
    if len(nearest) > 1:
        listed = ", ".join(map(str, nearest))
        return (
            {},
            [],
            [
                Problem(
                    "upload", None, None, f"several instances: {listed}", f"one folder with {SETTINGS_FILE}"
                )
            ],
        )
    if nearest:
        home = nearest[0]
    else:
        home = min(
            (path.parent for path in paths), key=lambda folder: len(folder.parts), default=PurePosixPath()
        )
    files = {path.name: data for path, data in paths.items() if path.parent == home}
    left_out = [str(path) for path in paths if path.parent != home]
    notes = []
    if left_out:
        shown = ", ".join(left_out[:3]) + (", ..." if len(left_out) > 3 else "")
        notes.append(
            f"Left out, as only the files beside {SETTINGS_FILE} are the instance: {shown} ({len(left_out)})."
        )
    return files, notes, []


def _wrong_file(name: str, data: bytes) -> Iterator[Problem]:
    ending = _ending(name)
    if len(name) > LONGEST_NAME:
        yield Problem(
            name[:40] + "...", None, None, f"a name of {len(name)} characters", f"at most {LONGEST_NAME}"
        )
    elif ending not in (*TABLES_END, *YAML_END, *TEXTS_END):
        yield Problem(name, None, None, name, ALLOWED)
    elif ending in YAML_END:
        yield from _wrong_yaml(name, data)
    elif ending == ".csv":
        lines = data.count(b"\n")
        if lines > MOST_LINES:
            yield Problem(name, None, None, f"{lines:,} lines", f"at most {MOST_LINES:,}: {LARGER}")
    elif ending == ".parquet":
        yield from _wrong_parquet(name, data)


def _wrong_yaml(name: str, data: bytes) -> Iterator[Problem]:
    if len(data) > MOST_YAML:
        yield Problem(name, None, None, f"{len(data):,} bytes", f"at most {MOST_YAML:,}")
        return
    try:
        for token in yaml.scan(data.decode("utf-8-sig"), Loader=yaml.SafeLoader):
            # A few lines of aliases of aliases are millions of values when they are read.
            if isinstance(token, yaml.AliasToken):
                yield Problem(
                    name, token.start_mark.line + 1, None, f"*{token.value}", "values without aliases"
                )
                return
    except (yaml.YAMLError, UnicodeDecodeError):
        return  # the reader of the instance says where and what


def _wrong_parquet(name: str, data: bytes) -> Iterator[Problem]:
    try:
        found = pq.ParquetFile(io.BytesIO(data)).metadata
        rows, size = (
            found.num_rows,
            sum(found.row_group(k).total_byte_size for k in range(found.num_row_groups)),
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        yield Problem(name, None, None, str(error)[:160], "a readable Parquet table")
        return
    if rows > MOST_LINES or rows * found.num_columns > MOST_CELLS or size > MOST_UNPACKED:
        found_words = f"{rows:,} rows of {found.num_columns:,} columns, {size / MEGABYTE:,.0f} MB"
        allowed = (
            f"at most {MOST_LINES:,} rows, {MOST_CELLS:,} cells and {MOST_UNPACKED // MEGABYTE} MB: {LARGER}"
        )
        yield Problem(name, None, None, found_words, allowed)


def _too_large(name: str) -> InstanceError:
    allowed = f"at most {MOST_UNPACKED // MEGABYTE} MB: {LARGER}"
    return _refusal(name, f"more than {MOST_UNPACKED // MEGABYTE} MB when unpacked", allowed)


def _refusal(name: str, found: str, allowed: str) -> InstanceError:
    return InstanceError([Problem(name, None, None, found, allowed)])


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _ending(path: str) -> str:
    return PurePosixPath(_base(path)).suffix.lower()
