"""The libraries of the pages: fixed versions that come with Stockrail, each in a folder with its licence."""

import functools
import tomllib
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
LIST = VENDOR / "vendored.toml"


@functools.cache
def vendored(name: str, ending: str = ".js") -> str:
    """Path below /static of the file of a library whose name ends so.

    The version is in its folder's name, so that browsers may keep the file for as long as they like.
    """
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    files = [entry["file"] for entry in listed["library"] if entry["name"] == name]
    return f"vendor/{next(file for file in files if file.endswith(ending))}"
