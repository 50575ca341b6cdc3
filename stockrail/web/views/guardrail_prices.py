"""What a looser limit earns, how far that holds and where it binds, from a finished plan."""

import json
import math
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from stockrail import formats
from stockrail.reports import words
from stockrail.reports.guardrails import guardrail_rows, looser_price, tighter_price

SHARE_OF_LIMIT = 0.05
"""A step of money is the largest of 1, 10, 100, ... that is at most this share of the limit."""

LEAST_STEP = 1.0


class PriceView(BaseModel):
    """One side of a guardrail in a plan. Amounts are in the unit of the metric, what is earned is money."""

    model_config = ConfigDict(frozen=True)

    name: str
    metric: str
    label: str = Field(description="The metric as people call it.")
    side: str = Field(description="upper or lower.")
    limit: float | None = Field(description="Of the period in which least is left of it.")
    used: float | None = Field(description="What is compared with it there.")
    counts: str = Field(description="What that is, such as the worst scenario.")
    is_kept: bool | None
    is_loosened: bool = Field(description="The limit was loosened so that there is a plan.")
    binding_periods: tuple[int, ...]
    step: float = Field(
        description="By how much looser or tighter the next two are, in the unit of the metric."
    )
    step_words: str
    looser_earns: float | None = Field(
        description="Money that a limit looser by a step in all periods earns; null where it is not known."
    )
    tighter_costs: float | None = Field(
        description="Money that one tighter by a step costs; null where it is not known, or cannot be any tighter."
    )
    can_be_tighter: bool = Field(description="False where no plan keeps a tighter limit.")
    range_from: float | None = Field(description="The price holds from this limit; null for no end.")
    range_to: float | None
    price_holds: str = Field(description="In words, how far the price holds, or why there is none.")
    return_per_year: float | None = Field(
        description="Yearly return on capital that a looser limit frees; null where it is no limit on capital."
    )
    sentence: str

    @property
    def is_money(self) -> bool:
        """Whether the limit is an amount of money."""
        return words.unit_of(self.metric) is words.MONEY


def prices_of(guardrails: pd.DataFrame, summary: dict[str, Any]) -> tuple[PriceView, ...]:
    """Every side of every guardrail, what earns most first.

    Parameters
    ----------
    guardrails : the plan's guardrails.csv.
    summary : the plan's plan.json.
    """
    currency = str(summary["currency"])
    loosened = {(row["guardrail"], row["side"]) for row in summary.get("relaxations") or []}
    views = [_view(row, currency) for row in guardrail_rows(guardrails, currency, loosened)]
    return tuple(
        sorted(views, key=lambda view: (-(view.looser_earns or 0.0) / view.step, view.name, view.side))
    )


def _view(row: dict[Any, Any], currency: str) -> PriceView:
    metric, side = str(row["metric"]), str(row["side"])
    sign = 1.0 if side == "upper" else -1.0
    limit = formats.finite(row["limit"])
    step = step_of(metric, limit)
    looser, tighter = looser_price(row), tighter_price(row)
    cannot = tighter is not None and math.isinf(tighter)
    earns, costs = _worth(looser, sign * step), _worth(tighter, sign * step)
    yearly = formats.finite(row["return_looser"])
    start, end = formats.finite(row["range_from"]), formats.finite(row["range_to"])
    amount = words.amount(step, metric, currency)
    binding = row["binding_periods"]
    return PriceView(
        name=row["name"],
        metric=metric,
        label=words.label(metric),
        side=side,
        limit=limit,
        used=formats.finite(row["worst"]),
        counts=row["counts"],
        is_kept=row["is_kept"],
        is_loosened=row["is_loosened"],
        binding_periods=tuple(json.loads(binding)) if isinstance(binding, str) else tuple(binding or ()),
        step=step,
        step_words=amount,
        looser_earns=earns,
        tighter_costs=costs,
        can_be_tighter=not cannot,
        range_from=start,
        range_to=end,
        price_holds=str(row["price_holds"]),
        return_per_year=yearly,
        sentence=_sentence(side, amount, earns, yearly, currency, cannot),
    )


def step_of(metric: str, limit: float | None) -> float:
    """By how much people think of moving a limit, in the unit of the metric.

    Examples
    --------
    >>> step_of("inventory_value", 500), step_of("working_capital", 2_500_000), step_of("fill_rate", 0.95)
    (10.0, 100000.0, 0.01)
    """
    unit = words.unit_of(metric)
    if unit is not words.MONEY:
        return unit.step / unit.factor
    most = SHARE_OF_LIMIT * abs(limit or 0.0)
    return max(LEAST_STEP, 10.0 ** math.floor(math.log10(most))) if most > 0 else LEAST_STEP


def _worth(price: Any, step: float) -> float | None:
    value = formats.finite(price)
    return None if value is None else value * step + 0.0


def _sentence(
    side: str, step: str, earns: float | None, yearly: float | None, currency: str, cannot_be_tighter: bool
) -> str:
    direction = "higher" if side == "upper" else "lower"
    if earns is None:
        said = f"What a limit {direction} by {step} earns is not known."
    elif earns == 0.0:
        said = f"A limit {direction} by {step} in all periods earns nothing."
    else:
        said = f"A limit {direction} by {step} in all periods earns {formats.money(earns, currency)}"
        said += f", {formats.percent(yearly)} a year on it." if yearly is not None else "."
    if cannot_be_tighter:
        said += " No plan keeps a tighter one."
    return said
