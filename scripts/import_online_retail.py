"""Turn published sales and deliveries into an instance of 500 real items, 26 weeks and 81 scenarios.

The data are not part of this repository:

- Weekly sums of *Online Retail* (Chen, Sain and Guo 2012, doi 10.1057/dbm.2012.17, CC BY 4.0, UCI Machine Learning
  Repository): one file with the columns StockCode, week, units, revenue, orders, avg_price, where `week` is the Monday,
  and one with StockCode, description, median_price.
- *SCMS Delivery History* (USAID open data): the original table as comma-separated UTF-8, with the columns Vendor,
  "PO Sent to Vendor Date", "Scheduled Delivery Date" and "Delivered to Client Date".

    python scripts/import_online_retail.py --weekly weekly.csv --items items.csv --deliveries deliveries.csv --out folder
"""

import datetime as dt
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from stockrail.model.distributor import GROSS_MARGIN, PAYMENT_DAYS, Catalogue, make_distributor
from stockrail.model.generator import FREIGHT_RATE, Disruption, specification
from stockrail.model.instance import Array, Instance
from stockrail.model.schema import Supplier
from stockrail.model.tree import IntArray
from stockrail.model.writer import write

PERIODS = 26
BRANCHINGS = (3, 3, 3, 3)
SUPPLIERS = 12
SINGLE_UNIT_SHARE = 0.6
SEED = 2011

LEVEL_WEEKS = 26
OUTLIER_QUANTILE = 0.98
SEASON_WEEKS = 5
SIGMA_SHARE = (0.15, 0.60)
LEAST_UNITS_PER_WEEK = 1.0

DELIVERY_COLUMNS = ("Vendor", "PO Sent to Vendor Date", "Scheduled Delivery Date", "Delivered to Client Date")

LEAD_TIME_SCALE = 3
LEAD_TIME_WEEKS = (1, 8)
LATE_DAYS = 14
DELAY_WEEKS = (1, 4)
DURATION_WEEKS = (1, 6)

GROUP_WORDS = (
    "CHRISTMAS",
    "LUNCH",
    "BAG",
    "BOX",
    "CAKE",
    "TEA",
    "DOORMAT",
    "SIGN",
    "T-LIGHT",
    "TIN",
    "PAPER",
    "SET",
)
"""The first of these words that a description contains is its product group."""

ASSUMPTIONS = f"""\
- Forecast: level times seasonal index. The index of a week is the sales of all items in the same week of the history,
  a mean of {SEASON_WEEKS} weeks, over their average; weeks without sales count as closed and are filled by it. The level of
  an item is its sales in the last {LEVEL_WEEKS} full weeks over the sum of their indices, at least {LEAST_UNITS_PER_WEEK:g}
  unit a week. Sales above the item's quantile {OUTLIER_QUANTILE} count as that quantile.
- Forecast error: standard deviation of sales minus level times index over the history, as a share of their mean, at
  least {SIGMA_SHARE[0]:.0%} and at most {SIGMA_SHARE[1]:.0%}. The half of the items with the
  larger share (before these limits) is in the segments `variable`.
- Prices: the median price paid. Unit cost: a gross margin of {GROSS_MARGIN:.0%} on landed cost.
- Suppliers: the {SUPPLIERS} vendors with most order lines. Items are dealt out at random in proportion to those lines.
- Lead time: median days from order to delivery, of lines delivered after the day of their order, divided by {LEAD_TIME_SCALE} (a distributor is nearer to its suppliers
  than a health programme), in weeks, at least {LEAD_TIME_WEEKS[0]} and at most {LEAD_TIME_WEEKS[1]}.
- Delays: the suppliers that are most often over {LATE_DAYS} days late have an event each, on the last branch of a
  branching: as late as their late lines in the median, divided by {LEAD_TIME_SCALE}, {DELAY_WEEKS[0]} to {DELAY_WEEKS[1]}
  weeks, for as long as makes their share of late lines up in expectation, {DURATION_WEEKS[0]} to {DURATION_WEEKS[1]} weeks.
- Freight {FREIGHT_RATE[0]:.1%} to {FREIGHT_RATE[1]:.1%} of the cost, no duty, payment terms {PAYMENT_DAYS[0]} to {PAYMENT_DAYS[1]} days, orders every
  week, ownership on receipt.
- Lots: {SINGLE_UNIT_SHARE:.0%} of the items come in single units, the others in packs of 0.2 to 1 week of sales; order costs
  such that the economic order quantity is 2 to 6 weeks; everything else as in `stockrail.model.distributor`.
"""


