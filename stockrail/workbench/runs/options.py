"""Options of runs: those of `stockrail plan` and `stockrail calibrate` that decide what comes out."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stockrail.model.problems import describe
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.store.tables import RunKind

Seconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Gap = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Workers = Annotated[int | None, Field(ge=1)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanOptions(_Options):
    """Options of a plan, see `stockrail.planning.plan`.

    Attributes
    ----------
    time_limit : seconds of search, all attempts together.
    gap : relative gap at which to stop.
    checks : also the check of the end of the horizon, which takes as long as several plans.
    announced : number of a finished run whose orders were announced to suppliers; None where the baseline's own table says.
    """

    solver: Literal["auto", "extensive", "decomposition", "blocks"] = "auto"
    time_limit: Seconds = 300.0
    gap: Gap = 0.003
    seed: Annotated[int, Field(ge=0)] = 0
    workers: Workers = None
    relax: bool = False
    prices: Literal["none", "quick", "all", "by period"] = "quick"
    checks: bool = False
    announced: Annotated[int | None, Field(ge=1)] = None


class CalibrateOptions(_Options):
    """Options of a calibration, see `stockrail.calibration.calibration.calibrate`.

    Attributes
    ----------
    since : number of an earlier calibration that it is compared with; its targets count as today's where the baseline has none.
    """

    strategy: Literal["rule", "all"] = "all"
    most_departures: Annotated[int | None, Field(ge=0)] = None
    time_limit: Seconds = 600.0
    gap: Gap = 0.005
    seed: Annotated[int, Field(ge=0)] = 0
    workers: Workers = None
    check: bool | None = None
    since: Annotated[int | None, Field(ge=1)] = None


class OptionsError(WorkbenchError):
    """Options that are not allowed, all of them with what is."""


def parsed(kind: RunKind, options: Mapping[str, Any]) -> PlanOptions | CalibrateOptions:
    """Options with defaults filled in.

    Raises
    ------
    OptionsError
        With every option that is unknown or out of its range.
    """
    model: type[PlanOptions | CalibrateOptions] = PlanOptions if kind == "plan" else CalibrateOptions
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        place, schema = f"options of a {kind} run", model.model_json_schema()["properties"]
        lines = []
        for row in error.errors(include_url=False):
            name = ".".join(map(str, row["loc"]))
            known = describe(schema[name]) if name in schema else f"one of: {', '.join(model.model_fields)}"
            found = str(row["input"]) if name in schema else name
            where = f", {name}" if name in schema else ""
            lines.append(f"{place}{where}: found {found!r}; allowed: {known}")
        raise OptionsError("\n".join(lines)) from error
