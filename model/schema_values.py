"""Values of the instance format, and the row that every table and group of settings is made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=120)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SignedMoney = Annotated[float, Field(allow_inf_nan=False)]
Units = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveUnits = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)]
Period = Annotated[int, Field(ge=0)]
Priority = Annotated[int, Field(ge=1, le=99)]

Metric = str
Scope = Literal["all", "segment", "product_group", "supplier", "item"]
Holds = Literal["every scenario", "expected", "cvar", "chance"]
Measured = Literal["each period", "quarter ends", "average", "total"]
BreakKind = Literal["all units", "incremental"]
Criterion = Literal["abc", "xyz", "margin", "strategic", "life_cycle"]
CustomerCriterion = Literal["abc", "margin", "strategic", "life_cycle"]
OwnSegment = Literal["strategic", "new", "ending"]
YesNo = Literal["yes", "no"]
OptionalName = Annotated[str, Field(max_length=120)]
TailShare = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Cover = Annotated[float, Field(ge=0, le=260, allow_inf_nan=False)]
Review = Annotated[int, Field(ge=1)]


class Row(BaseModel):
    """A validated, immutable row of a table."""

    model_config = ConfigDict(frozen=True, extra="forbid")
