"""The commands for scenarios: save changes to a baseline under a name, and see which there are."""

from pathlib import Path
from typing import Annotated, Any

import typer

from stockrail.commands.common import EXIT_BAD_INPUT, fail
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    opened,
    print_table,
    refusing_plainly,
)

scenario_app = typer.Typer(
    help="Named changes to a baseline that several people edit.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    scenario_app.command(short_help="Save a scenario.")(save)
    scenario_app.command("list", short_help="The scenarios there are.")(list_)
    scenario_app.command(short_help="The changes of a scenario.")(show)
    app.add_typer(scenario_app, name="scenario")


def save(
    name: Annotated[str, typer.Argument(help="Name of the scenario.")],
    changes: Annotated[
        Path,
        typer.Option(
            help="File with what_ifs as scenarios.yaml, or its folder: the what-if of this name is taken."
        ),
    ],
    what_if: Annotated[
        str | None,
        typer.Option(
            "--what-if", help="Name of the what-if in the file.", show_default="the scenario's name"
        ),
    ] = None,
    baseline: Annotated[
        int | None, typer.Option(help="Version it changes.", show_default="the one it has, or the latest")
    ] = None,
    expect: Annotated[
        int, typer.Option(min=0, help="Version of the scenario that you looked at; 0 is a new one.")
    ] = 0,
    *,
    actor: ActorOption,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Save a scenario, unless somebody else has saved it since the version that you looked at."""
    from stockrail.workbench import scenarios

    overlay = _changes(changes, what_if or name)
    with opened(store) as there:
        saved = scenarios.save(there, actor, name, overlay, expect, baseline)
    count = len(saved.overlay)
    changes_text = "1 change" if count == 1 else f"{count} changes"
    typer.echo(
        f"Scenario {saved.id}, {name}: version {saved.version}, {changes_text} to baseline {saved.baseline_id}."
    )
    typer.echo(f"Save the next version with --expect {saved.version}.")


def list_(
    with_archived: Annotated[bool, typer.Option("--all", help="Archived ones as well.")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """The scenarios there are, by name."""
    from stockrail.workbench import scenarios

    with opened(store) as there:
        found = scenarios.scenarios(there, with_archived=with_archived)
    if not found:
        typer.echo("There is no scenario yet. Next: stockrail scenario save NAME --changes FILE")
        return
    rows = [
        (
            s.id,
            s.name,
            s.version,
            s.baseline_id,
            len(s.overlay),
            s.updated_by,
            f"{s.updated_at:%Y-%m-%d %H:%M}",
        )
        for s in found
    ]
    print_table(("id", "scenario", "version", "baseline", "changes", "saved by", "at (UTC)"), rows)


def show(
    name: Annotated[str, typer.Argument(help="Name of the scenario.")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """The changes of a scenario, as scenarios.yaml has them: edit them there, and save them with --expect."""
    import yaml

    from stockrail.workbench import scenarios

    with opened(store) as there:
        found = scenarios.get(there, name)
    typer.echo(
        f"# version {found.version} of scenario {found.id}, on baseline {found.baseline_id}, "
        f"saved by {found.updated_by} at {found.updated_at:%Y-%m-%d %H:%M} UTC"
    )
    document = {"what_ifs": [{"name": found.name, "changes": found.overlay}]}
    typer.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100).rstrip())


def _changes(source: Path, name: str) -> list[Any]:
    from stockrail.model.what_if import what_ifs_file, what_ifs_in

    file = what_ifs_file(source) if source.is_dir() else source
    if not file.is_file():
        fail(f"There is no file {file}.", EXIT_BAD_INPUT)
    with refusing_plainly():
        rows = what_ifs_in(file)
    found = next((row for row in rows if row.name == name), None)
    if found is None:
        names = ", ".join(row.name for row in rows) or "none"
        fail(f"{file} has no what-if {name}; it has: {names}. Say which one with --what-if.", EXIT_BAD_INPUT)
    return list(found.changes)
