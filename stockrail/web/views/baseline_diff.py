"""What differs between two versions of the baseline, cell by cell."""

import functools
from collections import Counter
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.views.baselines import VersionView, version_view
from stockrail.web.views.grid_table import CellValue, shown_value
from stockrail.workbench import baselines
from stockrail.workbench.baseline_diff import diff
from stockrail.workbench.excel.column import plain
from stockrail.workbench.store import Store

MOST_SHOWN = 5_000
"""Cells that a page shows; the file has all of them."""

MOST_KEPT = 8
"""Differences that are kept, as versions never change."""


class DiffCellView(BaseModel):
    """A cell that differs."""

    model_config = ConfigDict(frozen=True)

    table: str = Field(
        description="Or `settings`, or the name of a file whose bytes differ and values do not."
    )
    row: str
    column: str
    before: CellValue = Field(description="Null for nothing.")
    after: CellValue
    change: str = Field(description="changed, added or removed.")


class DiffView(BaseModel):
    """What differs between two versions."""

    model_config = ConfigDict(frozen=True)

    before: VersionView
    after: VersionView
    total: int = Field(description="Cells that differ, whatever the filter.")
    by_table: dict[str, int] = Field(description="Cells that differ by table.")
    by_change: dict[str, int] = Field(description="Cells by changed, added and removed.")
    table: str | None = Field(description="The table that the cells are of; null for all.")
    matching: int = Field(description="Cells that the filter leaves.")
    cells: tuple[DiffCellView, ...] = Field(description=f"The first {MOST_SHOWN:,} of them.")
    other_versions: tuple[int, ...]

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are shown."""
        return self.matching > len(self.cells)


def view(store: Store, before_id: int, after_id: int, table: str | None = None) -> DiffView:
    """What differs, of one table or of all.

    Raises
    ------
    NotFoundError
        There is no such version.
    """
    versions = baselines.versions(store)
    before, after = baselines.get(store, before_id), baselines.get(store, after_id)
    cells = all_cells(store, before_id, after_id)
    matching = [cell for cell in cells if table is None or cell.table == table]
    return DiffView(
        before=version_view(before, versions),
        after=version_view(after, versions),
        total=len(cells),
        by_table=dict(Counter(cell.table for cell in cells)),
        by_change=dict(Counter(cell.change for cell in cells)),
        table=table,
        matching=len(matching),
        cells=tuple(matching[:MOST_SHOWN]),
        other_versions=tuple(one.id for one in versions if one.id != after_id),
    )


def all_cells(store: Store, before_id: int, after_id: int) -> tuple[DiffCellView, ...]:
    """Every cell that differs; raises what `view` raises."""
    hashes = (baselines.get(store, before_id).hash, baselines.get(store, after_id).hash)
    return _cells(_Asked(hashes, before_id, after_id, store))


@dataclass(frozen=True)
class _Asked:
    """Two versions by their contents."""

    hashes: tuple[str, str]
    before_id: int = field(compare=False)
    after_id: int = field(compare=False)
    store: Store = field(compare=False)


@functools.lru_cache(MOST_KEPT)
def _cells(asked: _Asked) -> tuple[DiffCellView, ...]:
    frame = diff(asked.store, asked.before_id, asked.after_id)
    return tuple(
        DiffCellView.model_validate({**row, "before": _shown(row["before"]), "after": _shown(row["after"])})
        for row in frame.to_dict("records")
    )


def _shown(value: object) -> CellValue:
    return shown_value(plain(value))
