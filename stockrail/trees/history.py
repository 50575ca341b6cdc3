"""Demand history: forecasts by a forecasting library, and the errors that they would have made in the past (back-casts).

The library is statsmodels, an extra: `pip install stockrail[history]` (docs/notes/2026-11-25-forecasting-library.md).
"""

import datetime as dt
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from stockrail.model.instance import Array, Instance
from stockrail.model.problems import Problem
from stockrail.model.schema_values import Name, Row
from stockrail.trees.errors import CommonFactors, ErrorModel
from stockrail.trees.factors import common_factors
from stockrail.trees.tables import read_table, refuse

Method = Literal["level", "trend", "theta"]

LEAST_PERIODS = 8
"""Periods of history that a forecast needs."""

ORIGINS = 6
"""Points in the past from which it is forecast, unless another number is asked for."""

SMOOTHED_HORIZONS = 5
"""Horizons over which the growth of errors is averaged, as single ones rest on few back-casts."""


class MissingExtraError(ImportError):
    """The forecasting library is not installed; the message says how to get it."""


class Sale(Row):
    """A row of a demand history: units demanded on a day, or in the period that contains it."""

    item: Name
    date: dt.date
    units: Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class History:
    """Demand by period up to the start of the horizon.

    Attributes
    ----------
    units : [items, periods], the last column is the period before the start.
    """

    units: Array


@dataclass(frozen=True)
class BackCast:
    """What a method would have forecast, against what came.

    Attributes
    ----------
    origins : int [origins], periods of history that each forecast knew.
    forecast, error : [origins, items, horizons], units, error = actual less forecast; NaN where history does not reach.
    """

    origins: Array
    forecast: Array
    error: Array

    def frame(self) -> pd.DataFrame:
        """Errors of all items by horizon, as shares of what was forecast: horizon, forecasts, bias_share, error_share.

        `error_share` is the mean absolute error.
        """
        total = np.nansum(self.forecast, axis=(0, 1))
        known = (~np.isnan(self.error[:, 0, :])).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            bias = np.nansum(self.error, axis=(0, 1)) / total
            absolute = np.nansum(np.abs(self.error), axis=(0, 1)) / total
        frame = pd.DataFrame(
            {
                "horizon": np.arange(len(total)),
                "forecasts": known,
                "bias_share": bias,
                "error_share": absolute,
            }
        )
        return frame[frame["forecasts"] > 0].reset_index(drop=True)


@dataclass(frozen=True)
class HistoryForecast:
    """A forecast with its back-casts, and the model of errors that they give."""

    model: ErrorModel
    back_cast: BackCast = field(repr=False)


