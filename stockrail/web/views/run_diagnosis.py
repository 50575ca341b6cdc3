"""Why no plan keeps the limits, and what the least change would be."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import ranges
from stockrail.reports import words
from stockrail.reports.relaxations import RAISED
from stockrail.web.files import currency_of, instance_of_run
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

INFEASIBLE = "infeasible"
"""Status in the certificate of such a run."""

MOST_ITEMS = 10


class ConflictingLimit(BaseModel):
    """A limit that cannot hold together with the others of the conflict."""

    model_config = ConfigDict(frozen=True)

    guardrail: str
    side: str = Field(description="upper or lower.")
    metric: str | None = Field(description="What it limits; null where the guardrail is there no longer.")


class LoosenedLimit(BaseModel):
    """How far a limit has to give way in the cheapest change that was found. Money in the run's currency."""

    model_config = ConfigDict(frozen=True)

    guardrail: str
    side: str
    verb: str = Field(description="raised or lowered.")
    periods: str = Field(description="In which periods.")
    most: float = Field(description="Largest change of the limit in a period, in its unit as stated.")
    most_in_words: str
    money: float = Field(description="What it is worth, in money, all periods together.")


class DrivingItem(BaseModel):
    """An item that drives the conflict."""

    model_config = ConfigDict(frozen=True)

    item: str
    share: float = Field(description="Of the conflict.")


class DiagnosisView(BaseModel):
    """Which limits cannot hold together, and the least change that would help. Money in the run's currency."""

    model_config = ConfigDict(frozen=True)

    conflict: tuple[ConflictingLimit, ...]
    is_minimal: bool = Field(description="It is known that without any one of them the others can hold.")
    is_unavoidable: bool = Field(description="Each is broken by itself, whatever is ordered.")
    loosened: tuple[LoosenedLimit, ...]
    is_enough: bool = Field(description="A plan is known that keeps the limits as changed.")
    money: float | None = Field(description="What the changes are worth together.")
    least_money: float | None = Field(description="No change of limits that helps is worth less: proven.")
    items: tuple[DrivingItem, ...] = Field(description="The largest first.")


def diagnosis_of(store: Store, run: Run) -> DiagnosisView | None:
    """The diagnosis of a run that no plan was possible for; None for any other run."""
    numbers = run.certificate or {}
    if numbers.get("status") != INFEASIBLE:
        return None
    metrics = {row.guardrail: str(row.metric) for row in instance_of_run(store, run).guardrails}
    currency = currency_of(store, run.baseline_id)
    return DiagnosisView(
        conflict=tuple(
            ConflictingLimit(
                guardrail=row["guardrail"], side=row["side"], metric=metrics.get(row["guardrail"])
            )
            for row in numbers["conflict"]
        ),
        is_minimal=numbers["conflict_is_minimal"],
        is_unavoidable=numbers["conflict_is_unavoidable"],
        loosened=_loosened(numbers["relaxations"], metrics, currency),
        is_enough=numbers["relaxations_are_enough"],
        money=numbers["money"],
        least_money=numbers["least_money"],
        items=tuple(DrivingItem(**row) for row in numbers["items"][:MOST_ITEMS]),
    )


def _loosened(
    relaxations: list[dict[str, Any]], metrics: dict[str, str], currency: str
) -> tuple[LoosenedLimit, ...]:
    by_limit: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in relaxations:
        by_limit.setdefault((row["guardrail"], row["side"]), []).append(row)
    made = []
    for (guardrail, side), rows in by_limit.items():
        most = max(row["limit_change"] for row in rows)
        made.append(
            LoosenedLimit(
                guardrail=guardrail,
                side=side,
                verb=RAISED[side],
                periods=ranges(int(row["period"]) for row in rows),
                most=most,
                most_in_words=words.amount(most, metrics.get(guardrail, ""), currency),
                money=sum(row["money"] for row in rows),
            )
        )
    return tuple(made)
