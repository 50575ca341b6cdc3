"""Putting a governance file in force: the first by whom it names for it, later ones by who may."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from stockrail.workbench.errors import NotAllowedError, StateError
from stockrail.workbench.governance import GovernanceError
from stockrail.workbench.governance.editing import accept, default_text, standing
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store, audit

PEOPLE = {"dora": ("executive",), "ben": ("supply_planning",)}


@pytest.fixture
def plain(tmp_path: Path) -> Store:
    """A store that has no file of its own."""
    return Store.create(tmp_path / "store")


def file_with(tmp_path: Path, people: Mapping[str, Sequence[str]]) -> Path:
    file = tmp_path / "new.yaml"
    file.write_text(default_text(people), encoding="utf-8")
    return file


def test_the_first_file_is_accepted_by_whom_it_names(plain: Store, tmp_path: Path) -> None:
    """Ben is not an executive in it, Dora is; then she is in the log, and Ben may plan."""
    file = file_with(tmp_path, PEOPLE)
    with plain as store:
        assert standing(store).is_as_accepted
        with pytest.raises(NotAllowedError, match=r"governance\.edit"):
            accept(store, "ben", file, "Start.")
        accept(store, "dora", file, "Start.")
        assert store.governance.allows("ben", Permission.RUN_START)
        assert standing(store).is_as_accepted
        assert audit.verify(store).entries == 1


def test_later_files_need_who_may_now(plain: Store, tmp_path: Path) -> None:
    """Mallory names herself; the file in force does not."""
    with plain as store:
        accept(store, "dora", file_with(tmp_path, PEOPLE), "Start.")
        with pytest.raises(NotAllowedError, match=r"Who may: dora \(executive\)"):
            accept(store, "mallory", file_with(tmp_path, {"mallory": ("executive",)}), "Me.")
        accept(store, "dora", file_with(tmp_path, {**PEOPLE, "erin": ("executive",)}), "Erin joins.")
        assert store.governance.people_in("executive") == ("dora", "erin")


def test_a_file_that_locks_everybody_out_is_refused(plain: Store, tmp_path: Path) -> None:
    """Nobody could change governance again; and a change without a reason or with errors is none."""
    with plain as store:
        accept(store, "dora", file_with(tmp_path, PEOPLE), "Start.")
        with pytest.raises(StateError, match="leaves nobody"):
            accept(store, "dora", file_with(tmp_path, {"ben": ("supply_planning",)}), "Away.")
        with pytest.raises(StateError, match="--reason"):
            accept(store, "dora", file_with(tmp_path, PEOPLE), " ")
        with pytest.raises(GovernanceError):
            accept(store, "dora", file_with(tmp_path, {"dora": ("boss",)}), "Boss.")
        assert store.governance.people_in("executive") == ("dora",)
        assert audit.verify(store).entries == 1


def test_a_file_changed_by_other_means_shows(plain: Store, tmp_path: Path) -> None:
    """Somebody edits the file of the store; it is in force, and is not what was accepted."""
    with plain as store:
        accept(store, "dora", file_with(tmp_path, PEOPLE), "Start.")
        file = store.governance_file
        file.write_text(file.read_text(encoding="utf-8").replace("dora:", "mallory:"), encoding="utf-8")
        assert not standing(store).is_as_accepted
