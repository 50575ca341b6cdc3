"""The command `scorecard`: plan, actual and last quarter side by side, each change split."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stockrail.commands.common import Json, print_lines, require_room_for
from stockrail.commands.workbench_common import DEFAULT_STORE, StoreOption, opened

TABLE, PAGE = "scorecard.csv", "scorecard.html"
"""Files that `--out` writes."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="Plan, actual and last quarter; what the market did and what was ours.")(scorecard)


def scorecard(
    store: StoreOption = DEFAULT_STORE,
    quarter: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="A day of the quarter; by default that of the latest actual demand."
        ),
    ] = None,
    run: Annotated[
        int | None,
        typer.Option(help="Run whose plan is compared; by default the one approved for the quarter."),
    ] = None,
    aged_days: Annotated[
        float, typer.Option(min=1.0, max=3650.0, help="Age from which stock counts as aged.")
    ] = 60.0,
    out: Annotated[Path | None, typer.Option(help=f"Folder for {TABLE} and {PAGE}.")] = None,
    json: Json = None,
) -> None:
    """Show service, inventory, variability, finance and the cost of instability of a quarter: plan, actual and last quarter.

    Each change from plan to actual has two parts that add up to it: what the market did, which is what actual demand does to the plan
    as it was made, and what was controllable.
    """
    from stockrail.files import write_csv, write_json
    from stockrail.workbench.scorecard.display import scorecard_lines
    from stockrail.workbench.scorecard.of_store import scorecard as make
    from stockrail.workbench.scorecard.page import write_page
    from stockrail.workbench.step_display import StepDisplay

    require_room_for(out, json)
    with opened(store) as there, StepDisplay() as display:
        card = make(
            there,
            day=None if quarter is None else quarter.date(),
            run_id=run,
            aged_days=aged_days,
            on_step=display.show,
        )
        lines = list(scorecard_lines(card))
        display.close()
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_csv(card.frame(), out / TABLE)
        write_page(card, out / PAGE)
    if json is not None:
        write_json(card.record(), json)
    print_lines(lines)
    if out is not None:
        typer.echo(f"Table in {out / TABLE}, page in {out / PAGE}")
    elif json is None:
        typer.echo("Add --out FOLDER to write the table and the page.")
