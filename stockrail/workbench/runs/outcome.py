"""What a run leaves behind: the files of a plan or a calibration as artifacts, and what the independent checker says of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stockrail.files import plain
from stockrail.model.instance import Instance
from stockrail.planning import Plan
from stockrail.segments.table import SegmentTable
from stockrail.verification.changes import with_announced
from stockrail.verification.verify import checks_of
from stockrail.workbench.store.artifacts import Artifacts
from stockrail.workbench.store.tables import Sha256

MOST_CHECKED = 500_000
"""Items times nodes up to which plans are held against the checker: some seconds. Beyond, `stockrail verify` does when asked."""

NOT_CHECKED = (
    "not checked, as the instance is large: write the plan with `stockrail run show RUN --out FOLDER`, the baseline with "
    "`stockrail baseline export`, and hold one against the other with `stockrail verify`"
)


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind.

    Attributes
    ----------
    certificate : the numbers of plan.json or calibration.json, with `verification`.
    artifacts : name of each file, as `stockrail plan --out` has it, to its hash.
    """

    certificate: dict[str, Any]
    artifacts: dict[str, Sha256] = field(default_factory=dict)


def outcome_of(
    plan: Plan,
    instance: Instance,
    folder: Path,
    artifacts: Artifacts,
    doing: Callable[[str], None] = lambda phase: None,
) -> Outcome:
    """Write the files of a plan, check them, and keep them.

    Parameters
    ----------
    instance : that was planned.
    folder : for the files; it may be removed afterwards.
    doing : called with what is being done.
    """
    doing("writing")
    plan.write(folder)
    if instance.settings.segmentation is not None:
        SegmentTable.of(instance).write(folder, None)
    doing("checking")
    verification = verified(folder, plan.certificate, instance)
    doing("keeping")
    return Outcome(plain({**plan.certificate, "verification": verification}), kept(folder, artifacts))


def verified(folder: Path, certificate: dict[str, Any], instance: Instance) -> dict[str, Any]:
    """What the independent checker says of a plan's folder.

    Returns
    -------
    dict
        passed (None where it was not asked), checks (how many), failed (names and details of those that did not pass), detail.
    """
    if certificate["items"] * certificate["nodes"] > MOST_CHECKED:
        return unchecked(NOT_CHECKED)
    told = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    checks = list(checks_of(folder, told, with_announced(folder, told, instance)))
    failed = [{"check": check.name, "detail": check.detail} for check in checks if not check.passed]
    return {"passed": not failed, "checks": len(checks), "failed": failed, "detail": ""}


def unchecked(detail: str) -> dict[str, Any]:
    """The same where the checker was not asked; `detail` says why."""
    return {"passed": None, "checks": 0, "failed": [], "detail": detail}


def kept(folder: Path, artifacts: Artifacts) -> dict[str, Sha256]:
    """Keep every file of a folder, those in folders within it too: name with slashes to hash."""
    return {
        file.relative_to(folder).as_posix(): artifacts.put(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
