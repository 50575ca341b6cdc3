"""A diagnosis in words: which guardrails cannot hold together, the cheapest relaxation, and what to do next."""

from stockrail.model.tables import Tables
from stockrail.solvers.result import Diagnosis, InfeasibleError, Relaxation

MOST_LINES = 8


def infeasible_error(tables: Tables, diagnosis: Diagnosis) -> InfeasibleError:
    """The error that carries a diagnosis, with a message for people."""
    currency = tables.instance.settings.currency
    names = [f"{name!r} ({side})" for name, side in diagnosis.conflict]
    if len(names) == 1:
        first = f"No plan keeps guardrail {names[0]}."
    else:
        listed = ", ".join(names[:-1]) + f" and {names[-1]}"
        rest = (
            "without any one of them the others can"
            if diagnosis.is_minimal
            else "whether fewer of them conflict already was not settled in time"
        )
        first = f"Guardrails {listed} cannot hold together; {rest}."
    is_proven = diagnosis.least_money > 0
    if not is_proven:
        # Only one choice of the nodes that a chance guardrail releases was examined.
        first = f"No plan was found that keeps {' and '.join(names)}; it is not proven that there is none."
    cost = f"{currency} {diagnosis.money:,.2f}"
    least = f" (at least {currency} {diagnosis.least_money:,.2f} is needed)" if is_proven else ""
    lines = [
        first,
        f"The cheapest relaxation found adds up to {cost}{least}:",
        *(_line(relaxation) for relaxation in diagnosis.relaxations[:MOST_LINES]),
    ]
    more = len(diagnosis.relaxations) - MOST_LINES
    if more > 0:
        lines.append(f"  and {more} more")
    if diagnosis.items:
        named = ", ".join(f"{item} {share:.0%}" for item, share in diagnosis.items[:5])
        lines.append(f"Items with the largest part of it there: {named}.")
    lines.append(
        "Change these limits, give one of the guardrails a soft_price, or plan with --relax to use this relaxation."
    )
    return InfeasibleError("\n".join(lines), diagnosis)


def _line(relaxation: Relaxation) -> str:
    verb = "raise the upper" if relaxation.side == "upper" else "lower the lower"
    return (
        f"  {relaxation.guardrail}, period {relaxation.period}: {verb} limit by at least "
        f"{relaxation.limit_change:,.4g} (worth {relaxation.money:,.2f})"
    )
