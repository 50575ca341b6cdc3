"""The commands for Excel: write the workbook of an instance, and read it back as a list of changes."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stockrail.commands.common import (
    EXIT_BAD_INPUT,
    EXIT_OK,
    MOST_COLUMNS,
    fail,
    load_instance,
    require_room_for,
    wrapped,
)
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    number_or_folder,
    opened,
    refusing_plainly,
)

if TYPE_CHECKING:
    from stockrail.model import Instance, WhatIf

excel_app = typer.Typer(
    help="Edit an instance in Excel: write a workbook, read it back as a list of changes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

LONGEST_NAME, BASE = 120, "base"
"""What the name of a what-if may be, known here without the model, which takes long to import."""

Baseline = Annotated[
    str,
    typer.Argument(
        help="The baseline: an instance's folder or workbook, or a version's number in the store."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    excel_app.command("export", short_help="Write a workbook to edit.")(export)
    excel_app.command("import", short_help="List what was changed in a workbook, and accept it.")(import_)
    app.add_typer(excel_app, name="excel")


def export(
    baseline: Baseline,
    out: Annotated[Path, typer.Option(help="The workbook to write, ending in .xlsx.")],
    plan: Annotated[
        Path | None, typer.Option(help="Folder of a plan: adds a heat map of its buys, and fan charts.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option(help="A table to write; may be given several times. By default all.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a workbook that is there, with all edits in it.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write a workbook with all tables of an instance: dropdowns, ranges, protected keys, and on request a plan."""
    from stockrail.workbench.excel.export import export_workbook
    from stockrail.workbench.excel.plan_tables import PlanTablesError, read_plan_tables
    from stockrail.workbench.excel.progress import PartsDisplay
    from stockrail.workbench.excel.sheets import TooLargeError

    if out.suffix != ".xlsx":
        fail(f"--out {out}: a workbook's name ends in .xlsx.", EXIT_BAD_INPUT)
    if out.exists() and not overwrite:
        fail(
            wrapped(f"{out} is there, maybe with edits. Choose another name, or add --overwrite."),
            EXIT_BAD_INPUT,
        )
    require_room_for(None, out)
    instance, source, digest = _baseline(baseline, store)
    with PartsDisplay("writing") as display:
        try:
            shown = None if plan is None else read_plan_tables(plan)
            export_workbook(instance, out, source=source, plan=shown, tables=table, tell=display.show)
        except (PlanTablesError, TooLargeError, ValueError) as error:
            display.close()
            fail(wrapped(str(error)), EXIT_BAD_INPUT)
        except OSError as error:
            display.close()
            fail(f"The workbook cannot be written: {error}", EXIT_BAD_INPUT)
    if shown is not None and digest not in (None, shown.digest):
        typer.echo(
            wrapped(f"note: the plan in {plan} was made from other contents of the instance than these.")
        )
    typer.echo(f"Workbook in {out}")
    typer.echo(f"Edit the yellow cells and save. Then:\n  stockrail excel import {out} {baseline}")


