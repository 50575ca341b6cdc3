"""Instance folders for tests of the workbench."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
THREE_ITEMS = ROOT / "instances" / "three-items"


def three_items(target: Path, *replacements: tuple[str, str, str]) -> Path:
    """A copy of the instance three-items with texts replaced: file, before, after; each must be there once."""
    shutil.copytree(THREE_ITEMS, target)
    for name, before, after in replacements:
        replace(target / name, before, after)
    return target


def replace(file: Path, before: str, after: str) -> None:
    """Replace a text that is there once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, (file.name, before, text.count(before))
    file.write_text(text.replace(before, after), encoding="utf-8")
