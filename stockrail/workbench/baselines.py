"""Baselines: versions of an instance folder, byte for byte, that everybody plans from."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from uuid import uuid4

import sqlalchemy as sa

from stockrail.model import Instance, WhatIf, apply, load
from stockrail.model.schema import TABLES
from stockrail.model.sources import parse_yaml
from stockrail.model.what_if import FILE as WHAT_IFS
from stockrail.model.what_if import what_ifs
from stockrail.workbench.errors import ConflictError, NotFoundError, StateError
from stockrail.workbench.instance_diff import differences
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.artifacts import Artifacts
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import BaselineVersion, Scenario

SETTINGS_FILE = "instance.yaml"
FORMATS = (".csv", ".parquet")

READ_FILES = frozenset(
    {SETTINGS_FILE, WHAT_IFS, *(f"{table}{ending}" for table in TABLES for ending in FORMATS)}
)
"""Names of the files that Stockrail reads. Others in the folder, such as README.md, are kept with them."""

Files = Mapping[str, bytes]


def import_folder(
    store: Store, actor: str, folder: Path | str, message: str, parent: int | None = None
) -> BaselineVersion:
    """Keep the files of an instance folder as a version. The same files again are the version that is there.

    Kept are the files of the folder itself but hidden ones; folders within are no part of the instance.

    Parameters
    ----------
    actor : name of the user.
    folder : a folder that `stockrail check` accepts.
    message : what changed and why; not blank.
    parent : id of the version it was made from; None for the latest. What differs from it must belong to the actor's roles.

    Raises
    ------
    InstanceError
        With every error of the files.
    NotAllowedError
        The actor may not import a baseline, or not these tables.
    NotFoundError
        There is no such parent.
    StateError
        The folder is none, or the message is blank.
    """
    if not message.strip():
        raise StateError("Say what changed and why: the message is blank.")
    files = _files_of(Path(folder))
    manifest = {name: sha256(data).hexdigest() for name, data in files.items()}
    digest = sha256(canonical(manifest).encode()).hexdigest()
    store.governance.require(actor, Permission.BASELINE_IMPORT)
    before = latest(store) if parent is None else get(store, parent)
    existing = _with_hash(store, digest)
    if existing is not None:
        return existing
    with folder_with(files) as copy:  # what is kept is what was validated, whoever edits the folder meanwhile
        read = load(copy)
        what_ifs(copy)
    _require_owner(store, actor, before, read)
    for data in files.values():
        store.artifacts.put(data)
    with store.write(actor, "baseline.import", BaselineVersion.__tablename__) as change:
        found = change.session.scalar(sa.select(BaselineVersion).where(BaselineVersion.hash == digest))
        if found is not None:
            change.discard()
            return found
        version = BaselineVersion(
            hash=digest,
            manifest=manifest,
            name=read.settings.name,
            parent_id=None if before is None else before.id,
            author=actor,
            message=message,
            created_at=change.at,
        )
        change.session.add(version)
        change.session.flush()
        change.entity_id = version.id
        change.data = {"hash": digest, "message": message}
    return version


def get(store: Store, baseline_id: int) -> BaselineVersion:
    """A version by its id.

    Raises
    ------
    NotFoundError
        There is none; says which there are.
    """
    with store.read() as session:
        found = session.get(BaselineVersion, baseline_id)
        if found is None:
            count = session.scalar(sa.select(sa.func.max(BaselineVersion.id)))
            there = (
                "there is none yet: stockrail baseline import" if count is None else f"the latest is {count}"
            )
            raise NotFoundError(f"There is no baseline {baseline_id}; {there}.")
    return found


def versions(store: Store) -> list[BaselineVersion]:
    """All versions, the latest first."""
    with store.read() as session:
        return list(session.scalars(sa.select(BaselineVersion).order_by(BaselineVersion.id.desc())))


def latest(store: Store) -> BaselineVersion | None:
    """The version that was imported last."""
    with store.read() as session:
        return session.scalar(sa.select(BaselineVersion).order_by(BaselineVersion.id.desc()).limit(1))


def currency_of(store: Store, baseline_id: int) -> str:
    """The currency of a version's money; a scenario cannot change it."""
    manifest = get(store, baseline_id).manifest
    settings, _ = parse_yaml(store.artifacts.get(manifest[SETTINGS_FILE]).decode("utf-8-sig"))
    return str(settings["currency"])


