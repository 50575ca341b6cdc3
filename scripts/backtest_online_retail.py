"""Play back a year of 500 real items: trained on the first 39 weeks, planned again every 4 weeks over the rest.

The data are those of `scripts/import_online_retail.py`, which names their sources. The instance is made of the first 39 weeks only; which 500
items there are was decided on all of the year. Its limit on inventory value is in weeks of the cost of what the training weeks sold.

    python scripts/backtest_online_retail.py --data online_retail_weekly --deliveries deliveries.csv --out folder
"""

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer

from stockrail.commands.common import print_lines
from stockrail.evaluation.backtest import BacktestOptions, backtest
from stockrail.evaluation.display import evaluation_lines
from stockrail.evaluation.history_window import HistoryWindow
from stockrail.evaluation.stages import Forecasting
from stockrail.finance.finance_display import SweepDisplay
from stockrail.generation import INVENTORY_CAP
from stockrail.model.instance import Instance
from stockrail.model.schema import Guardrail
from stockrail.progress import cancel_on_interrupt

if TYPE_CHECKING:
    from scripts.import_online_retail import import_instance
else:
    from import_online_retail import import_instance

TRAINED_WEEKS = 39
WEEKLY, ITEMS = "weekly_units_revenue_top500.csv", "items_top500.csv"


def main(
    data: Annotated[Path, typer.Option(help=f"Folder with {WEEKLY} and {ITEMS}.")],
    deliveries: Annotated[Path, typer.Option(help="Order lines with dates by vendor.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and the report.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Weeks between two plans.")] = 4,
    horizon: Annotated[int, typer.Option(min=2, help="Weeks that are planned ahead.")] = 20,
    weeks_of_stock: Annotated[
        float,
        typer.Option(
            help="Limit on inventory value, in weeks of the cost of what the training weeks sold; 0 for none."
        ),
    ] = 6.0,
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap of each plan.")] = 0.003,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each plan at most.")] = 120.0,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Print the table of all baselines at equal working capital."""
    missing = [path for path in (data / WEEKLY, data / ITEMS, deliveries) if not path.is_file()]
    if missing:
        typer.echo(f"Skipped: there is no {', '.join(str(path) for path in missing)}.")
        raise typer.Exit(0)
    instance, window = real_case(data, deliveries)
    instance = replace(instance, guardrails=_limit(instance, window, weeks_of_stock))
    with cancel_on_interrupt() as is_cancelled, SweepDisplay(is_cancelled) as display:
        result = backtest(
            instance,
            window,
            BacktestOptions(
                every=every,
                forecasting=Forecasting(horizon=horizon, seed=seed),
                gap=gap,
                time_limit=time_limit,
                seed=seed,
                on_progress=display.show,
                is_cancelled=is_cancelled,
            ),
        )
    print_lines(evaluation_lines(result))
    if out is not None:
        result.write(out, "backtest")
        typer.echo(f"Tables in {out}, report in {out / 'backtest.html'}")


def real_case(data: Path, deliveries: Path) -> tuple[Instance, HistoryWindow]:
    """The instance as it could be known after the training weeks, and the year's demand."""
    sales = pd.read_csv(data / WEEKLY, dtype={"StockCode": str}, parse_dates=["week"])
    catalogue = pd.read_csv(data / ITEMS, dtype={"StockCode": str})
    weeks = pd.date_range(sales["week"].min(), sales["week"].max(), freq="7D")
    # The first week begins before the data do, and the last ends after them.
    weeks = weeks[1:-1]
    known = weeks[:TRAINED_WEEKS]
    with tempfile.TemporaryDirectory() as folder:
        # The importer leaves out the first and the last week that it finds, as partial ones; so one more is kept on either side, the last without
        # any sale.
        some = sales[sales["week"] <= known[-1]]
        after = some.tail(1).assign(week=known[-1] + pd.Timedelta(weeks=1), units=0, revenue=0.0, orders=0)
        training = Path(folder) / WEEKLY
        pd.concat([some, after]).to_csv(training, index=False)
        instance = import_instance(training, data / ITEMS, deliveries)
    units = sales.pivot_table(index="StockCode", columns="week", values="units", aggfunc="sum", fill_value=0)
    # A week without a row is one without sales: the data have every sale.
    units = units.reindex(index=catalogue["StockCode"], columns=weeks, fill_value=0)
    start: dt.date = weeks[0].date()
    window = HistoryWindow(
        np.asarray(units.to_numpy(dtype=np.float64).clip(min=0.0)), start, 7, TRAINED_WEEKS, len(weeks) - 1
    )
    first = window.date(window.first)
    return replace(instance, settings=instance.settings.model_copy(update={"start": first})), window


def _limit(instance: Instance, window: HistoryWindow, weeks: float) -> tuple[Guardrail, ...]:
    """A limit on inventory value in weeks of the cost of what the training weeks sold."""
    if weeks <= 0:
        return ()
    rate = 1.0 + instance.supplier_column("freight_rate") + instance.supplier_column("duty_rate")
    weekly = float((instance.item_column("unit_cost") * rate) @ window.known(0).mean(axis=1))
    return (
        Guardrail(
            guardrail=INVENTORY_CAP,
            metric="inventory_value",
            scope="all",
            first_period=0,
            last_period=instance.settings.periods - 1,
            lower=None,
            upper=round(weeks * weekly, -2),
            holds="every scenario",
            soft_price=None,
            owner="finance",
        ),
    )


if __name__ == "__main__":
    typer.run(main)