def read_history(path: Path, instance: Instance, *, is_missing_zero: bool = False) -> History:
    """Read a demand history: columns item, date, units, any number of rows for an item and period.

    Periods are those of the instance, counted back from its start. The first period counts from the first one that
    the history covers from its first day.

    Parameters
    ----------
    is_missing_zero : an item without a row in a period had no demand; otherwise that is an error, as missing is not zero.

    Raises
    ------
    InstanceError
        With every problem of the file.
    """
    table = read_table(path, Sale)
    settings = instance.settings
    problems = []
    for line, row in table.each():
        if row.item not in instance.item_index:
            problems.append(Problem(table.file, line, "item", row.item, "an item of the instance"))
        if row.date >= settings.start:
            allowed = f"a day before the start of the instance, {settings.start}"
            problems.append(Problem(table.file, line, "date", str(row.date), allowed))
    refuse(problems)
    first = min(row.date for row in table.rows)
    periods = (settings.start - first).days // settings.period_length_days
    if periods < LEAST_PERIODS:
        allowed = f"at least {LEAST_PERIODS} periods of {settings.period_length_days} days before the start"
        refuse([Problem(table.file, None, "date", f"{periods} whole periods since {first}", allowed)])
    units = np.full((len(instance.items), periods), np.nan)
    for row in table.rows:
        back = (settings.start - row.date).days
        position = periods - -(-back // settings.period_length_days)
        if position >= 0:
            at = instance.item_index[row.item], position
            units[at] = np.nan_to_num(units[at]) + row.units
    missing = np.isnan(units)
    if missing.any() and not is_missing_zero:
        refuse(_missing(table.file, instance, missing))
    return History(np.nan_to_num(units))


def _missing(
    file: str, instance: Instance, missing: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> list[Problem]:
    days = instance.settings.period_length_days
    problems = []
    for i in np.flatnonzero(missing.any(axis=1)):
        positions = np.flatnonzero(missing[i])
        began = instance.settings.start - dt.timedelta(days=int(missing.shape[1] - positions[0]) * days)
        more = f" and {len(positions) - 1} more periods" if len(positions) > 1 else ""
        found = f"{instance.items[i].item} without the period from {began}{more}"
        allowed = "each item in each period; where no row means no demand, say --missing-is-zero"
        problems.append(Problem(file, None, "date", found, allowed))
    return problems


def forecast_history(
    instance: Instance,
    history: History,
    *,
    method: Method = "level",
    origins: int = ORIGINS,
    is_bias_applied: bool = False,
    is_forecast_kept: bool = False,
    factors: CommonFactors | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> HistoryForecast:
    """Forecast each item and measure errors from several points in the past.

    Parameters
    ----------
    method : "level" simple exponential smoothing, "trend" a damped trend, "theta" the theta method; each item by itself, without season.
    origins : points in the past, evenly over the second half of the history.
    is_bias_applied : shift forecasts by the mean error of all items. Back-casts of one year mistake a season for a bias.
    is_forecast_kept : keep the instance's demand as the forecast and take only the size of errors from history, such as
        where its forecast knows a season that the history is too short to show.
    factors : what errors have in common; by default what the back-casts show.

    Raises
    ------
    MissingExtraError
        statsmodels is not installed.
    """
    fit = _method(method)
    items, periods = history.units.shape
    horizon = instance.settings.periods
    first = max(LEAST_PERIODS // 2, periods // 2)
    at = np.unique(np.linspace(first, periods - 1, min(origins, periods - first)).round().astype(np.int64))
    predicted = np.full((len(at), items, horizon), np.nan)
    error = np.full_like(predicted, np.nan)
    forecast = np.empty((items, horizon))
    for i, units in enumerate(history.units):
        on_progress(i, items, f"forecasting {instance.items[i].item}")
        forecast[i] = fit(units, horizon)
        for k, known in enumerate(at):
            reach = min(horizon, periods - int(known))
            predicted[k, i, :reach] = fit(units[:known], reach)
            error[k, i, :reach] = units[known : known + reach] - predicted[k, i, :reach]
    back_cast = BackCast(at.astype(np.float64), predicted, error)
    base = ErrorModel.of_instance(instance)
    bias_share, sd_share = _statistics(back_cast, is_bias_applied)
    model = replace(
        base,
        forecast=instance.mean_demand if is_forecast_kept else forecast,
        bias_share=bias_share,
        sd_share=sd_share,
    )
    return HistoryForecast(
        replace(
            model, factors=factors or common_factors(_standardised(back_cast, model), model.product_group)
        ),
        back_cast,
    )


def _statistics(back_cast: BackCast, is_bias_applied: bool) -> tuple[Array, Array]:
    """Bias and standard deviation as shares of the forecast [items, periods].

    Each item has its own size, from all its horizons; how errors grow with the horizon is that of all items together. Beyond
    the last horizon that back-casts reach it stays.
    """
    forecast, error = back_cast.forecast, back_cast.error
    is_known = ~np.isnan(error[:, 0, :]).all(axis=0)
    last = int(np.flatnonzero(is_known)[-1])
    forecast, error = forecast[:, :, : last + 1], error[:, :, : last + 1]
    bias = np.nansum(error, axis=(0, 1)) / np.maximum(np.nansum(forecast, axis=(0, 1)), 1e-300)
    left = error - forecast * bias if is_bias_applied else error
    size = np.sqrt(np.nanmean(left**2, axis=(0, 2)))
    share = np.divide(size, np.nanmean(forecast, axis=(0, 2)), out=np.zeros_like(size), where=size > 0)
    relative = np.divide(left, size[:, None], out=np.zeros_like(left), where=(size > 0)[:, None])
    growth = (
        np.sqrt(np.nanmean(relative[:, size > 0] ** 2, axis=(0, 1)))
        if (size > 0).any()
        else np.ones(last + 1)
    )
    window = pd.Series(growth).rolling(SMOOTHED_HORIZONS, center=True, min_periods=1)
    profile = window.mean().to_numpy()
    horizon = back_cast.error.shape[2]
    beyond = np.minimum(np.arange(horizon), last)
    items = len(size)
    bias_share = np.tile(bias[beyond] if is_bias_applied else np.zeros(horizon), (items, 1))
    return bias_share, np.minimum(share, LARGEST_SHARE)[:, None] * profile[beyond]


LARGEST_SHARE = 3.0
"""Error of an item as a share of its forecast at most: where next to nothing was forecast, shares say nothing."""


def _standardised(back_cast: BackCast, model: ErrorModel) -> Array:
    """Errors over their standard deviation [origins, items, horizons]; NaN where there is none."""
    sd = np.where(model.sd_share > 0, model.sd_share, np.nan) * np.maximum(back_cast.forecast, 1e-9)
    return np.asarray((back_cast.error - model.bias_share * back_cast.forecast) / sd)


def _method(method: Method) -> Callable[[Array, int], Array]:
    """A function from the past of an item and a number of periods to its forecast."""
    try:
        from statsmodels.tools.sm_exceptions import ConvergenceWarning
        from statsmodels.tsa.forecasting.theta import ThetaModel
        from statsmodels.tsa.holtwinters import ExponentialSmoothing, SimpleExpSmoothing
    except ImportError:
        raise MissingExtraError(
            "Forecasts from history need the package statsmodels: pip install 'stockrail[history]'."
        ) from None
    if method not in ("level", "trend", "theta"):
        raise ValueError(f"method is {method}; allowed: level, trend, theta")

    def fit(units: Array, periods: int) -> Array:
        if np.ptp(units) == 0.0:
            return np.full(periods, units[0])
        with warnings.catch_warnings():
            # Where the search for weights ends early, its weights are still the best that it saw; back-casts judge them.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            if method == "theta" and len(units) >= LEAST_PERIODS:
                ahead = ThetaModel(units, deseasonalize=False).fit().forecast(periods)
            elif method == "trend" and len(units) >= LEAST_PERIODS:
                smooth = ExponentialSmoothing(
                    units, trend="add", damped_trend=True, initialization_method="estimated"
                )
                ahead = smooth.fit().forecast(periods)
            else:
                ahead = SimpleExpSmoothing(units, initialization_method="estimated").fit().forecast(periods)
        return np.maximum(np.asarray(ahead, dtype=np.float64), 0.0)

    return fit