def import_(
    book: Annotated[Path, typer.Argument(help="The workbook that was edited.")],
    baseline: Baseline,
    actor: ActorOption,
    accept: Annotated[
        bool, typer.Option("--accept", help="Keep the changes as a what-if. Without it they are listed only.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --accept: file of the what-if, such as scenarios.yaml; by default beside the workbook."
        ),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="With --accept: save them as this scenario of the store instead.")
    ] = None,
    replaces: Annotated[
        int, typer.Option(min=0, help="With --scenario: the version it replaces; 0 for a new scenario.")
    ] = 0,
    name: Annotated[str | None, typer.Option(help="Name of the what-if; by default the workbook's.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for people.")] = "",
    conflicts: Annotated[
        str,
        typer.Option(help="Where the baseline changed the same cell: refuse, workbook or baseline counts."),
    ] = "refuse",
    csv: Annotated[Path | None, typer.Option(help="File for all changes and problems, as CSV.")] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Show all changes, however many.")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """List every change and every error of an edited workbook with its cell; --accept makes a what-if of the changes."""
    from stockrail.workbench.excel.display import import_lines
    from stockrail.workbench.excel.import_ import accepted, import_workbook
    from stockrail.workbench.excel.merge import Conflicts
    from stockrail.workbench.excel.progress import PartsDisplay
    from stockrail.workbench.excel.writing import write_list

    if conflicts not in list(Conflicts):
        fail(f"--conflicts {conflicts}: expected {', '.join(Conflicts)}.", EXIT_BAD_INPUT)
    if not accept and (out is not None or scenario is not None):
        fail("--out and --scenario need --accept: without it changes are listed only.", EXIT_BAD_INPUT)
    if scenario is not None and (out is not None or isinstance(number_or_folder(baseline), Path)):
        fail("--scenario is for a baseline of the store, by its number, and without --out.", EXIT_BAD_INPUT)
    title = scenario or name or book.stem
    if not 0 < len(title) <= LONGEST_NAME or title == BASE:
        allowed = f"1 to {LONGEST_NAME} characters, and not {BASE}, which is the baseline itself"
        fail(f"The name of a what-if has {allowed}: choose one with --name.", EXIT_BAD_INPUT)
    instance, _, _ = _baseline(baseline, store)
    with PartsDisplay("reading") as display:
        found = import_workbook(book, instance, conflicts=Conflicts(conflicts), tell=display.show)
    width = min(shutil.get_terminal_size().columns, MOST_COLUMNS)
    for line in import_lines(found, book.name, width, show_all=show_all):
        typer.echo(line)
    if csv is not None:
        try:
            write_list(found, csv)
        except OSError as error:
            fail(f"The list cannot be written: {error}", EXIT_BAD_INPUT)
    if found.problems:
        raise typer.Exit(EXIT_BAD_INPUT)
    if not found.changes:
        raise typer.Exit(EXIT_OK)
    if not accept:
        typer.echo(wrapped("Nothing has been accepted. Add --accept to keep the changes as a what-if."))
        raise typer.Exit(EXIT_OK)
    with refusing_plainly():
        what_if = accepted(found, instance, title, reason=reason)
    if scenario is not None:
        _save(what_if, int(baseline), replaces, store, actor)
    else:
        _keep(what_if, out or book.with_suffix(".yaml"))


def _keep(what_if: "WhatIf", target: Path) -> None:
    """Keep the changes in a file."""
    from stockrail.workbench.excel.writing import AddingError, write_what_if

    try:
        write_what_if(what_if, target)
    except AddingError as error:
        fail(wrapped(str(error)), EXIT_BAD_INPUT)
    except OSError as error:
        fail(f"The what-if cannot be written: {error}", EXIT_BAD_INPUT)
    typer.echo(wrapped(f"Accepted: the what-if {what_if.name} in {target}."))
    if target.name != "scenarios.yaml":
        typer.echo(
            wrapped(
                "With --out FOLDER/scenarios.yaml it stands beside the instance, for `stockrail compare`."
            )
        )


def _save(what_if: "WhatIf", baseline: int, replaces: int, store: str, actor: str) -> None:
    """Keep the changes as a scenario of the store."""
    from stockrail.workbench import scenarios

    with opened(store) as there:
        saved = scenarios.save(there, actor, what_if.name, what_if.changes, replaces, baseline)
    typer.echo(f"Accepted: scenario {what_if.name}, version {saved.version}, on baseline {baseline}.")


def _baseline(text: str, store: str) -> tuple["Instance", str, str | None]:
    """The instance of a folder or of a version in the store, what it is called, and the digest of a folder's files."""
    from stockrail.model.reader import digest

    place = number_or_folder(text)
    if isinstance(place, Path):
        return load_instance(place), place.name, digest(place)
    from stockrail.workbench import baselines

    with opened(store) as there:
        version = baselines.get(there, place)
        return baselines.instance(there, place), f"baseline {place} ({version.hash[:12]})", None
