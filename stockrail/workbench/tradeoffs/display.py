"""Trade-off records for the terminal."""

import datetime as dt
from collections.abc import Iterator, Sequence

from stockrail.formats import money_plain
from stockrail.workbench.store.tables import PlanException, Tradeoff
from stockrail.workbench.tradeoffs.builds import WithoutRecord
from stockrail.workbench.tradeoffs.records import RESULT_MONEY, REVIEWS

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]
"""Header and rows."""


def record_table(rows: Sequence[Tradeoff], today: dt.date) -> Table:
    """Each record with its next review, its owner and how it ends."""
    return ("no", "state", "review", "kind", "owner", "exit", "name"), [
        (
            row.id,
            state_of(row, today),
            row.review_date,
            row.kind.replace("_", " "),
            row.owner,
            row.exit_kind.replace("_", " "),
            row.name,
        )
        for row in rows
    ]


def record_lines(row: Tradeoff, today: dt.date, currency: str) -> Iterator[str]:
    """Everything about one record."""
    yield f"Trade-off {row.id}: {row.kind.replace('_', ' ')} {row.name}"
    yield f"  state            {state_of(row, today)}"
    yield f"  owner            {row.owner}"
    yield (
        f"  next review      {row.review_date}"
        if row.state == "open"
        else f"  last review date {row.review_date}"
    )
    yield f"  reason           {row.reason}"
    yield f"  expected result  {row.expected_result}"
    yield f"  expected money   {_money(row.expected_money, currency)}"
    yield f"  exit plan        {row.exit_kind.replace('_', ' ')}: {row.exit_plan}"
    yield f"  while short      {row.allocation_rule}"
    yield f"  customers hear   {row.customer_message}"
    yield f"  plan             {'none named' if row.run_id is None else f'run {row.run_id}'}"
    yield f"  added            {row.created_at:%Y-%m-%d} by {row.created_by}"
    for held in row.data.get(REVIEWS, []):
        yield f"  reviewed         {held['at']} by {held['by']}, due {held['was_due']}: {held['result']}"
    if row.state == "closed":
        yield f"  closed           {row.closed_at:%Y-%m-%d} by {row.closed_by}: {row.close_reason}"
        yield f"  brought          {_money(row.data.get(RESULT_MONEY), currency)}"


def overdue_lines(waiting: Sequence[PlanException]) -> Iterator[str]:
    """The exceptions about overdue reviews; nothing where there is none."""
    for one in waiting:
        due = one.evidence["review_date"]
        yield f"Exception {one.id}: {one.subject}, review was due on {due}. It waits for {one.owner}."


def without_record_lines(found: Sequence[WithoutRecord]) -> Iterator[str]:
    """Builds that no open record stands for; nothing where there is none."""
    if not found:
        return
    yield "Funded builds without an open record:"
    for one in found:
        yield f"  {one.granted.build.build}: {one.reason}"
        yield f"      {one.granted.room}"
        yield f"      granted by {one.granted.granted_by}"
    yield "Next: stockrail tradeoff add --kind funded_build --name BUILD, and what else it asks for."


def state_of(row: Tradeoff, today: dt.date) -> str:
    """How a record stands."""
    return "overdue" if row.state == "open" and row.review_date < today else row.state


def _money(value: float | None, currency: str) -> str:
    return "not known" if value is None else money_plain(value, currency).strip()
