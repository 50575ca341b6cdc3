"""Options of runs: those of `stockrail plan`, `calibrate`, `frontier` and `tornado` that decide what comes out."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stockrail.comparisons.tornado_drivers import MOST_PERIODS, PERIODS, SHARE, DriverError, Sizes, drivers
from stockrail.finance.limits import LimitError, change_limit
from stockrail.model.instance import Instance
from stockrail.model.problems import describe
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.store.tables import RunKind

Seconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Gap = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Workers = Annotated[int | None, Field(ge=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]

MOST_POINTS, USUAL_POINTS = 500, 20
"""Limits of a frontier."""


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


class FrontierOptions(_Options):
    """Options of a frontier, see `stockrail.finance.frontier.frontier`.

    In place of `limits` there may be `from_limit`, `to_limit` and, unless it is 20, `points`: as many limits, evenly apart.

    Attributes
    ----------
    guardrail, side : the limit that moves; `capacity:SUPPLIER` and `warehouse:WAREHOUSE` are limits too.
    limits : in the unit of the metric, each once.
    gap : relative gap of each point.
    time_limit : seconds for each point.
    """

    guardrail: Annotated[str, Field(min_length=1)]
    side: Literal["upper", "lower"] = "upper"
    limits: Annotated[
        tuple[Number, ...],
        Field(
            min_length=2,
            max_length=MOST_POINTS,
            description=f"from 2 to {MOST_POINTS} numbers, each once; or from_limit and to_limit in their place",
        ),
    ]
    gap: Gap = 0.003
    time_limit: Seconds = 300.0
    seed: Annotated[int, Field(ge=0)] = 0
    workers: Workers = None

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, options: dict[str, Any]) -> dict[str, Any]:
        """Limits in place of a range, so that two ways to ask for the same are the same run."""
        stated = {name: options[name] for name in _Range.model_fields if options.get(name) is not None}
        rest = {name: value for name, value in options.items() if name not in _Range.model_fields}
        if "limits" in options:
            return options
        if not {"from_limit", "to_limit"} <= stated.keys():
            return rest
        return {**rest, "limits": _Range.model_validate(stated).limits}

    @field_validator("limits")
    @classmethod
    def _each_once(cls, limits: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(limits)) < len(limits):
            raise ValueError("each limit once")
        return tuple(sorted(limits))


class _Range(_Options):
    from_limit: Number
    to_limit: Number
    points: Annotated[int, Field(ge=2, le=MOST_POINTS)] = USUAL_POINTS

    @property
    def limits(self) -> tuple[float, ...]:
        return tuple(
            round(float(limit), 10) for limit in np.linspace(self.from_limit, self.to_limit, self.points)
        )


class TornadoOptions(_Options):
    """Options of a tornado, see `stockrail.comparisons.tornado.tornado`.

    Attributes
    ----------
    drivers : names; none is all that the instance has.
    by : share by which drivers move, more than 0 and less than 1.
    by_periods : periods by which lead times move.
    changes : sizes of single drivers in place of these two.
    gap : relative gap at which each solve may stop.
    time_limit : seconds for each solve.
    """

    drivers: tuple[str, ...] = ()
    by: Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False)] = SHARE
    by_periods: Annotated[int, Field(ge=1, le=MOST_PERIODS)] = PERIODS
    changes: Annotated[
        dict[str, Number], Field(default_factory=dict, description="driver to number, such as {demand: 0.2}")
    ]
    gap: Gap = 0.003
    time_limit: Seconds = 300.0
    seed: Annotated[int, Field(ge=0)] = 0
    workers: Workers = None

    @property
    def sizes(self) -> Sizes:
        """By how much drivers move."""
        return Sizes(self.by, self.by_periods, dict(self.changes))


Options = PlanOptions | CalibrateOptions | FrontierOptions | TornadoOptions

MODELS: dict[RunKind, type[Options]] = {
    "plan": PlanOptions,
    "calibrate": CalibrateOptions,
    "frontier": FrontierOptions,
    "tornado": TornadoOptions,
}


class OptionsError(WorkbenchError):
    """Options that are not allowed, all of them with what is."""


def parsed(kind: RunKind, options: Mapping[str, Any]) -> Options:
    """Options with defaults filled in.

    Raises
    ------
    OptionsError
        With every option that is unknown or out of its range.
    """
    model = MODELS[kind]
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        lines = [_problem(kind, model, row) for row in error.errors(include_url=False)]
        raise OptionsError("\n".join(lines)) from error


def _problem(kind: RunKind, model: type[Options], row: Any) -> str:
    """What is wrong with one option, and what is allowed."""
    place, name = f"options of a {kind} run", str(row["loc"][0]) if row["loc"] else ""
    schema = model.model_json_schema()["properties"]
    if model is FrontierOptions:
        schema = {**_Range.model_json_schema()["properties"], **schema}
    if name not in schema or row["type"] == "extra_forbidden":
        return f"{place}: found {name!r}; allowed: one of: {', '.join(model.model_fields)}"
    allowed = schema[name].get("description") or describe(schema[name])
    found = "nothing" if row["type"] == "missing" else repr(str(row["input"]))
    return f"{place}, {name}: found {found}; allowed: {allowed}"


def require_fitting(options: Options, instance: Instance) -> None:
    """Refuse options that name what an instance does not have, before a run waits for its turn.

    Raises
    ------
    OptionsError
        There is no such limit or driver, or it cannot move as far; says which there are.
    """
    try:
        if isinstance(options, FrontierOptions):
            for limit in options.limits:
                change_limit(instance, options.guardrail, options.side, limit)
        elif isinstance(options, TornadoOptions):
            drivers(instance, options.drivers, options.sizes)
    except (DriverError, LimitError) as error:
        raise OptionsError(str(error)) from error
