"""Uploads in tests: the files of three-items, changed, and archives of files."""

import io
import zipfile
from collections.abc import Mapping

from tests.stockrail.workbench.folders import THREE_ITEMS


def changed_files(*replacements: tuple[str, str, str]) -> dict[str, bytes]:
    """The files of three-items with texts replaced (file, before, after); by default more fans in period 1: 25.5 in place of 20."""
    files = {file.name: file.read_bytes() for file in sorted(THREE_ITEMS.iterdir())}
    for name, before, after in replacements or (("demand.csv", "fan,1,20", "fan,1,25.5"),):
        assert files[name].count(before.encode()) == 1, (name, before)
        files[name] = files[name].replace(before.encode(), after.encode())
    return files


def zip_of(files: Mapping[str, bytes], folder: str = "") -> bytes:
    """A .zip of files, on request within a folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"{folder}{name}", data)
    return packed.getvalue()
