"""What a baseline would be if it were imported: whether it is right, what differs from the latest, whose that is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from stockrail.model import Instance, load
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.what_if import what_ifs
from stockrail.workbench import baselines
from stockrail.workbench.governance.ownership import owners_of
from stockrail.workbench.instance_diff import Difference, differences
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import BaselineVersion, Sha256
from stockrail.workbench.uploads.received import Files, Sent, received
from stockrail.workbench.uploads.workbook_files import files_of_workbook


@dataclass(frozen=True)
class OwnedPart:
    """What of the differences belongs to a role.

    Attributes
    ----------
    names : tables, and columns as `table.column`.
    people : who has the role.
    is_mine : whether the one who uploads has it.
    """

    role: str
    names: tuple[str, ...]
    people: tuple[str, ...]
    is_mine: bool


@dataclass(frozen=True)
class Preview:
    """A baseline that is right and could be imported.

    Attributes
    ----------
    digest : what the version would be known by.
    parent : the latest version, from which it differs; None where there is none.
    same_as : number of the version that has the same files.
    cells : everything that differs.
    owned : whose it is; somebody without one of the roles may not import it.
    notes : sentences about how the upload was read.
    """

    files: Files
    digest: Sha256
    instance: Instance
    parent: BaselineVersion | None
    same_as: int | None
    cells: tuple[Difference, ...]
    owned: tuple[OwnedPart, ...]
    notes: tuple[str, ...]

    @property
    def by_table(self) -> dict[str, int]:
        """Cells that differ by table."""
        return dict(Counter(cell.table for cell in self.cells))

    @property
    def is_allowed(self) -> bool:
        """Whether all that differs belongs to who uploads."""
        return all(part.is_mine for part in self.owned)


def preview(store: Store, actor: str, sent: Sequence[Sent]) -> Preview:
    """Read an upload and compare it with the latest version. Nothing is kept.

    Raises
    ------
    InstanceError
        With every error of the files.
    """
    parent = baselines.latest(store)
    got = received(sent)
    files, notes = got.files, got.notes
    if got.workbook is not None:
        base = None if parent is None else baselines.files_of(store, parent.id)
        made = files_of_workbook(got.workbook, base)
        files, notes = made.files, (*notes, *made.notes)
    return preview_of(store, actor, files, parent, notes)


def preview_of(
    store: Store, actor: str, files: Files, parent: BaselineVersion | None, notes: Sequence[str] = ()
) -> Preview:
    """Compare files with the version they would follow.

    Raises
    ------
    InstanceError
        With every error of the files.
    """
    after = instance_of(files)
    digest = digest_of(files)
    cells: tuple[Difference, ...] = ()
    if parent is not None:
        cells = tuple(differences(baselines.instance(store, parent.id), after))
    governance = store.governance
    changed = dict.fromkeys((cell.table, None if cell.is_row else cell.column) for cell in cells)
    roles = governance.roles_of(actor)
    owned = tuple(
        OwnedPart(role, tuple(names), governance.people_in(role), role in roles)
        for role, names in owners_of(governance.document.ownership, changed).items()
    )
    same = next((version.id for version in baselines.versions(store) if version.hash == digest), None)
    return Preview(files, digest, after, parent, same, cells, owned, tuple(notes))


def instance_of(files: Files) -> Instance:
    """The instance that files hold, checked with all what-ifs in them.

    Raises
    ------
    InstanceError
        With every error.
    """
    with baselines.folder_with(files) as folder:
        try:
            read = load(folder)
            what_ifs(folder)
        except RecursionError as error:
            problem = Problem("upload", None, None, "settings nested too deeply", "settings as documented")
            raise InstanceError([problem]) from error
        return read


def digest_of(files: Files) -> Sha256:
    """What a version of these files is known by."""
    manifest = {name: sha256(data).hexdigest() for name, data in files.items()}
    return sha256(canonical(manifest).encode()).hexdigest()
