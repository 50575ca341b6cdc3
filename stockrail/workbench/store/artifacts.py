"""Files under the SHA-256 of their contents: written once, never changed."""

import io
import os
from hashlib import file_digest, sha256
from pathlib import Path
from uuid import uuid4

import pandas as pd

from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.store.tables import Sha256

HEX_DIGITS = 64
TEMPORARY = ".new"
"""How the name of a file ends that is still being written. One that a crash left behind is harmless."""


class Artifacts:
    """The files of a store, in a folder.

    A file is written beside, flushed to the disk, and then renamed: whoever finds a hash finds all of its bytes.

    Parameters
    ----------
    folder : where they are; made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, source: bytes | Path) -> Sha256:
        """Keep these bytes, or the contents of this file, and return their hash. What is there already stays as it is."""
        data = source if isinstance(source, bytes) else source.read_bytes()
        digest = sha256(data).hexdigest()
        target = self._place(digest)
        if target.exists() and target.stat().st_size == len(data):
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{digest}.{uuid4().hex}{TEMPORARY}")
        try:
            with beside.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
        _flush_folder(target.parent)
        return digest

    def put_frame(self, frame: pd.DataFrame) -> Sha256:
        """Keep a table as Parquet and return its hash. The index is not kept."""
        stream = io.BytesIO()
        frame.to_parquet(stream, index=False, compression="zstd")
        return self.put(stream.getvalue())

    def get(self, digest: Sha256) -> bytes:
        """The bytes under a hash.

        Raises
        ------
        NotFoundError
            There is no such file.
        StateError
            The file was changed: its contents have another hash.
        """
        data = self.path(digest).read_bytes()
        if sha256(data).hexdigest() != digest:
            raise StateError(
                f"The artifact {digest} is damaged: restore {self._place(digest)} from a backup."
            )
        return data

    def frame(self, digest: Sha256) -> pd.DataFrame:
        """The table under a hash; raises what `get` raises."""
        return pd.read_parquet(io.BytesIO(self.get(digest)))

    def path(self, digest: Sha256) -> Path:
        """Where the file under a hash is. Read it only.

        Raises
        ------
        NotFoundError
            There is no such file.
        """
        place = self._place(digest)
        if not place.is_file():
            raise NotFoundError(f"The store has no artifact {digest}: restore {place} from a backup.")
        return place

    def problem(self, digest: Sha256) -> str | None:
        """Whether a file is missing or damaged, for `check`; None is neither."""
        place = self._place(digest)
        if not place.is_file():
            return f"artifact {digest} is missing"
        with place.open("rb") as stream:
            is_whole = file_digest(stream, "sha256").hexdigest() == digest
        return None if is_whole else f"artifact {digest} is damaged"

    def _place(self, digest: Sha256) -> Path:
        # Two digits make 256 folders: a folder with a hundred thousand files is slow to list and to back up.
        if len(digest) != HEX_DIGITS or not all(sign in "0123456789abcdef" for sign in digest):
            raise NotFoundError(f"{digest!r} is no SHA-256: 64 digits from 0 to 9 and a to f.")
        return self.folder / digest[:2] / digest


def _flush_folder(folder: Path) -> None:
    """Make a rename durable. Systems whose folders cannot be opened do so by themselves."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
