"""Uploads and imports of baselines that pages and API share."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import UploadFile

from stockrail.web.stale import require_seen
from stockrail.web.views.baseline_upload import UploadView, upload_view
from stockrail.web.views.baselines import imported_meanwhile, seen_latest
from stockrail.workbench import baselines
from stockrail.workbench.errors import StateError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import BaselineVersion
from stockrail.workbench.uploads import staged
from stockrail.workbench.uploads.preview import Preview, preview, preview_of
from stockrail.workbench.uploads.received import Files, Sent


def sent_files(uploads: Sequence[UploadFile]) -> list[Sent]:
    """What came with a form; a field that was left empty is none."""
    found = []
    for upload in uploads:
        data = upload.file.read()
        if upload.filename or data:
            found.append(Sent(upload.filename or "", data))
    return found


@dataclass(frozen=True)
class BaselineChanges:
    """What a visitor asks for. Rights come before what has changed meanwhile, and that before the files."""

    store: Store
    actor: str

    def upload(self, sent: Sequence[Sent], seen: str) -> UploadView:
        """Check an upload, compare it with the latest version, and keep it until it is confirmed."""
        self._require(seen)
        found = preview(self.store, self.actor, sent)
        staged.keep(self.store, self.actor, found.files, found.notes)
        return upload_view(self.store, found)

    def uploaded(self, digest: str) -> UploadView:
        """The upload that waits for its confirmation, compared with what is the latest version now."""
        self.store.governance.require(self.actor, Permission.BASELINE_IMPORT)
        return upload_view(self.store, self._kept(digest))

    def confirm(self, digest: str, message: str, seen: str) -> BaselineVersion:
        """Import the upload that waits."""
        self._require(seen)
        _require_message(message)
        files, _ = staged.kept(self.store, self.actor, digest)
        made = self._import(files, message)
        staged.discard(self.store, self.actor)
        return made

    def import_files(self, sent: Sequence[Sent], message: str, seen: str) -> BaselineVersion:
        """Check an upload and import it at once."""
        self._require(seen)
        _require_message(message)
        return self._import(preview(self.store, self.actor, sent).files, message)

    def discard(self, seen: str) -> None:
        """Forget the upload that waits."""
        self._require(seen)
        staged.discard(self.store, self.actor)

    def _kept(self, digest: str) -> Preview:
        files, notes = staged.kept(self.store, self.actor, digest)
        return preview_of(self.store, self.actor, files, baselines.latest(self.store), notes)

    def _import(self, files: Files, message: str) -> BaselineVersion:
        with baselines.folder_with(files) as folder:
            return baselines.import_folder(self.store, self.actor, folder, message)

    def _require(self, seen: str) -> None:
        self.store.governance.require(self.actor, Permission.BASELINE_IMPORT)
        require_seen(seen, seen_latest(self.store), imported_meanwhile(self.store))


def _require_message(message: str) -> None:
    if not message.strip():
        raise StateError("Say what changed and why: the message is blank. Nothing was changed.")
    if "\x00" in message:  # PostgreSQL keeps no such text
        raise StateError("The message has a character that is none. Nothing was changed.")
