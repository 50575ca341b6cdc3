"""What is wrong with a workbook: one `CellProblem` per cell, all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class CellProblem:
    """One thing wrong with a workbook, where it is, and what would be right.

    Attributes
    ----------
    sheet : the sheet; '' for the file itself.
    cell : address within the sheet, such as H5; None where it is the sheet or the file as a whole.
    column : name of the column or the setting.
    key : which row it is, in words, such as `item-003, 4`.
    found : what was found, in words.
    allowed : what may stand there.
    """

    sheet: str
    cell: str | None
    found: str
    allowed: str
    column: str | None = None
    key: str = ""

    @property
    def place(self) -> str:
        """Sheet and cell as Excel writes them."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet or "workbook"

    def __str__(self) -> str:
        of = f" of {self.key}" if self.key else ""
        what = f", {self.column}{of}" if self.column else f", row{of}" if of else ""
        return f"{self.place}{what}: found {self.found}; allowed: {self.allowed}"


class WorkbookError(ValueError):
    """A workbook with errors cannot be accepted. `problems` has all of them; the message lists them."""

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{count} in the workbook:", *(f"  {problem}" for problem in problems)]))
