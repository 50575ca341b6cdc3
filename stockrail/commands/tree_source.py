"""What the commands on trees share: the options that say where scenarios come from, and what they choose."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Origin(StrEnum):
    """Where scenarios come from."""

    FORECAST_ERRORS = "forecast-errors"
    HISTORY = "history"
    PATHS = "paths"


class ForecastMethod(StrEnum):
    """How history is forecast."""

    LEVEL = "level"
    TREND = "trend"
    THETA = "theta"


class ErrorShape(StrEnum):
    """How errors enter demand."""

    LOGNORMAL = "lognormal"
    ADDITIVE = "additive"


From = Annotated[Origin, typer.Option("--from", help="Where scenarios come from.")]
File = Annotated[
    Path | None,
    typer.Option(
        help="CSV. Error statistics: item, horizon, bias_share, sd_share (without it forecast_error of the instance); "
        "history: item, date, units; paths: path, item, period, units."
    ),
]
Disruptions = Annotated[
    Path | None, typer.Option(help="CSV of disruptions, such as `tree disruptions` writes.")
]
MarketShare = Annotated[
    float | None, typer.Option(help="Share of error variance that all items have in common.")
]
GroupShare = Annotated[
    float | None, typer.Option(help="Share that items of a product group have in common beside that.")
]
Persistence = Annotated[
    float | None, typer.Option(help="What is left of a common error one period later, as a correlation.")
]
ItemPersistence = Annotated[float | None, typer.Option(help="The same for an item's own error.")]
ShapeOption = Annotated[ErrorShape, typer.Option(help="How errors enter demand.")]
MethodOption = Annotated[ForecastMethod, typer.Option("--method", help="How history is forecast.")]
MissingIsZero = Annotated[
    bool, typer.Option("--missing-is-zero", help="History: a period without a row had no demand.")
]
KeepForecast = Annotated[
    bool, typer.Option("--keep-forecast", help="History: take error sizes only, keep the instance's demand.")
]


def factors_of(
    market: float | None, group: float | None, common: float | None, item: float | None, shape: ErrorShape
) -> dict[str, Any]:
    """What was said about common factors, by field; what was not said is left out."""
    said = {
        "market_share": market,
        "product_group_share": group,
        "market_persistence": common,
        "product_group_persistence": common,
        "item_persistence": item,
    }
    return {name: value for name, value in said.items() if value is not None} | {"shape": shape.value}


def source_of(  # type: ignore[no-untyped-def]  # types would import the model for --help
    instance,
    origin: Origin,
    file: Path | None,
    disruptions: Path | None,
    factors: dict[str, Any],
    method: ForecastMethod,
    missing_is_zero: bool,
    keep_forecast: bool,
    on_progress: Callable[[int, int, str], None],
):
    """Where paths come from, and what to say about it."""
    from dataclasses import replace

    from stockrail.formats import percent
    from stockrail.trees.disruptions import read_disruptions
    from stockrail.trees.errors import CommonFactors, ErrorModel, read_error_model
    from stockrail.trees.history import forecast_history, read_history
    from stockrail.trees.path_source import GivenSource, ModelSource
    from stockrail.trees.paths import read_paths

    if file is None and origin is not Origin.FORECAST_ERRORS:
        raise ValueError(f"--from {origin.value} needs a --file.")
    happening = read_disruptions(disruptions, instance) if disruptions else ()
    if origin is Origin.PATHS and file is not None:
        return GivenSource(read_paths(file, instance), happening), []
    if origin is Origin.HISTORY and file is not None:
        history = read_history(file, instance, is_missing_zero=missing_is_zero)
        forecast = forecast_history(
            instance, history, method=method.value, is_forecast_kept=keep_forecast, on_progress=on_progress
        )
        model = replace(forecast.model, factors=replace(forecast.model.factors, **factors))
        errors = forecast.back_cast.frame()
        first, last = errors.iloc[0], errors.iloc[-1]
        back_cast = (
            f"{history.units.shape[1]} periods of history, back-cast from {len(forecast.back_cast.origins)} points: forecasts were "
            f"{percent(first['error_share'], 0)} off one period ahead and {percent(last['error_share'], 0)} off "
            f"{len(errors)} periods ahead; demand was {percent(first['bias_share'], 0)} and "
            f"{percent(last['bias_share'], 0)} more than forecast."
        )
        shared = (
            f"Errors have {percent(model.factors.market_share, 0)} of their variance in common, and "
            f"{percent(model.factors.product_group_share, 0)} more within product groups."
        )
        return ModelSource(model, happening), [back_cast, shared]
    common = CommonFactors(**factors)
    model = read_error_model(file, instance, common) if file else ErrorModel.of_instance(instance, common)
    return ModelSource(model, happening), []


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between them; none for a blank or the word none."""
    if text.strip() in ("", "none"):
        return []
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{text}: expected whole numbers with commas between them.") from None
