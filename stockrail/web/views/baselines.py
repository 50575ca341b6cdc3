"""All versions of the baseline."""

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.stale import seen_of
from stockrail.workbench import baselines
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import BaselineVersion


class VersionView(BaseModel):
    """A version."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = Field(description="Name of the instance.")
    author: str
    message: str = Field(description="What changed and why.")
    created_at: dt.datetime = Field(description="In UTC.")
    parent_id: int | None = Field(description="The version it was made from; null for the first.")
    hash: str = Field(description="SHA-256 of its files' hashes: the same files are the same version.")
    changed_files: tuple[str, ...] = Field(description="Files that its parent has otherwise or not at all.")
    is_latest: bool


class BaselinesView(BaseModel):
    """All versions, the latest first."""

    model_config = ConfigDict(frozen=True)

    versions: tuple[VersionView, ...]
    may_import: bool = Field(description="Whether the visitor may import one.")
    seen: str = Field(description="Send it back to upload or import a version.")


def view(store: Store, actor: str) -> BaselinesView:
    """All versions."""
    found = baselines.versions(store)
    return BaselinesView(
        versions=tuple(version_view(version, found) for version in found),
        may_import=store.governance.allows(actor, Permission.BASELINE_IMPORT),
        seen=_seen(found[0] if found else None),
    )


def version_view(version: BaselineVersion, all_versions: list[BaselineVersion]) -> VersionView:
    """One of the versions, the latest of which is the first."""
    manifests = {one.id: one.manifest for one in all_versions}
    before = manifests.get(version.parent_id or 0, {})
    changed = [
        name
        for name in sorted({*before, *version.manifest})
        if version.parent_id is not None and before.get(name) != version.manifest.get(name)
    ]
    return VersionView(
        id=version.id,
        name=version.name,
        author=version.author,
        message=version.message,
        created_at=version.created_at,
        parent_id=version.parent_id,
        hash=version.hash,
        changed_files=tuple(changed),
        is_latest=version.id == all_versions[0].id,
    )


def seen_latest(store: Store) -> str:
    """The tag of which version is the latest."""
    return _seen(baselines.latest(store))


def imported_meanwhile(store: Store) -> str:
    """Who imported the latest version, for whom has looked at an earlier one."""
    found = baselines.latest(store)
    if found is None:
        return "There is no baseline yet."
    return f"{found.author} imported baseline {found.id} at {found.created_at:%Y-%m-%d %H:%M} UTC ({found.message})."


def _seen(latest: BaselineVersion | None) -> str:
    return seen_of("baselines", None if latest is None else latest.id)
