"""The commands for people: accounts, passwords, sessions, and tokens of scripts."""

import datetime as dt
import sys
from typing import Annotated

import typer

from stockrail.commands.common import EXIT_BAD_INPUT, fail, wrapped
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    opened,
    print_table,
)

people_app = typer.Typer(
    help="Who may sign in to the workbench's pages.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="Name of the account, as in governance.yaml.")]
FromStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Read the password from the first line of the standard input in place of asking.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    people_app.command(short_help="Make an account.")(add)
    people_app.command(short_help="Set a password.")(password)
    people_app.command(short_help="Keep somebody from signing in.")(disable)
    people_app.command(short_help="Let somebody sign in again.")(enable)
    people_app.command("list", short_help="Who has an account.")(list_)
    people_app.command(short_help="Open sessions, and tokens.")(sessions)
    people_app.command(short_help="End sessions or a token.")(end)
    people_app.command(short_help="Make a token for a script.")(token)
    app.add_typer(people_app, name="people")


def add(
    name: Name, actor: ActorOption, store: StoreOption = DEFAULT_STORE, password_stdin: FromStdin = False
) -> None:
    """Make an account, also the first one: whoever can write to the store may, as they could be anybody anyway."""
    from stockrail.workbench.people import accounts

    with opened(store) as there:
        given = _asked(f"Password for {name}", from_stdin=password_stdin)
        accounts.create_on_machine(there, actor, name, given)
        typer.echo(f"{name} may sign in now.")
        if not there.governance.roles_of(name):
            typer.echo(
                wrapped(
                    f"governance.yaml gives {name} no role yet, so they may look at everything and change nothing: put the name "
                    "into the file, then stockrail governance accept."
                )
            )


def password(
    name: Name, actor: ActorOption, store: StoreOption = DEFAULT_STORE, password_stdin: FromStdin = False
) -> None:
    """Set a password; all sessions and tokens of the account end.

    One's own needs the old one first, on a line of its own with --password-stdin, unless one may edit governance.
    """
    from stockrail.workbench.people import accounts
    from stockrail.workbench.people.allowed import is_editor

    with opened(store) as there:
        old = None
        if actor == name and not is_editor(there, actor):
            old = _asked("Password until now", from_stdin=password_stdin, is_new=False)
        new = _asked(f"New password for {name}", from_stdin=password_stdin)
        accounts.set_password(there, actor, name, new, old=old, address="this machine")
    typer.echo(f"{name} has a new password. All sessions and tokens of the account have ended.")


def disable(name: Name, actor: ActorOption, store: StoreOption = DEFAULT_STORE) -> None:
    """Keep somebody from signing in; all of their sessions and tokens end."""
    from stockrail.workbench.people import accounts

    with opened(store) as there:
        accounts.disable(there, actor, name)
    typer.echo(f"{name} may not sign in any more. All sessions and tokens of the account have ended.")


def enable(name: Name, actor: ActorOption, store: StoreOption = DEFAULT_STORE) -> None:
    """Let somebody sign in again, with the password they had."""
    from stockrail.workbench.people import accounts

    with opened(store) as there:
        accounts.enable(there, actor, name)
    typer.echo(f"{name} may sign in again.")


def list_(store: StoreOption = DEFAULT_STORE) -> None:
    """Who has an account, with roles, and how many sessions and tokens are open."""
    from stockrail.workbench.people.lookup import all_accounts
    from stockrail.workbench.people.sessions import open_sessions
    from stockrail.workbench.people.tokens import open_tokens

    with opened(store) as there:
        accounts = all_accounts(there)
        signed_in = [one.account for one in open_sessions(there)]
        with_tokens = [one.account for one in open_tokens(there)]
        rows = [
            (
                one.name,
                ", ".join(there.governance.roles_of(one.name)) or "no role",
                "disabled" if one.is_disabled else "enabled",
                signed_in.count(one.name),
                with_tokens.count(one.name),
                f"{one.created_at:%Y-%m-%d}",
                one.created_by,
            )
            for one in accounts
        ]
    if not rows:
        typer.echo("Nobody has an account yet: stockrail people add NAME.")
        return
    print_table(("name", "roles", "account", "sessions", "tokens", "made", "by"), rows)


def sessions(
    name: Annotated[str | None, typer.Argument(help="Only those of this account.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Open sessions and tokens, the newest first; times in UTC."""
    from stockrail.workbench.people.browser_name import browser_name
    from stockrail.workbench.people.sessions import open_sessions
    from stockrail.workbench.people.tokens import open_tokens

    with opened(store) as there:
        found, tokens = open_sessions(there, name), open_tokens(there, name)
    if not found and not tokens:
        typer.echo("There is no open session and no token.")
        return
    if found:
        print_table(
            ("session", "of", "since", "last seen", "browser"),
            [
                (
                    one.id,
                    one.account,
                    _minute(one.created_at),
                    _minute(one.last_seen_at),
                    browser_name(one.agent),
                )
                for one in found
            ],
        )
    if found and tokens:
        typer.echo()
    if tokens:
        print_table(
            ("token", "of", "since", "last used", "for"),
            [
                (
                    one.id,
                    one.account,
                    _minute(one.created_at),
                    "never" if one.last_used_at is None else _minute(one.last_used_at),
                    one.label,
                )
                for one in tokens
            ],
        )


def end(
    actor: ActorOption,
    name: Annotated[str | None, typer.Argument(help="Account whose sessions all end.")] = None,
    session: Annotated[int | None, typer.Option(min=1, help="End this one session.")] = None,
    token: Annotated[int | None, typer.Option(min=1, help="End this token.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """End all sessions of an account, one session, or one token. `stockrail people sessions` has the numbers."""
    from stockrail.workbench.people import sessions as open_ones
    from stockrail.workbench.people import tokens

    if sum(one is not None for one in (name, session, token)) != 1:
        fail(
            wrapped("Say what ends, one of: the name of an account, --session NUMBER, --token NUMBER."),
            EXIT_BAD_INPUT,
        )
    with opened(store) as there:
        if name is not None:
            count = open_ones.end_sessions(there, actor, name)
            typer.echo(f"{count} {'session' if count == 1 else 'sessions'} of {name} ended.")
        elif session is not None:
            typer.echo(f"Session {session} of {open_ones.end_session(there, actor, session).account} ended.")
        elif token is not None:
            typer.echo(f"Token {token} of {tokens.end(there, actor, token).account} ended.")


def token(
    actor: ActorOption,
    label: Annotated[str, typer.Option(help="What it is for, such as 'nightly import'.")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Make a token with which a script uses the API as you. It is printed once, alone on the standard output."""
    from stockrail.workbench.people import tokens

    with opened(store) as there:
        made, row = tokens.create(there, actor, actor, label)
    typer.echo(f"Token {row.id} of {row.account} for {label}. Keep it now: it is shown this once.", err=True)
    typer.echo(made)


def _asked(question: str, *, from_stdin: bool, is_new: bool = True) -> str:
    """A password that was asked for, a new one twice, or the next line of the standard input."""
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            fail(f"{question}: the standard input has no line for it.", EXIT_BAD_INPUT)
        return line
    if not sys.stdin.isatty():
        fail(
            wrapped(f"{question}: it is asked for on a terminal; elsewhere give it by --password-stdin."),
            EXIT_BAD_INPUT,
        )
    answer: str = typer.prompt(
        question, hide_input=True, confirmation_prompt="And again" if is_new else False
    )
    return answer


def _minute(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
