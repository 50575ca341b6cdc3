"""A cause in words: what happened, the answers that led to the cause, and what to do about it."""

from collections.abc import Callable, Mapping
from typing import Any

from stockrail.formats import money_plain, percent, plural
from stockrail.formats import units as in_units
from stockrail.workbench.root_cause.classification import (
    Answers,
    Assumption,
    Cause,
    Decided,
    Hindsight,
    Place,
    Shown,
)
from stockrail.workbench.root_cause.miss import FoundMiss

Evidence = Mapping[str, Any]

NEXT: Mapping[Cause, str] = {
    Cause.NOT_DECIDED: "See that exceptions are decided by their due date.",
    Cause.DECIDED_LATE: "See that exceptions are decided by their due date.",
    Cause.DECIDED_BY_OTHERS: "Ask why the owner did not decide.",
    Cause.DECIDED: "Look at that decision again, now that its price is known.",
    Cause.DEMAND: "Ask whether the forecast, or its error, was too narrow.",
    Cause.LEAD_TIME: "Correct the lead time, or plan with a delay.",
    Cause.QUANTITY: "Ask the supplier what came of the orders, or plan with less capacity.",
    Cause.COST: "Correct the cost, or plan with a cost factor.",
    Cause.RISK_TAKEN: "Nothing to do if that was worth it; else agree on a commitment or a guardrail.",
    Cause.NOT_FOLLOWED: "Compare what was ordered with the plan, and stock with the records.",
    Cause.UNKNOWN: "Bring in the actuals that are missing, then look again.",
}
"""What to do about each cause."""


