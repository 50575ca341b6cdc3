"""Baselines: upload, import, forget an upload."""

from stockrail.web.views.baselines import seen_latest
from stockrail.workbench.store import Store
from stockrail.workbench.uploads import staged
from stockrail.workbench.uploads.preview import digest_of
from tests.stockrail.web.change_cases.case import ChangeCase, FileField
from tests.stockrail.web.uploads import changed_files, zip_of

FILES = changed_files()
DIGEST = digest_of(FILES)
ZIP: FileField = ("three-items.zip", zip_of(FILES), "application/zip")


def _waits(store: Store) -> None:
    staged.keep(store, "otto", FILES)


CASES: tuple[ChangeCase, ...] = (
    ChangeCase("POST", "/baselines/upload", "/baselines/upload", seen_latest, files={"files": ZIP}),
    ChangeCase(
        "POST",
        "/baselines/upload/{digest}/import",
        f"/baselines/upload/{DIGEST}/import",
        seen_latest,
        {"message": "More fans."},
        prepare=_waits,
    ),
    ChangeCase(
        "POST",
        "/baselines/upload/{digest}/discard",
        f"/baselines/upload/{DIGEST}/discard",
        seen_latest,
        prepare=_waits,
    ),
    ChangeCase(
        "POST", "/api/baselines", "/api/baselines", seen_latest, {"message": "More fans."}, {"files": ZIP}
    ),
    ChangeCase("POST", "/api/baselines/preview", "/api/baselines/preview", seen_latest, files={"files": ZIP}),
)
