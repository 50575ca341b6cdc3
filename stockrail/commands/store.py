"""The commands for the store itself and its audit log: make one, check that it is whole, see who changed what."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from stockrail.commands.common import EXIT_OK, EXIT_STOPPED_EARLY, wrapped
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    opened,
    print_table,
    refusing_plainly,
)

store_app = typer.Typer(
    help="Make the workbench's store, and check it.", no_args_is_help=True, rich_markup_mode=None
)
audit_app = typer.Typer(help="Who changed what, and when.", no_args_is_help=True, rich_markup_mode=None)

NEXT = (
    "Nobody may change anything in it yet. Next: stockrail governance write, put people into the file, then "
    "stockrail governance accept."
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    store_app.command(short_help="Make a store.")(create)
    store_app.command(short_help="Check that a store is whole.")(check)
    audit_app.command("list", short_help="The latest changes.")(list_)
    audit_app.command(short_help="Check that nothing was changed past the store.")(verify)
    app.add_typer(store_app, name="store")
    app.add_typer(audit_app, name="audit")


def create(
    store: Annotated[
        str | None, typer.Argument(help="A folder, or the address of a PostgreSQL database; see --store.")
    ] = None,
    option: StoreOption = DEFAULT_STORE,
) -> None:
    """Make a store: tables, a folder for artifacts, and governance.yaml, which says who may do what."""
    from stockrail.workbench.store import Store

    with refusing_plainly(), Store.create(store or option) as made:
        typer.echo(f"Store in {made.name}")
        typer.echo(wrapped(NEXT))


def check(store: StoreOption = DEFAULT_STORE) -> None:
    """Check the database, its triggers, the audit log, every row it vouches for, and every artifact."""
    from stockrail.formats import plural
    from stockrail.workbench.store.check import check as check_store

    with opened(store) as there:
        found = check_store(there)
        for problem in found.problems:
            typer.echo(wrapped(f"  {problem}"))
        log = "1 audit entry" if found.entries == 1 else f"{found.entries} audit entries"
        looked_at = f"{log}, {found.artifacts} {plural(found.artifacts, 'artifact')}"
        if found.passed:
            typer.echo(f"The store is whole: {looked_at}.")
        else:
            typer.echo(wrapped(f"The store is damaged ({looked_at} looked at). Restore it from a backup."))
        if found.unused:
            typer.echo(f"{found.unused} {plural(found.unused, 'artifact')} that nothing refers to; harmless.")
    raise typer.Exit(EXIT_OK if found.passed else EXIT_STOPPED_EARLY)


def list_(
    actor: ActorOption,
    store: StoreOption = DEFAULT_STORE,
    last: Annotated[int, typer.Option(min=1, help="How many entries.")] = 20,
    by: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    entity: Annotated[str | None, typer.Option(help="Only changes of this, such as scenario.")] = None,
) -> None:
    """The latest changes, the newest first: number, time in UTC, who, what, and the facts given with it."""
    from stockrail.workbench.store import audit

    with opened(store) as there:
        entries = audit.entries(there, actor, last=last, by=by, entity=entity)
    rows = [
        (
            entry.id,
            _minute(entry.at),
            entry.actor,
            entry.action,
            "" if entry.entity_id is None else entry.entity_id,
            _facts(entry.data),
        )
        for entry in entries
    ]
    print_table(("entry", "at", "by", "action", "id", "facts"), rows)


def verify(
    store: StoreOption = DEFAULT_STORE,
    seen: Annotated[
        str | None, typer.Option(help="Hash that an earlier `audit verify` printed: is it still there?")
    ] = None,
) -> None:
    """Check every entry against the one before it, and every row against the entry that left it behind."""
    from stockrail.workbench.store import audit

    with opened(store) as there:
        found = audit.verify(there, seen)
    for problem in found.problems:
        typer.echo(wrapped(f"  {problem}"))
    verdict = "nothing was changed past the store" if found.passed else "the log or the rows were changed"
    typer.echo(f"{found.entries} {'entry' if found.entries == 1 else 'entries'}: {verdict}.")
    typer.echo(f"Hash of the last entry:\n  {found.head}")
    if seen is None and found.passed:
        typer.echo(
            wrapped("Keep it elsewhere, and give it to --seen later: that shows that no entry was cut off.")
        )
    raise typer.Exit(EXIT_OK if found.passed else EXIT_STOPPED_EARLY)


def _facts(data: dict[str, Any]) -> str:
    """In one line, what people wrote first."""
    first = [name for name in ("message", "reason") if name in data]
    return "; ".join(
        f"{name} {data[name]}" for name in [*first, *(name for name in data if name not in first)]
    )


def _minute(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%d %H:%M")
