"""Write what workbooks say about each column, from docs/instance-format.md: `python scripts/excel_columns.py`.

The page is the one place where units and meanings are written; the package has them as a table, because pages are not part of it.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from stockrail.workbench.excel.column import NOTES_FILE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "instance-format.md"
HEADER = ("table", "column", "unit", "meaning")
SETTINGS_SECTION = "instance.yaml"


def notes(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Table, column, unit and meaning of each row of the page's tables; settings have the table `instance` and dotted names.

    Parameters
    ----------
    text : the page; a section is headed by its table, or by the settings that its rows are below.
    """
    for section in text.split("\n## ")[1:]:
        heading, *lines = section.splitlines()
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:3] == "| `"]
        is_setting = heading.split(".")[0].split(",")[0] in {
            "instance",
            "segmentation",
            "calibration",
            "tree",
        }
        groups = [""] if heading == SETTINGS_SECTION else [f"{name}." for name in heading.split(", ")]
        for name, unit, _, _, meaning in rows:
            for group in groups if is_setting else [""]:
                yield (
                    ("instance" if is_setting else heading),
                    group + plain(name),
                    plain(unit),
                    plain(meaning),
                )


def plain(markdown: str) -> str:
    """Text without marks of code and links."""
    return re.sub(r"\[(.+?)\]\([^)]*\)", r"\1", markdown).replace("`", "")


def main() -> None:
    """Write the table."""
    with NOTES_FILE.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(notes(PAGE.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