def explanation(miss: FoundMiss, answers: Answers, cause: Cause, evidence: Evidence, currency: str) -> str:
    """Why a miss is put down to a cause, in sentences.

    Parameters
    ----------
    evidence : as `stockrail.workbench.root_cause.judge` makes it.
    """
    sentences = [
        SEEN[miss.kind](miss, currency),
        _hindsight(answers, evidence),
        _fault(answers, evidence, currency),
        _process(answers, evidence),
        NEXT[cause],
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _stockout(miss: FoundMiss, currency: str) -> str:
    seen = miss.evidence
    lasting = _lasting(miss)
    if miss.units is None:
        return f"{miss.item} had no stock left {lasting}; how much was asked for and not served is not known."
    share = percent(seen["served_units"] / seen["demand_units"])
    return (
        f"{miss.item} was short of {in_units(miss.units)} units {lasting}: {share} of {in_units(seen['demand_units'])} "
        f"were served on time, {percent(seen['least_fill_rate'])} is agreed; it cost {_money(miss.money, currency)} of margin."
    )


def _excess(miss: FoundMiss, currency: str) -> str:
    seen = miss.evidence
    before = seen["units_before_the_plan"]
    already = f", without {in_units(before)} that were too many before the plan began" if before > 0 else ""
    return (
        f"{miss.item} had {in_units(miss.units)} units too many {_lasting(miss)}, worth {_money(miss.money, currency)}: "
        f"{in_units(seen['stock_units'])} in stock at the worst, and {in_units(seen['cover_units'])} expected to be needed in "
        f"{seen['cover_days']:g} days{already}."
    )


def _breach(miss: FoundMiss, currency: str) -> str:
    seen = miss.evidence
    beyond = "above" if seen["side"] == "upper" else "below"
    limit, actual = (
        percent(value) if seen["metric"] == "fill_rate" else in_units(value)
        for value in (seen["limit"], seen["actual"])
    )
    where = "" if seen["scope"] == "all" else f" of {seen['scope'].replace('_', ' ')} {seen['scope_value']}"
    return f"{seen['metric']}{where} was {actual}, {beyond} the limit of {limit} that {seen['guardrail']} sets, {_lasting(miss)}."


def _spike(miss: FoundMiss, currency: str) -> str:
    seen = miss.evidence
    return (
        f"Expediting cost {_money(seen['spent'], currency)} {_lasting(miss)}, {_money(miss.money, currency)} more than the "
        f"{_money(seen['planned'], currency)} that the plan expected."
    )


SEEN: Mapping[str, Callable[[FoundMiss, str], str]] = {
    "stockout": _stockout,
    "excess": _excess,
    "breach": _breach,
    "expedite_spike": _spike,
}
"""The sentence that says what was missed, for each kind."""


def _hindsight(answers: Answers, evidence: Evidence) -> str:
    match answers.hindsight:
        case Hindsight.MISSES:
            return "The plan as made misses on the demand that came, too."
        case Hindsight.HOLDS:
            return "The plan as made would have held on the demand that came."
    return f"Whether the plan as made would have missed cannot be said: {evidence['hindsight']['why']}."


def _fault(answers: Answers, evidence: Evidence, currency: str) -> str:
    fault = answers.fault
    if fault.assumption is None:
        if fault.place == Place.UNKNOWN:
            reasons = {
                f"{name}: {found['why']}"
                for name, found in evidence["assumptions"].items()
                if found.get("why")
            }
            return (
                f"Which assumption was wrong is not known ({'; '.join(sorted(reasons))})." if reasons else ""
            )
        return "Nothing was beyond what it had assumed."
    return WRONG[fault.assumption](evidence["assumptions"][fault.assumption], fault.place, currency)


def _demand(found: Evidence, place: Place, currency: str) -> str:
    is_money = found["unit"] != "units"
    actual, expected = (
        _money(found[name], currency) if is_money else in_units(found[name])
        for name in ("actual", "expected")
    )
    unit = " at landed cost" if is_money else " units"
    first, last = found["first_period"], found["last_period"]
    when = f"period {first}" if first == last else f"periods {first} to {last}"
    far = "so much or more" if found["actual"] > found["expected"] else "so little or less"
    return (
        f"Demand of {when} was {actual}{unit}, {expected} were expected, and {far} had a probability of "
        f"{percent(found['probability'])}: {place}."
    )


def _lead_time(found: Evidence, place: Place, currency: str) -> str:
    most = found["most_delay_periods"]
    delays = (
        f"scenarios have up to {most} {plural(most, 'period')} of delay"
        if most
        else "no scenario has a delay"
    )
    return (
        f"{in_units(found['units'])} units took {found['days']:.0f} days from order to receipt, {found['assumed_days']:.0f} "
        f"were assumed, and {delays}: {place}."
    )


def _quantity(found: Evidence, place: Place, currency: str) -> str:
    return (
        f"Received were {in_units(found['received_units'])} units up to then, where the plan has "
        f"{in_units(found['planned_units'])}, {_money(found['money'], currency)} less in value: {place}. Suppliers delivered "
        "less, or less was ordered."
    )


def _cost(found: Evidence, place: Place, currency: str) -> str:
    most = found["most_cost_factor"]
    dearer = f"scenarios have up to {most:g} times that" if most > 1 else "no scenario has more"
    return (
        f"Receipts cost {_money(found['paid'], currency)}, {_money(found['assumed'], currency)} were assumed, and {dearer}: "
        f"{place}."
    )


WRONG: Mapping[Assumption, Callable[[Evidence, Place, str], str]] = {
    Assumption.DEMAND: _demand,
    Assumption.LEAD_TIME: _lead_time,
    Assumption.QUANTITY: _quantity,
    Assumption.COST: _cost,
}
"""The sentence that says how an assumption was wrong."""


def _process(answers: Answers, evidence: Evidence) -> str:
    process = evidence["process"]
    numbers = process["exceptions"]
    named = f"Exception{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
    if answers.shown == Shown.NEVER:
        return "No exception had pointed to it."
    if answers.shown == Shown.LATE:
        return f"{named} pointed to it, too late: an order could have helped until {process['needed_by']}."
    return f"{named} had pointed to it in time and {DECIDED[answers.decided]}."


DECIDED: Mapping[Decided, str] = {
    Decided.NEVER: "was not decided by its due date",
    Decided.LATE: "was decided after its due date",
    Decided.BY_OTHERS: "was decided by others than its owner",
    Decided.AS_RULED: "was decided as the rules say",
    Decided.WAITING: "is not due yet",
    Decided.NOTHING: "had nothing to decide",
}
"""What became of an exception."""


def _lasting(miss: FoundMiss) -> str:
    count = int(miss.evidence["periods"])
    return (
        f"in period {miss.period}, until {miss.date}"
        if count == 1
        else f"in {count} periods, the first until {miss.date}"
    )


def _money(value: float | None, currency: str) -> str:
    return money_plain(value, currency).strip()
