"""The commands for guardrail versions: propose limits, approve or reject them, and see which hold."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.workbench_common import DEFAULT_STORE, ActorOption, StoreOption, opened, print_table

if TYPE_CHECKING:
    from stockrail.workbench.store.tables import GuardrailVersion

guardrails_app = typer.Typer(
    help="Finance's limits: proposed by one person, approved by another.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Version = Annotated[int, typer.Argument(help="Number of the guardrail version.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Day = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    guardrails_app.command(short_help="Propose the limits of a folder.")(propose)
    guardrails_app.command(short_help="Approve limits that somebody else proposed.")(approve)
    guardrails_app.command(short_help="Reject limits that somebody else proposed.")(reject)
    guardrails_app.command(short_help="Take back limits that you proposed.")(withdraw)
    guardrails_app.command("list", short_help="The versions there are, and which one holds.")(list_)
    app.add_typer(guardrails_app, name="guardrails")


def propose(
    folder: Annotated[
        Path, typer.Argument(help="Folder with guardrails.csv, guardrail_limits.csv, funded_builds.csv.")
    ],
    first_day: Annotated[datetime, typer.Option("--from", formats=Day, help="First day on which they hold.")],
    reason: Reason,
    last_day: Annotated[
        datetime | None,
        typer.Option("--to", formats=Day, help="Last day.", show_default="until another version takes over"),
    ] = None,
    *,
    actor: ActorOption,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Propose the limits of a folder, to hold from a day on once somebody else has approved them."""
    from stockrail.workbench import guardrail_versions

    last = None if last_day is None else last_day.date()
    with opened(store) as there:
        version = guardrail_versions.propose(there, actor, folder, first_day.date(), reason, last)
    typer.echo(f"Guardrail version {version.id} is proposed, {_days(version)}.")
    typer.echo(f"Somebody else decides: stockrail guardrails approve {version.id} --reason '...'")


def approve(version: Version, reason: Reason, actor: ActorOption, store: StoreOption = DEFAULT_STORE) -> None:
    """Approve limits that somebody else proposed."""
    from stockrail.workbench import guardrail_versions

    with opened(store) as there:
        decided = guardrail_versions.approve(there, actor, version, reason)
    typer.echo(f"Guardrail version {version} is approved, {_days(decided)}.")


def reject(version: Version, reason: Reason, actor: ActorOption, store: StoreOption = DEFAULT_STORE) -> None:
    """Reject limits that somebody else proposed."""
    from stockrail.workbench import guardrail_versions

    with opened(store) as there:
        guardrail_versions.reject(there, actor, version, reason)
    typer.echo(f"Guardrail version {version} is rejected.")


def withdraw(
    version: Version, reason: Reason, actor: ActorOption, store: StoreOption = DEFAULT_STORE
) -> None:
    """Take back limits that you proposed and nobody has decided on."""
    from stockrail.workbench import guardrail_versions

    with opened(store) as there:
        guardrail_versions.withdraw(there, actor, version, reason)
    typer.echo(f"Guardrail version {version} is withdrawn.")


def list_(store: StoreOption = DEFAULT_STORE) -> None:
    """The versions there are, the latest first, and which one holds today."""
    from stockrail.workbench import guardrail_versions

    with opened(store) as there:
        versions = guardrail_versions.versions(there)
        today = there.clock().date()
        effective = guardrail_versions.effective_on(there, today)
    if not versions:
        typer.echo("There is none yet: the limits are those of the baseline.")
        return
    rows = [
        (v.id, v.state, v.effective_from, v.effective_to or "", v.proposed_by, v.decided_by or "", v.reason)
        for v in versions
    ]
    print_table(("version", "state", "from", "to", "proposed by", "decided by", "reason"), rows)
    holds = "none of them: the baseline's own limits do" if effective is None else f"version {effective.id}"
    typer.echo(f"Today, {today}, holds: {holds}.")


def _days(version: "GuardrailVersion") -> str:
    return f"from {version.effective_from} " + (
        "on" if version.effective_to is None else f"to {version.effective_to}"
    )
