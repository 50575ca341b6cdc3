"""The commands for people: passwords from a terminal or the standard input, sessions and tokens with their numbers."""

import io
import shlex
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.commands import people
from stockrail.workbench.people.sign_in import sign_in
from stockrail.workbench.people.tokens import account_of_token
from stockrail.workbench.store import Store
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.people.samples import OTHER, PASSWORD, quick_passwords


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a store in which nobody has an account."""
    quick_passwords(monkeypatch)
    monkeypatch.chdir(tmp_path)
    with Store.create("workbench") as store:
        write_people(store)
    return tmp_path


def stockrail(command: str, typed: str = "") -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(f"people {command}"), input=typed)


def add(name: str) -> None:
    """An account, made by whoever is at the machine."""
    assert stockrail(f"add {name} --as root --password-stdin", f"{PASSWORD}\n").exit_code == 0


def signed_in(name: str, password: str = PASSWORD) -> str:
    """Sign in as a browser does; the token of the session."""
    with Store.open("workbench") as store:
        return sign_in(store, name, password, "a browser", "192.0.2.1")[0]


def test_first_account() -> None:
    """By whoever is at the machine; who has no role is told what that means."""
    assert stockrail("list").output == "Nobody has an account yet: stockrail people add NAME.\n"
    assert (
        stockrail("add anna --as root --password-stdin", f"{PASSWORD}\n").output == "anna may sign in now.\n"
    )
    added = stockrail("add zoe --as root --password-stdin", f"{PASSWORD}\r\n").output
    assert "governance.yaml gives zoe no role yet" in added
    signed_in("zoe")  # the line's end is no part of the password
    lines = stockrail("list").output.splitlines()
    assert lines[0].split() == ["name", "roles", "account", "sessions", "tokens", "made", "by"]
    assert lines[1].split()[:5] == ["anna", "demand_planning", "enabled", "0", "0"]
    assert lines[2].split()[:6] == ["zoe", "no", "role", "enabled", "1", "0"]


def test_password_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal it is hidden and typed again; without one the option is named."""
    refused = stockrail("add anna --as root")
    assert refused.exit_code == 2
    assert "give it by --password-stdin" in refused.output.replace("\n", " ")
    asked: list[dict[str, object]] = []

    def prompt(question: str, **how: object) -> str:
        asked.append({"question": question, **how})
        return PASSWORD

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(typer, "prompt", prompt)
    monkeypatch.setattr(sys, "stdin", Terminal())
    people.add("anna", "root", "workbench", False)
    assert asked == [
        {"question": "Password for anna", "hide_input": True, "confirmation_prompt": "And again"}
    ]
    signed_in("anna")


def test_bad_passwords() -> None:
    """Too short, the name, nothing."""
    for typed, message in (
        ("short\n", "it needs at least 12"),
        ("annaannaanna\n", "is the name of the account"),
        ("", "has no line for it"),
    ):
        refused = stockrail("add anna --as root --password-stdin", typed)
        assert refused.exit_code == 2
        assert message in refused.output


def test_password_is_changed() -> None:
    """One's own with the old one, anybody's by who may edit governance, nobody's by others."""
    add("anna")
    assert stockrail("password anna --as ben --password-stdin", f"{OTHER}\n").exit_code == 2
    wrong = stockrail("password anna --as anna --password-stdin", f"not the right one\n{OTHER}\n")
    assert "The old password is wrong" in wrong.output
    changed = stockrail("password anna --as anna --password-stdin", f"{PASSWORD}\n{OTHER}\n")
    assert changed.output == ("anna has a new password. All sessions and tokens of the account have ended.\n")
    signed_in("anna", OTHER)
    assert stockrail("password anna --as dora --password-stdin", f"{PASSWORD}\n").exit_code == 0
    signed_in("anna", PASSWORD)


def test_disable_and_enable() -> None:
    """The list says who is disabled."""
    add("anna")
    assert "may not sign in any more" in stockrail("disable anna --as dora").output
    assert "disabled" in stockrail("list").output
    assert stockrail("enable anna --as dora").output == "anna may sign in again.\n"
    assert "Who may: dora (executive)" in stockrail("disable anna --as ben").output.replace("\n", " ")


def test_sessions_and_tokens() -> None:
    """The token alone is on the standard output; numbers of the list end them."""
    add("anna")
    assert stockrail("sessions").output == "There is no open session and no token.\n"
    made = stockrail("token --label 'nightly import' --as anna")
    token = made.stdout.strip()
    assert token.startswith("stockrail_") and "shown this once" in made.stderr
    signed_in("anna")
    signed_in("anna")
    lines = [line.split() for line in stockrail("sessions anna").output.splitlines()]
    assert [line[:2] for line in lines] == [
        ["session", "of"], ["2", "anna"], ["1", "anna"], [], ["token", "of"], ["1", "anna"],
    ]  # fmt: skip
    assert stockrail("end --session 2 --as anna").output == "Session 2 of anna ended.\n"
    assert stockrail("end anna --as dora").output == "1 session of anna ended.\n"
    with Store.open("workbench") as store:
        assert account_of_token(store, token) == "anna"
    assert stockrail("end --token 1 --as anna").output == "Token 1 of anna ended.\n"
    with Store.open("workbench") as store:
        assert account_of_token(store, token) is None


@pytest.mark.parametrize("what", ["", "anna --token 1", "--session 1 --token 1"])
def test_end_of_one_thing(what: str) -> None:
    """Nothing or two things are refused."""
    assert "Say what ends" in stockrail(f"end {what} --as dora").output
