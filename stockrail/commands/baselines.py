"""The commands for baselines: bring one in, see which there are, take one out, and what differs between two."""

from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import EXIT_BAD_INPUT, fail, wrapped
from stockrail.commands.workbench_common import (
    DEFAULT_STORE,
    ActorOption,
    StoreOption,
    number_or_folder,
    opened,
    print_table,
    refusing_plainly,
)

baseline_app = typer.Typer(
    help="Versions of the assumptions that everybody plans from.", no_args_is_help=True, rich_markup_mode=None
)

MOST_SHOWN = 30
"""Cells that `diff` prints; --out has all."""


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    baseline_app.command("import", short_help="Keep an instance folder as a version.")(import_)
    baseline_app.command("list", short_help="The versions there are.")(list_)
    baseline_app.command(short_help="Write a version as an instance folder.")(export)
    app.add_typer(baseline_app, name="baseline")
    app.command(short_help="What differs between two baselines, cell by cell.")(diff)


def import_(
    folder: Annotated[Path, typer.Argument(help="Instance folder, as for `stockrail check`.")],
    message: Annotated[str, typer.Option(help="What changed, and why.")],
    parent: Annotated[
        int | None, typer.Option(help="Version it was made from.", show_default="the latest")
    ] = None,
    *,
    actor: ActorOption,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Keep the files of an instance folder as a version, byte for byte. What changed must belong to your roles."""
    from stockrail.workbench import baselines

    with opened(store) as there:
        before = baselines.latest(there)
        version = baselines.import_folder(there, actor, folder, message, parent)
    if before is not None and version.id <= before.id:
        typer.echo(f"Baseline {version.id} has these files already, since {version.created_at:%Y-%m-%d}.")
        return
    made_from = "" if version.parent_id is None else f", made from {version.parent_id}"
    typer.echo(f"Baseline {version.id}: {version.name}, {len(version.manifest)} files{made_from}.")
    if version.parent_id is not None:
        typer.echo(f"What changed: stockrail diff {version.parent_id} {version.id}")


def list_(store: StoreOption = DEFAULT_STORE) -> None:
    """The versions there are, the latest first."""
    from stockrail.workbench import baselines

    with opened(store) as there:
        versions = baselines.versions(there)
    if not versions:
        typer.echo("There is no baseline yet. Next: stockrail baseline import FOLDER --message '...'")
        return
    rows = [
        (v.id, f"{v.created_at:%Y-%m-%d %H:%M}", v.author, v.parent_id, v.name, v.message) for v in versions
    ]
    print_table(("baseline", "at (UTC)", "by", "made from", "name", "message"), rows)


def export(
    baseline: Annotated[int, typer.Argument(help="Number of the version.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write; made if it does not exist.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also replace files that are in no version.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write the files of a version into a folder, byte for byte. Nothing is lost that the store does not have."""
    from stockrail.workbench import baselines

    with opened(store) as there:
        files = baselines.export_folder(there, baseline, folder, overwrite=overwrite)
    typer.echo(f"{len(files)} files of baseline {baseline} in {folder}")


def diff(
    a: Annotated[str, typer.Argument(help="Number of a version, or an instance folder.")],
    b: Annotated[str, typer.Argument(help="The same; what differs is from the first to the second.")],
    out: Annotated[Path | None, typer.Option(help="CSV file for all cells.")] = None,
    table: Annotated[str | None, typer.Option(help="Only this table.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """What differs between two baselines, cell by cell. Two folders need no store."""
    from stockrail.files import write_csv
    from stockrail.workbench.baseline_diff import diff as difference

    before, after = number_or_folder(a), number_or_folder(b)
    if isinstance(before, int) or isinstance(after, int):
        with opened(store) as there:
            cells = difference(there, before, after)
    else:
        with refusing_plainly():
            cells = difference(None, before, after)
    if table is not None:
        cells = cells[cells["table"] == table]
    if out is not None:
        try:
            write_csv(cells, out)
        except OSError as error:
            fail(f"The difference cannot be written: {error}", EXIT_BAD_INPUT)
    if cells.empty:
        typer.echo("Nothing differs.")
        return
    shown = cells.head(MOST_SHOWN)
    print_table(
        ("table", "row", "column", "before", "after"),
        [(row.table, row.row, row.column, _cell(row.before), _cell(row.after)) for row in shown.itertuples()],
    )
    counts = cells["table"].value_counts()
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    typer.echo(wrapped(f"{len(cells)} {'cell differs' if len(cells) == 1 else 'cells differ'}: {listed}."))
    if out is not None:
        typer.echo(f"All of them in {out}")
    elif len(cells) > MOST_SHOWN:
        typer.echo(f"The first {MOST_SHOWN} are shown. Add --out FILE to write all of them.")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