def export_folder(
    store: Store, baseline_id: int, folder: Path | str, *, overwrite: bool = False
) -> list[str]:
    """Write the files of a version into a folder, byte for byte, and return their names.

    A file of the instance format that the version does not have is removed, as the folder would be another instance with it.
    Other files stay.

    Parameters
    ----------
    overwrite : also replace files whose contents the store does not have.

    Raises
    ------
    ConflictError
        The folder has files that would be lost; nothing was written.
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise StateError(f"{target} is a file, not a folder.")
    files = files_of(store, baseline_id)
    target.mkdir(parents=True, exist_ok=True)
    there = {file.name: file for file in target.iterdir() if file.is_file()}
    gone = sorted(name for name in there if name in READ_FILES and name not in files)
    lost = [
        name
        for name in sorted({*gone, *files} & set(there))
        if not _is_kept(store.artifacts, there[name].read_bytes())
    ]
    if lost and not overwrite:
        raise ConflictError(
            f"{target} has changes that are in no version: {', '.join(lost)}. Import them first, or add --overwrite."
        )
    for name in gone:
        there[name].unlink()
    for name, data in files.items():
        beside = target / f".{name}.{uuid4().hex}"
        beside.write_bytes(data)
        os.replace(beside, target / name)
    return sorted(files)


def files_of(store: Store, baseline_id: int) -> dict[str, bytes]:
    """Contents of each file of a version by its name."""
    manifest = get(store, baseline_id).manifest
    return {name: store.artifacts.get(digest) for name, digest in manifest.items()}


@contextmanager
def folder_of(store: Store, baseline_id: int, guardrail_version: int | None = None) -> Iterator[Path]:
    """A temporary folder with the files of a version, its guardrails replaced by those of a guardrail version."""
    from stockrail.workbench.guardrail_versions import with_guardrails

    files = files_of(store, baseline_id)
    if guardrail_version is not None:
        files = with_guardrails(store, files, guardrail_version)
    with folder_with(files) as folder:
        yield folder


def instance(
    store: Store,
    baseline_id: int,
    scenario_id: int | None = None,
    guardrail_version: int | Literal["effective"] | None = None,
    overlay: list[Any] | None = None,
) -> Instance:
    """The instance of a version, a scenario and a guardrail version.

    Parameters
    ----------
    scenario_id : its changes as they are now are made; None for none.
    guardrail_version : whose limits hold in place of the version's own; "effective" for those approved for today, or the
        version's own where none are; None for the version's own.
    overlay : changes to make in place of a scenario's, as a run keeps them.

    Raises
    ------
    InstanceError
        The changes or the guardrails do not fit the version.
    NotFoundError
        One of the three does not exist.
    """
    from stockrail.workbench.guardrail_versions import effective_on

    if guardrail_version == "effective":
        effective = effective_on(store, store.clock().date())
        guardrail_version = None if effective is None else effective.id
    name = "overlay"
    if scenario_id is not None:
        with store.read() as session:
            scenario = session.get(Scenario, scenario_id)
        if scenario is None:
            raise NotFoundError(
                f"There is no scenario {scenario_id}: stockrail scenario list shows those there are."
            )
        name, overlay = scenario.name, scenario.overlay if overlay is None else overlay
    with folder_of(store, baseline_id, guardrail_version) as folder:
        found = load(folder)
    return apply(found, WhatIf.model_validate({"name": name, "changes": overlay or []}))


def _files_of(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise StateError(f"{folder} is no folder; a baseline is imported from a folder with {SETTINGS_FILE}.")
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(".")
    }


@contextmanager
def folder_with(files: Files) -> Iterator[Path]:
    """A temporary folder with these files."""
    with TemporaryDirectory(prefix="stockrail-") as name:
        for file, data in files.items():
            (Path(name) / file).write_bytes(data)
        yield Path(name)


def _with_hash(store: Store, digest: str) -> BaselineVersion | None:
    with store.read() as session:
        return session.scalar(sa.select(BaselineVersion).where(BaselineVersion.hash == digest))


def _is_kept(artifacts: Artifacts, data: bytes) -> bool:
    return artifacts.problem(sha256(data).hexdigest()) is None


def _require_owner(store: Store, actor: str, parent: BaselineVersion | None, after: Instance) -> None:
    """The first version may come from whoever may import; from then on everybody changes what is theirs."""
    if parent is None:
        return
    cells = differences(instance(store, parent.id), after)
    store.governance.require_owner(
        actor, dict.fromkeys((cell.table, None if cell.is_row else cell.column) for cell in cells)
    )
