"""Calibrations of the store on a terminal: which there are, and what one proposes by segment."""

from typing import Any

import sqlalchemy as sa

from stockrail.formats import amount, finite, percent
from stockrail.workbench.calibrations.accepted import Together
from stockrail.workbench.calibrations.decisions import of_run, sentence
from stockrail.workbench.calibrations.proposal import KIND, Proposal
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

Table = tuple[list[str], list[list[str]]]
"""Heading and rows."""

MISSING = "-"


def list_table(store: Store) -> Table:
    """Calibrations, the latest first, and how far they are decided on."""
    with store.read() as session:
        runs = session.scalars(sa.select(Run).where(Run.kind == KIND).order_by(Run.id.desc())).all()
        decided = {run.id: [row.verdict for row in of_run(session, run.id).values()] for run in runs}
    rows = []
    for run in runs:
        certificate, verdicts = run.certificate or {}, decided[run.id]
        segments = len(certificate.get("options", ())) if "targets.csv" in run.artifacts else 0
        counts = [verdicts.count("accepted"), verdicts.count("rejected"), segments - len(verdicts)]
        rows.append(
            [str(run.id), run.state, str(certificate.get("start", "")), run.requested_by, *map(str, counts)]
        )
    return ["run", "state", "as of", "asked by", "accepted", "rejected", "open"], rows


def segment_table(store: Store, proposal: Proposal) -> Table:
    """Targets by segment, today's and new, and the decision on each; money in the baseline's currency."""
    with store.read() as session:
        decided = of_run(session, proposal.run.id)
    rows = []
    for row in proposal.segments.to_dict("records"):
        name = str(row["segment"])
        rows.append(
            [
                name,
                str(row["option"]),
                _step(row, "safety_stock_value"),
                _step(row, "inventory_value"),
                f"{_percent(row['current_fill_rate'])} to {_percent(row['fill_rate'])}",
                _change(row),
                decided[name].verdict if name in decided else "open",
            ]
        )
    return ["segment", "option", "safety stock", "stock", "fill rate", "margin", "decision"], rows


def decision_lines(store: Store, run_id: int) -> list[str]:
    """Who decided what and why, one sentence each."""
    with store.read() as session:
        return [f"{sentence(row)} {row.reason}" for row in of_run(session, run_id).values()]


def together_lines(together: Together | None, currency: str) -> list[str]:
    """What accepted targets and today's mean together."""
    if together is None:
        return ["Today's targets are not known: what accepted ones mean together with them cannot be said."]
    said = (
        f"With what is accepted, and today's targets elsewhere: margin {currency} {amount(together.expected_margin)}, stock {currency} "
        f"{amount(together.inventory_value)} on average, fill rate {percent(together.fill_rate)}."
    )
    return [said, *(f"This breaks {one}." for one in together.broken)]


def _step(row: dict[Any, Any], name: str) -> str:
    return f"{_amount(row[f'current_{name}'])} to {_amount(row[name])}"


def _change(row: dict[Any, Any]) -> str:
    before, after = finite(row["current_expected_margin"]), finite(row["expected_margin"])
    if before is None or after is None:
        return MISSING
    change = after - before
    return f"{'+' if change > 0 else ''}{amount(change, 2 if abs(change) < 1000 else 0)}"


def _amount(value: object) -> str:
    return MISSING if finite(value) is None else amount(finite(value))


def _percent(value: object) -> str:
    return MISSING if finite(value) is None else percent(finite(value))
