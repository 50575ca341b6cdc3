"""What a calibration of the store proposes: its tables, read from the files of its run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from stockrail.calibration.targets import BROKEN_TARGETS, TARGETS
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.result_tables import read_table
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

KIND = "calibrate"


@dataclass(frozen=True)
class Proposal:
    """The targets of a calibration, which keep the hard guardrails.

    Attributes
    ----------
    run : finished, with targets.
    """

    run: Run
    _store: Store

    @staticmethod
    def of(store: Store, run_id: int) -> "Proposal":
        """That of a run.

        Raises
        ------
        NotFoundError
            There is no such run.
        StateError
            It is no calibration, has not finished, or no choice of options keeps the hard guardrails.
        """
        run = get(store, run_id)
        if run.kind != KIND:
            raise StateError(f"Run {run_id} is a {run.kind} and proposes no targets: name a calibration.")
        if BROKEN_TARGETS in run.artifacts:
            raise StateError(
                f"The targets of run {run_id} break hard guardrails, so there is nothing to accept: add options with less stock to "
                "the menu, or loosen a limit, and calibrate again."
            )
        if run.state != "finished" or TARGETS not in run.artifacts:
            raise StateError(f"Run {run_id} is {run.state}: targets are decided on once it has finished.")
        return Proposal(run, store)

    @property
    def certificate(self) -> Mapping[str, Any]:
        """The numbers of calibration.json."""
        return self.run.certificate or {}

    @property
    def currency(self) -> str:
        """Of all money."""
        return str(self.certificate.get("currency", ""))

    @cached_property
    def targets(self) -> pd.DataFrame:
        """One row per item, see `stockrail.calibration.targets.targets_table`."""
        return self.table("targets")

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per segment with items, see `stockrail.calibration.targets.segments_table`."""
        return self.table("segments")

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Against today's targets, see `stockrail.calibration.changes.changes_table`; no rows where those are not known."""
        return self.table("changes")

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name without ending; no rows and no columns where the calibration has none."""
        digest = self.run.artifacts.get(f"{name}.csv")
        return pd.DataFrame() if digest is None else read_table(self._store.artifacts.get(digest))

    def names(self) -> tuple[str, ...]:
        """The segments, in the order of the instance."""
        return tuple(self.segments["segment"])

    def require_segment(self, segment: str) -> None:
        """Refuse a segment that the calibration has no targets of.

        Raises
        ------
        NotFoundError
            Says which there are.
        """
        if segment not in self.names():
            listed = ", ".join(self.names())
            raise NotFoundError(
                f"Run {self.run.id} has no targets of segment {segment!r}: it has those of {listed}."
            )

    @property
    def is_refuted(self) -> bool:
        """Whether the independent checker does not confirm the plan of the targets."""
        checked = (self.certificate.get("verification") or {}).get("rule") or {}
        return checked.get("passed") is False
