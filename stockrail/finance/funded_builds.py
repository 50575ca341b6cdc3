"""Funded builds: was the room used, what did it enable, and is stock back inside the band by the exit date?

Definitions are in docs/formulation.md, section 8.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stockrail.comparisons.plan_comparison import (
    WITHIN_GAP,
    Difference,
    NoOtherPlanError,
    ProvenPlan,
    comparable,
    guardrails_of,
    solve_under,
)
from stockrail.finance.build_room import (
    ROUNDING,
    amount_of,
    funded_items,
    guardrail_of,
    room_by_period,
    upper_limits,
    used_room,
)
from stockrail.formats import money_plain, percent
from stockrail.model.dates import first_day
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.schema import FundedBuild
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.session import Session

NO_ROOM = 1e-9
"""Room of a build that has none: more than 0, so that every row of its guardrail stays and only limits differ."""

NAN = float("nan")


@dataclass(frozen=True)
class BuildOutcome:
    """What became of one funded build. Amounts of the guardrail's metric in its unit, the rest in money; NaN where unknown.

    Attributes
    ----------
    exit_period : the period of `exit_date`, which may lie beyond the horizon.
    granted, used : room and expected use of it, summed over periods.
    used_share : used over granted.
    used_worst : largest use in any period and scenario.
    objective, bound, gap : of the plan with the room.
    objective_without, bound_without, gap_without : of the best plan found without it.
    revenue_enabled, margin_enabled : what the plan with the room has more of; the margin after overtime and penalties.
    objective_enabled, enabled_least, enabled_most : the same for objectives, and what the bounds leave possible.
    is_within_gap : the difference of objectives is no larger than both gaps.
    probability_back : of scenarios in which the metric is within the limit without room at the end of the exit period.
    is_back : whether that is all of them; None where the exit lies beyond the horizon.
    write_off_left : expected write-off of the funded items' stock above the band at the end of the exit period.
    sentence : all that in words.
    """

    build: str
    guardrail: str
    scope: str
    scope_value: str
    amount: float
    first_period: int
    last_period: int
    exit_period: int
    exit_date: pd.Timestamp
    granted: float
    used: float
    used_share: float
    used_worst: float
    objective: float
    bound: float
    gap: float
    objective_without: float
    bound_without: float
    gap_without: float
    revenue_enabled: float
    margin_enabled: float
    objective_enabled: float
    enabled_least: float
    enabled_most: float
    is_within_gap: bool | None
    probability_back: float
    is_back: bool | None
    write_off_left: float
    sentence: str


def funded_builds(session: Session, plan: ProvenPlan, options: SolveOptions) -> pd.DataFrame:
    """What became of each funded build: one row each, one column per attribute of `BuildOutcome`.

    Each build costs one solve without its room, warm from what the session knows.

    Parameters
    ----------
    session : of the plan's instance; it ends under other limits than the instance's.
    plan : with its objective and bound.
    options : of each solve, which asks for the gap of the plan where that is smaller.
    """
    rows = [_outcome(session, plan, build, options) for build in session.tables.instance.funded_builds]
    return pd.DataFrame(rows, columns=list(BuildOutcome.__dataclass_fields__))


def _outcome(session: Session, plan: ProvenPlan, build: FundedBuild, options: SolveOptions) -> BuildOutcome:
    ledger, instance = plan.ledger, session.tables.instance
    granted = float(room_by_period(session.tables, build).sum())
    used_by_node = used_room(ledger, build)
    used = float(used_by_node @ session.tables.tree.probability)
    exit_period = instance.period_of(build.exit_date)
    probability_back, write_off_left = _at_exit(ledger, build, exit_period)
    is_in_horizon = exit_period < session.tables.tree.periods
    outcome = BuildOutcome(
        build=build.build,
        guardrail=build.guardrail,
        scope=build.scope,
        scope_value=build.scope_value,
        amount=build.amount,
        first_period=build.first_period,
        last_period=build.last_period,
        exit_period=exit_period,
        exit_date=pd.Timestamp(build.exit_date),
        granted=granted,
        used=used,
        used_share=used / granted if granted > 0 else NAN,
        used_worst=float(used_by_node.max()),
        objective=plan.objective,
        bound=plan.bound,
        gap=plan.gap,
        objective_without=NAN,
        bound_without=NAN,
        gap_without=NAN,
        revenue_enabled=NAN,
        margin_enabled=NAN,
        objective_enabled=NAN,
        enabled_least=NAN,
        enabled_most=NAN,
        is_within_gap=None,
        probability_back=probability_back,
        is_back=probability_back >= 1.0 - ROUNDING if is_in_horizon else None,
        write_off_left=write_off_left,
        sentence="",
    )
    try:
        without = solve_under(session, _without_room(session, build), comparable(options, plan))
    except NoOtherPlanError as error:
        return replace(outcome, sentence=_sentence(instance, outcome, f"without it {error}"))
    difference = Difference.of_loosening(plan, without)
    outcome = replace(
        outcome,
        objective_without=without.objective,
        bound_without=without.bound,
        gap_without=without.gap,
        revenue_enabled=ledger.margin_parts["revenue"] - without.ledger.margin_parts["revenue"],
        margin_enabled=plan.expected_margin - without.expected_margin,
        objective_enabled=difference.amount,
        enabled_least=difference.least,
        enabled_most=difference.most,
        is_within_gap=difference.is_within_gap,
    )
    return replace(outcome, sentence=_sentence(instance, outcome, _enabled(instance, outcome, difference)))


def _enabled(instance: Instance, outcome: BuildOutcome, difference: Difference) -> str:
    currency = instance.settings.currency
    if difference.amount < 0:
        # A plan that needs no room is a plan with it, too: only the gap lets this one earn less.
        more = money_plain(-difference.amount, currency)
        return f"a plan without it earns {more} more ({WITHIN_GAP}), so only a smaller gap can show what it enables"
    revenue = money_plain(outcome.revenue_enabled, currency)
    return f"it enabled revenue of {revenue} and {difference.words(currency)} of the objective"


def _without_room(session: Session, build: FundedBuild) -> Guardrails:
    instance = session.tables.instance
    builds = tuple(
        row.model_copy(update={"amount": NO_ROOM}) if row is build else row for row in instance.funded_builds
    )
    return guardrails_of(session, replace(instance, funded_builds=builds))


def _at_exit(ledger: Ledger, build: FundedBuild, exit_period: int) -> tuple[float, float]:
    """Probability that the metric is back within the limit at the end of the exit period, and the write-off left then."""
    tables = ledger.tables
    if exit_period >= tables.tree.periods:
        return NAN, NAN
    guardrail = guardrail_of(tables.instance, build)
    limit = upper_limits(tables, guardrail, ())[exit_period]
    if np.isnan(limit):
        # The guardrail does not hold in that period: its band is the limit as stated.
        assert guardrail.upper is not None
        limit = guardrail.upper
    nodes = np.flatnonzero(tables.tree.period == exit_period)
    probability = tables.tree.probability[nodes]
    above = amount_of(ledger, guardrail)[nodes] - limit
    above[above <= ROUNDING * abs(limit)] = 0.0
    items = funded_items(tables.instance, build)
    value = (tables.unit_value[:, None] * ledger.line("on_hand"))[np.ix_(items, nodes)]
    stock = value.sum(axis=0)
    if METRICS[guardrail.metric].unit == "money":
        above_value = np.minimum(above, stock)
    else:
        funded = ledger.metric(guardrail.metric)[np.ix_(items, nodes)].sum(axis=0)
        share = np.divide(above, funded, out=np.zeros_like(above), where=funded > 0)
        above_value = np.minimum(share, 1.0) * stock
    lost = tables.write_off_share[items] @ value
    write_off_share = np.divide(lost, stock, out=np.zeros_like(stock), where=stock > 0)
    return float((above == 0.0) @ probability), float((above_value * write_off_share) @ probability)


def _sentence(instance: Instance, outcome: BuildOutcome, enabled: str) -> str:
    used = "no room falls into the horizon"
    if outcome.granted > 0:
        used = f"{percent(outcome.used_share, 0)} of the room is used"
    if outcome.is_back is None:
        day = first_day(instance.settings, outcome.exit_period).isoformat()
        back = f"the exit, in the period from {day}, lies beyond the horizon"
    elif outcome.is_back:
        back = "stock is back inside the band by the exit in every scenario"
    else:
        left = money_plain(outcome.write_off_left, instance.settings.currency)
        back = (
            f"stock is back inside the band by the exit with a probability of {percent(outcome.probability_back, 0)} "
            f"only, with an expected write-off of {left} left"
        )
    return f"{outcome.build}: {used}; {enabled}; {back}."
