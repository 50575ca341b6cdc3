"""What the commands on trees share: the options that say where scenarios come from, and what they choose."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from stockrail.trees.path_source import PathSource


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
ApplyBias = Annotated[
    bool, typer.Option("--apply-bias", help="History: shift forecasts by the mean error of all items.")
]
KeepForecast = Annotated[
    bool, typer.Option("--keep-forecast", help="History: take error sizes only, keep the instance's demand.")
]


@dataclass(frozen=True)
class Source:
    """Where paths come from.

    Attributes
    ----------
    paths : to draw from.
    lines : what to say about it.
    back_cast : errors of the forecasts of history by horizon, see `BackCast.frame`; None without history.
    """

    paths: "PathSource"
    lines: tuple[str, ...] = ()
    back_cast: "pd.DataFrame | None" = None

    def write_back_cast(self, path: Path) -> str:
        """Write the errors by horizon, where there are any, and say so in a sentence; nothing else."""
        if self.back_cast is None:
            return ""
        from stockrail.files import write_csv

        write_csv(self.back_cast, path)
        return f"Errors of the forecasts by horizon in {path}."


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
    apply_bias: bool,
    on_progress: Callable[[int, int, str], None],
) -> Source:
    """Read what the options name."""
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
        return Source(GivenSource(read_paths(file, instance), happening))
    if origin is Origin.HISTORY and file is not None:
        history = read_history(file, instance, is_missing_zero=missing_is_zero)
        forecast = forecast_history(
            instance,
            history,
            method=method.value,
            is_bias_applied=apply_bias,
            is_forecast_kept=keep_forecast,
            on_progress=on_progress,
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
        return Source(ModelSource(model, happening), (back_cast, shared), errors)
    common = CommonFactors(**factors)
    model = read_error_model(file, instance, common) if file else ErrorModel.of_instance(instance, common)
    return Source(ModelSource(model, happening))


def beside(path: Path, name: str) -> Path:
    """A file next to another one or a folder: `late.csv` has `late_delays.csv` beside it, `trees/new` has `trees/new_delays.csv`.

    A folder of an instance holds nothing but its tables, so nothing else is written there.
    """
    target = path if path.name not in ("", "..") else path.resolve()
    return target.with_name(f"{target.name.removesuffix('.csv')}_{name}.csv")


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between them; none for a blank or the word none."""
    if text.strip() in ("", "none"):
        return []
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{text}: expected whole numbers with commas between them.") from None
