"""Funded builds that guardrails grant, held against the records: room that nobody has said the end of is pointed out."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stockrail.model.schema import FundedBuild
from stockrail.model.sources import read_source
from stockrail.workbench import baselines, guardrail_versions
from stockrail.workbench.guardrail_versions import effective_on
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Tradeoff

TABLE = "funded_builds"


@dataclass(frozen=True)
class GrantedBuild:
    """Room above a limit that is granted, or asked for.

    Attributes
    ----------
    build : its row in `funded_builds`.
    granted_by : the guardrail version or the baseline it is in, in words.
    """

    build: FundedBuild
    granted_by: str

    @property
    def room(self) -> str:
        """What it grants, in words."""
        where = " ".join(part for part in (self.build.scope, self.build.scope_value) if part)
        return f"{self.build.amount:,.0f} above {self.build.guardrail} ({where}), run off by {self.build.exit_date}"


@dataclass(frozen=True)
class WithoutRecord:
    """A build that no open record stands for, and why."""

    granted: GrantedBuild
    reason: str


def builds_without_record(store: Store) -> list[WithoutRecord]:
    """Builds that are granted or asked for, have not run off, and have no open record of the same name."""
    from stockrail.workbench.tradeoffs.records import listed

    with store.read() as session:
        records = listed(session)
    return without_record(granted_builds(store), records, store.clock().date())


def without_record(
    granted: Sequence[GrantedBuild], records: Sequence[Tradeoff], today: dt.date
) -> list[WithoutRecord]:
    """Those of some builds that no open record of kind `funded_build` has the name of.

    A build that has run off before today needs none any more.
    """
    own = [row for row in records if row.kind == "funded_build"]
    open_names = {row.name for row in own if row.state == "open"}
    closed = {row.name: row.id for row in own if row.state == "closed"}
    found = []
    for one in granted:
        name = one.build.build
        if name in open_names or one.build.exit_date < today:
            continue
        reason = (
            f"its record {closed[name]} is closed, and the room is still granted"
            if name in closed
            else "no record"
        )
        found.append(WithoutRecord(one, reason))
    return found


def granted_builds(store: Store) -> list[GrantedBuild]:
    """Builds of the limits in force, of those approved for later, and of those proposed; each name once, in this order.

    Where no guardrail version is in force the limits are those of the latest baseline.
    """
    found: dict[str, GrantedBuild] = {}
    for manifest, granted_by in _limits(store):
        for build in _builds(store, manifest):
            found.setdefault(build.build, GrantedBuild(build, granted_by))
    return list(found.values())


def _limits(store: Store) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The files of each set of limits, with what it is called."""
    today = store.clock().date()
    now = effective_on(store, today)
    if now is not None:
        yield now.manifest, f"guardrail version {now.id}"
    elif (latest := baselines.latest(store)) is not None:
        yield latest.manifest, f"baseline {latest.id}"
    versions = guardrail_versions.versions(store)
    for version in versions:
        if version.state == "approved" and version.effective_from > today:
            yield version.manifest, f"guardrail version {version.id}, from {version.effective_from} on"
    for version in versions:
        if version.state == "proposed":
            yield version.manifest, f"guardrail version {version.id}, proposed"


def _builds(store: Store, manifest: Mapping[str, Any]) -> list[FundedBuild]:
    files = {name: digest for name, digest in manifest.items() if name.startswith(f"{TABLE}.")}
    if not files:
        return []
    with baselines.folder_with(
        {name: store.artifacts.get(digest) for name, digest in files.items()}
    ) as folder:
        table = read_source(folder).tables.get(TABLE)
    if table is None:
        return []
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    return [
        FundedBuild.model_validate({name: cell for name, cell in row.items() if cell is not None})
        for row in rows
    ]
