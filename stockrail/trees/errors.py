"""What is known of forecast errors: bias, size by horizon, how long they last, what items have in common.

Definitions are in docs/formulation.md, section 11.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from stockrail.model.instance import Array, Instance
from stockrail.model.problems import Problem
from stockrail.model.schema_values import Period, Rate, Row
from stockrail.trees.tables import read_table, refuse

Shape = Literal["lognormal", "additive"]


@dataclass(frozen=True)
class CommonFactors:
    """What drives forecast errors: their shares of the variance, and how long they last.

    Attributes
    ----------
    market_share, product_group_share : share of an item's error variance that all items, or those of its product group, have
        in common; together at most 1. The rest is the item's own.
    market_persistence, product_group_persistence, item_persistence : correlation of a factor with itself one period later,
        0 to 1.
    shape : "lognormal" keeps demand positive; "additive" errors are normal and cut off at zero demand, so that the mean
        rises a little where errors are large.
    """

    market_share: float = 0.2
    product_group_share: float = 0.1
    market_persistence: float = 0.9
    product_group_persistence: float = 0.9
    item_persistence: float = 0.0
    shape: Shape = "lognormal"

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is {value:g}; allowed: 0 to 1"
            for name, value in vars(self).items()
            if name != "shape" and not 0.0 <= value <= 1.0
        ]
        if self.market_share + self.product_group_share > 1.0 + 1e-9:
            together = self.market_share + self.product_group_share
            wrong.append(
                f"market_share and product_group_share are {together:g} together; allowed: at most 1"
            )
        if self.shape not in ("lognormal", "additive"):
            wrong.append(f"shape is {self.shape}; allowed: lognormal or additive")
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def item_share(self) -> float:
        """Share of the variance that is the item's own."""
        return max(0.0, 1.0 - self.market_share - self.product_group_share)


@dataclass(frozen=True)
class ErrorModel:
    """Demand as a forecast with an error.

    Attributes
    ----------
    forecast : [items, periods], units as forecast.
    bias_share : [items, periods], mean of (actual less forecast) / forecast; at least -1.
    sd_share : [items, periods], standard deviation of the same.
    product_group : int [items], position of the item's product group.
    """

    forecast: Array
    bias_share: Array
    sd_share: Array
    product_group: Array
    factors: CommonFactors = field(default_factory=CommonFactors)

    @property
    def mean(self) -> Array:
        """Expected demand, the bias taken out [items, periods]."""
        return np.asarray(self.forecast * (1.0 + self.bias_share))

    @property
    def sd(self) -> Array:
        """Standard deviation of demand [items, periods], units."""
        return np.asarray(self.forecast * self.sd_share)

    @staticmethod
    def of_instance(instance: Instance, factors: CommonFactors | None = None) -> "ErrorModel":
        """The instance's demand as forecast and its forecast error as standard deviation, without bias."""
        forecast = instance.mean_demand
        sd_share = np.divide(instance.sigma, forecast, out=np.zeros_like(forecast), where=forecast > 0)
        groups = sorted({row.product_group for row in instance.items})
        return ErrorModel(
            forecast=forecast,
            bias_share=np.zeros_like(forecast),
            sd_share=sd_share,
            product_group=np.array([groups.index(row.product_group) for row in instance.items]),
            factors=factors or CommonFactors(),
        )


class ErrorStatistic(Row):
    """A row of error statistics: from period `horizon` on, until the item's next row, errors have this bias and size.

    A blank item is every item without rows of its own. Both are shares of the forecast.
    """

    item: str = ""
    horizon: Period
    bias_share: Annotated[float, Field(ge=-1, allow_inf_nan=False)] = 0.0
    sd_share: Rate


def read_error_model(path: Path, instance: Instance, factors: CommonFactors | None = None) -> ErrorModel:
    """Read error statistics: columns item, horizon, bias_share, sd_share; see `ErrorStatistic`.

    Raises
    ------
    InstanceError
        With every problem of the file. Each item needs a row with horizon 0, of its own or with a blank item.
    """
    table = read_table(path, ErrorStatistic)
    last = instance.settings.periods - 1
    problems: list[Problem] = []
    given: dict[str, dict[int, ErrorStatistic]] = {}
    for line, row in table.each():
        if row.item and row.item not in instance.item_index:
            problems.append(Problem(table.file, line, "item", row.item, "an item of the instance, or blank"))
        if row.horizon > last:
            problems.append(
                Problem(
                    table.file, line, "horizon", str(row.horizon), f"a period of the horizon, 0 to {last}"
                )
            )
        if row.horizon in given.setdefault(row.item, {}):
            problems.append(
                Problem(
                    table.file,
                    line,
                    "item, horizon",
                    f"{row.item or 'blank'}, {row.horizon}",
                    "one row for each",
                )
            )
        given[row.item][row.horizon] = row
    for item in sorted(given):
        if 0 not in given[item]:
            problems.append(
                Problem(
                    table.file,
                    None,
                    "horizon",
                    f"{item or 'blank item'} without 0",
                    "a row with horizon 0 for each item",
                )
            )
    without = [row.item for row in instance.items if row.item not in given]
    if without and "" not in given:
        named = ", ".join(without[:5]) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        problems.append(
            Problem(
                table.file, None, "item", f"no rows for {named}", "rows for them, or rows with a blank item"
            )
        )
    refuse(problems)
    bias, sd = np.zeros_like(instance.mean_demand), np.zeros_like(instance.mean_demand)
    for i, of_item in enumerate(instance.items):
        rows = given.get(of_item.item) or given[""]
        for horizon in sorted(rows):
            bias[i, horizon:], sd[i, horizon:] = rows[horizon].bias_share, rows[horizon].sd_share
    return replace(ErrorModel.of_instance(instance, factors), bias_share=bias, sd_share=sd)