def main(
    weekly: Annotated[Path, typer.Option(help="Weekly units by StockCode.", exists=True)],
    items: Annotated[Path, typer.Option(help="Description and price by StockCode.", exists=True)],
    deliveries: Annotated[Path, typer.Option(help="Order lines with dates by vendor.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
) -> None:
    """Write the instance and a README with its assumptions."""
    instance = import_instance(weekly, items, deliveries)
    write(instance, out)
    facts = _facts(instance)
    (out / "README.md").write_text(f"{_README}\n{facts}\n## Assumptions\n\n{ASSUMPTIONS}", encoding="utf-8")
    typer.echo(f"{facts}\nAssumptions:\n{ASSUMPTIONS}Written to {out}")


_README = """\
# Online retail

Made by `scripts/import_online_retail.py` from *Online Retail* (Chen, Sain and Guo 2012, doi 10.1057/dbm.2012.17,
CC BY 4.0), weekly sums, and *SCMS Delivery History* (USAID). Sales, prices and lateness are real; the match of items and
suppliers is not.
"""


def import_instance(weekly: Path, items: Path, deliveries: Path) -> Instance:
    """Make the instance from the three files.

    Parameters
    ----------
    weekly : columns StockCode, week, units
    items : columns StockCode, description, median_price
    deliveries : columns Vendor, PO Sent to Vendor Date, Scheduled Delivery Date, Delivered to Client Date
    """
    random = np.random.default_rng(SEED)
    catalogue_rows = pd.read_csv(items, dtype={"StockCode": str, "description": str})
    sales = pd.read_csv(weekly, dtype={"StockCode": str}, parse_dates=["week"])
    history = sales.pivot_table(
        index="StockCode", columns="week", values="units", aggfunc="sum", fill_value=0
    )
    history = history.reindex(catalogue_rows["StockCode"], fill_value=0)
    mean_demand, sigma_share, start = forecast(history)
    vendors = lateness_by_vendor(deliveries).head(SUPPLIERS)
    suppliers = _suppliers(random, list(vendors.index))
    lines = vendors["lines"].to_numpy(dtype=np.float64)
    supplier = random.choice(len(suppliers), size=len(catalogue_rows), p=lines / lines.sum())
    freight = np.array([row.freight_rate for row in suppliers])[supplier]
    price = catalogue_rows["median_price"].to_numpy(dtype=np.float64)
    catalogue = Catalogue(
        names=tuple(catalogue_rows["StockCode"]),
        descriptions=tuple(text.strip() for text in catalogue_rows["description"]),
        product_groups=tuple(product_group(text) for text in catalogue_rows["description"]),
        supplier=supplier.astype(np.int64),
        lead_time=lead_time_weeks(vendors["lead_time_days"].to_numpy(dtype=np.float64))[supplier],
        unit_cost=(price * (1 - GROSS_MARGIN) / (1 + freight)).round(3),
        unit_price=price,
        mean_demand=mean_demand.round(2),
        sigma=(np.clip(sigma_share, *SIGMA_SHARE)[:, None] * mean_demand).round(2),
        is_variable=sigma_share > np.median(sigma_share),
    )
    return make_distributor(
        random,
        catalogue,
        suppliers,
        specification(BRANCHINGS, PERIODS, SEED, disruptions(vendors, suppliers)),
        name="online-retail",
        currency="GBP",
        start=start,
        single_unit_share=SINGLE_UNIT_SHARE,
    )


def forecast(history: pd.DataFrame) -> tuple[Array, Array, dt.date]:
    """Forecast the weeks after a history of one year.

    Parameters
    ----------
    history : units, one row per item, one column per week (its Monday). The first and the last week are taken to be
        partial and left out.

    Returns
    -------
    mean_demand : array [items, PERIODS]
    sigma_share : array [items]
        Standard deviation of the error as a share of mean sales, not yet limited.
    start : date
        Monday after the history.
    """
    first, last = pd.Timestamp(history.columns.min()), pd.Timestamp(history.columns.max())
    weeks = pd.date_range(first, last, freq="7D")[1:-1]
    units = history.reindex(columns=weeks, fill_value=0).to_numpy(dtype=np.float64)
    units = np.minimum(units, np.quantile(units, OUTLIER_QUANTILE, axis=1)[:, None])
    total = pd.Series(units.sum(axis=0), index=weeks)
    # A week in which nothing at all was sold is one in which the shop was closed, not one without demand.
    total = total.where(total > 0).interpolate()
    smooth = total.rolling(SEASON_WEEKS, center=True, min_periods=1).mean()
    index = (smooth / smooth.mean()).to_numpy(dtype=np.float64)
    level = units[:, -LEVEL_WEEKS:].sum(axis=1) / index[-LEVEL_WEEKS:].sum()
    level = np.maximum(level, LEAST_UNITS_PER_WEEK)
    residual = units - (units.sum(axis=1) / index.sum())[:, None] * index
    sigma_share = residual.std(axis=1) / np.maximum(units.mean(axis=1), LEAST_UNITS_PER_WEEK)
    start = last + pd.Timedelta(weeks=1)
    # 52 weeks earlier is the same season; a week that the history lacks takes the nearest one it has.
    same_season = [start + pd.Timedelta(weeks=t - 52) for t in range(PERIODS)]
    position = weeks.get_indexer(pd.DatetimeIndex(same_season), method="nearest")
    return np.asarray(level[:, None] * index[position]), sigma_share, start.date()


def lateness_by_vendor(deliveries: Path) -> pd.DataFrame:
    """Lead time and lateness by vendor, most lines first; another table than that of deliveries ends the program with what it lacks.

    Returns
    -------
    DataFrame
        Indexed by vendor: `lines`, `lead_time_days` (median from order to delivery, lines with an order date only),
        `late_share` (more than `LATE_DAYS` days late), `late_days` (median of those).
    """
    rows = pd.read_csv(deliveries, dtype=str)
    absent = [column for column in DELIVERY_COLUMNS if column not in rows]
    if absent:
        raise SystemExit(
            f"{deliveries} has no column {', '.join(absent)}: expected the original table of SCMS Delivery History as comma-separated UTF-8."
        )
    ordered = pd.to_datetime(rows["PO Sent to Vendor Date"], format="%m/%d/%Y", errors="coerce")
    ordered = ordered.fillna(
        pd.to_datetime(rows["PO Sent to Vendor Date"], format="%m/%d/%y", errors="coerce")
    )
    scheduled = pd.to_datetime(rows["Scheduled Delivery Date"], format="%d-%b-%y")
    delivered = pd.to_datetime(rows["Delivered to Client Date"], format="%d-%b-%y")
    frame = pd.DataFrame(
        {
            "vendor": rows["Vendor"],
            "lead_time": (delivered - ordered).dt.days,
            "late": (delivered - scheduled).dt.days,
        }
    )
    frame = frame[frame["lead_time"] > 0]
    frame["is_late"] = frame["late"] > LATE_DAYS
    grouped = frame.groupby("vendor")
    table = pd.DataFrame(
        {
            "lines": grouped.size(),
            "lead_time_days": grouped["lead_time"].median(),
            "late_share": grouped["is_late"].mean(),
            "late_days": frame[frame["is_late"]].groupby("vendor")["late"].median(),
        }
    )
    return table.sort_values("lines", ascending=False, kind="stable")


def lead_time_weeks(days: Array) -> IntArray:
    """Turn lead times in days into the shorter ones of a distributor, in weeks."""
    weeks = np.rint(days / LEAD_TIME_SCALE / 7)
    return np.clip(weeks, *LEAD_TIME_WEEKS).astype(np.int64)


def disruptions(vendors: pd.DataFrame, suppliers: tuple[Supplier, ...]) -> tuple[Disruption, ...]:
    """One delay per branching, for the vendors that are late most often."""
    found = []
    order = np.argsort(-vendors["late_share"].to_numpy(), kind="stable")[: len(BRANCHINGS)]
    for k, width in zip(order, BRANCHINGS, strict=False):
        late_share, late_days = float(vendors["late_share"].iloc[k]), float(vendors["late_days"].iloc[k])
        if late_share > 0:
            duration = np.clip(round(late_share * PERIODS * width), *DURATION_WEEKS)
            delay = np.clip(round(late_days / LEAD_TIME_SCALE / 7), *DELAY_WEEKS)
            found.append(Disruption(suppliers[k].supplier, int(duration), int(delay)))
    return tuple(found)


def product_group(description: str) -> str:
    """Group by the first of `GROUP_WORDS` in the description.

    >>> product_group("LUNCH BAG RED RETROSPOT")
    'lunch'
    """
    words = description.split()
    return next((word.lower() for word in GROUP_WORDS if word in words), "other")


def _suppliers(random: np.random.Generator, vendors: list[str]) -> tuple[Supplier, ...]:
    return tuple(
        Supplier(
            supplier=vendor,
            currency="GBP",
            freight_rate=round(random.uniform(*FREIGHT_RATE), 3),
            duty_rate=0,
            payment_days=float(random.integers(PAYMENT_DAYS[0], PAYMENT_DAYS[1] + 1)),
            order_interval_periods=1,
            order_offset_periods=0,
            ownership="receipt",
            capacity_units_per_period=None,
        )
        for vendor in vendors
    )


def _facts(instance: Instance) -> str:
    weekly = instance.mean_demand.mean(axis=1)
    share = instance.sigma.sum(axis=1) / instance.mean_demand.sum(axis=1)
    at_limit = int((share > SIGMA_SHARE[1] - 0.01).sum())
    lead_times = [row.lead_time_periods for row in instance.items]
    singles = [row.lot_size == 1 for row in instance.items]
    return (
        f"{len(instance.items)} items, {len(instance.suppliers)} suppliers, {instance.settings.periods} weeks from "
        f"{instance.settings.start}.\n"
        f"Forecast {weekly.sum():,.0f} units a week, item median {np.median(weekly):.0f}, largest {weekly.max():.0f}.\n"
        f"Forecast error: median {np.median(share):.0%} of demand, {at_limit} items at the limit.\n"
        f"Lead times {min(lead_times)} to {max(lead_times)} weeks, median {np.median(lead_times):g}. "
        f"{sum(singles)} items in single units.\n"
    )


if __name__ == "__main__":
    typer.run(main)
