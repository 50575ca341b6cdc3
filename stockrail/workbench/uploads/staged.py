"""An upload between its preview and its confirmation: one for each person, in the store's folder, for a day."""

import io
import json
import os
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from stockrail.workbench.errors import ConflictError
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Sha256
from stockrail.workbench.uploads.preview import digest_of
from stockrail.workbench.uploads.received import Files

FOLDER = "uploads"
AGAIN = "upload it again. Nothing was changed."
MOST_COMMENT = 60_000
"""Bytes of the notes; a .zip has room for 65,535."""

KEPT_SECONDS = 24 * 3600.0
"""After this an upload that nobody confirmed is gone."""


def keep(store: Store, actor: str, files: Files, notes: Sequence[str] = ()) -> Sha256:
    """Keep files until they are confirmed; an earlier upload of the same person is gone. Returns what they are known by."""
    place = _place(store, actor)
    place.parent.mkdir(parents=True, exist_ok=True)
    _forget_old(store)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.comment = json.dumps(list(notes)).encode()[:MOST_COMMENT]
    beside = place.with_name(f".{place.name}.{uuid4().hex}")
    beside.write_bytes(packed.getvalue())
    os.replace(beside, place)
    return digest_of(files)


def kept(store: Store, actor: str, digest: Sha256) -> tuple[Files, tuple[str, ...]]:
    """The files that were kept, and the notes.

    Raises
    ------
    ConflictError
        They are gone, or another upload of the same person has taken their place.
    """
    try:
        with zipfile.ZipFile(_place(store, actor)) as archive:
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
            notes = tuple(json.loads(archive.comment))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ConflictError(f"The upload is no longer there: {AGAIN}") from error
    if digest_of(files) != digest:
        raise ConflictError(f"Another upload of yours has taken the place of this one: {AGAIN}")
    return files, notes


def discard(store: Store, actor: str) -> None:
    """Keep nothing of somebody any longer."""
    _place(store, actor).unlink(missing_ok=True)


def _place(store: Store, actor: str) -> Path:
    # A name may have signs that no file may have.
    return store.folder / FOLDER / f"{sha256(actor.encode()).hexdigest()[:32]}.zip"


def _forget_old(store: Store) -> None:
    now = store.clock().timestamp()
    for file in (store.folder / FOLDER).iterdir():
        if now - file.stat().st_mtime > KEPT_SECONDS:
            file.unlink(missing_ok=True)
