"""docs/people.md: its example is played from the command line, and what it lists is what there is."""

import datetime as dt
import re
from pathlib import Path

import pytest

from stockrail.workbench.governance.schema_sign_in import SignInRules
from stockrail.workbench.people import accounts, passwords, sessions
from stockrail.workbench.people.sign_in import sign_in
from stockrail.workbench.store import Store
from tests.played_pages import Clock, play
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.people.samples import PASSWORD, quick_passwords

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "people.md").read_text(encoding="utf-8")
LIBRARY = ROOT / "stockrail" / "workbench" / "people"


def test_the_example_as_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the page, in its order and on its day, prints what the page shows."""
    quick_passwords(monkeypatch)
    monkeypatch.chdir(tmp_path)
    clock = Clock(monkeypatch)
    clock.set(dt.date(2027, 1, 4))
    with Store.create("workbench", clock=clock) as store:
        write_people(store)
        for name in ("anna", "ben"):
            accounts.create_on_machine(store, "root", name, PASSWORD)
        sign_in(
            store,
            "anna",
            PASSWORD,
            "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
            "192.0.2.1",
        )
    assert play(PAGE, clock) == 5


def test_rules() -> None:
    """Every rule of `sign_in`, in order, with its default."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.MULTILINE)
    assert rows == [(name, f"{field.default:g}") for name, field in SignInRules.model_fields.items()]


def test_entries_of_the_log() -> None:
    """Every kind of audit entry that the library writes."""
    written = {
        action for file in LIBRARY.glob("*.py") for action in re.findall(r'"(people\.\w+)"', file.read_text())
    }
    assert written == set(re.findall(r"`(people\.\w+)`", PAGE))


def test_numbers() -> None:
    """Parameters of argon2id, and days that sessions are kept."""
    hasher = passwords.PARAMETERS
    stated = f"{hasher.memory_cost // 1024} MiB, {hasher.time_cost} passes, {hasher.parallelism} lanes"
    assert stated in PAGE
    assert f"removed {sessions.KEPT_DAYS} days after" in PAGE
