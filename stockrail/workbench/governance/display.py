"""Governance for the terminal: who may what, what is next, what waits for whom."""

import datetime as dt
from collections.abc import Iterator, Sequence

from stockrail.formats import money_plain
from stockrail.workbench.governance.calendar import Occurrence
from stockrail.workbench.governance.exceptions import runs_of
from stockrail.workbench.governance.roles import Governance
from stockrail.workbench.store.tables import PlanException

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]
"""Header and rows."""


def role_table(governance: Governance) -> Table:
    """Each role with its people and what it owns."""
    rows: list[tuple[object, ...]] = [
        (name, ", ".join(governance.people_in(name)) or "nobody yet", role.owns)
        for name, role in governance.document.roles.items()
    ]
    return ("role", "people", "owns"), rows


def permission_lines(governance: Governance, actor: str) -> Iterator[str]:
    """What somebody may do."""
    roles = governance.roles_of(actor)
    if not roles:
        yield f"{actor} has no role and may look only."
        return
    may = [str(name) for role in roles for name in governance.document.roles[role].permissions]
    yield f"{actor} ({', '.join(roles)}) may: {', '.join(dict.fromkeys(may)) or 'look only'}."


def rule_table(governance: Governance) -> Table:
    """Each rule with its owner and what happens where it is broken."""
    rows: list[tuple[object, ...]] = [
        (
            rule.rule,
            rule.owner,
            "blocks" if rule.is_blocking == "yes" else "",
            f"{rule.due_working_days} working days" if rule.due_event is None else f"next {rule.due_event}",
        )
        for rule in governance.document.rules
    ]
    return ("rule", "owner", "approval", "due"), rows


def warnings(governance: Governance) -> Iterator[str]:
    """What is allowed and probably not meant."""
    named = {rule.owner: f"rule {rule.rule}" for rule in governance.document.rules}
    named |= {event.owner: f"event {event.event}" for event in governance.document.calendar.events}
    for role in governance.document.roles:
        if not governance.people_in(role) and role in named:
            yield f"Nobody has the role {role}, and {named[role]} is theirs."


def calendar_table(governance: Governance, occurrences: Sequence[Occurrence], day: dt.date) -> Table:
    """What is on and what comes, in order."""
    rows: list[tuple[object, ...]] = [
        (
            one.first,
            "" if one.last == one.first else one.last,
            _when(one, day),
            one.name,
            one.event.owner,
            ", ".join(governance.people_in(one.event.owner)),
        )
        for one in occurrences
    ]
    return ("from", "until", "when", "event", "owner", "people"), rows


def exception_list(rows: Sequence[PlanException], currency: str, day: dt.date) -> Iterator[str]:
    """Exceptions in two lines each: what waits for whom until when, and what it is about."""
    cells = [("no", "state", "due", "at stake", "owner", "about")] + [
        (
            str(row.id),
            _state(row, day),
            str(row.due or ""),
            money(row, currency),
            row.owner_role,
            ", ".join(f"run {number}" for number in runs_of(row)),
        )
        for row in rows
    ]
    widths = [max(len(line[k]) for line in cells) for k in range(len(cells[0]))]
    for number, line in enumerate(cells):
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        if number:
            row = rows[number - 1]
            yield f"      {row.rule}: {row.subject}"


def exception_lines(row: PlanException, currency: str) -> Iterator[str]:
    """Everything about one exception."""
    yield f"Exception {row.id}: {row.rule}, {row.subject}"
    yield f"  state     {row.state}" + (
        ", blocks approval" if row.is_blocking and row.state == "open" else ""
    )
    yield f"  owner     {row.owner_role} ({row.owner or 'nobody yet'})"
    yield f"  at stake  {money(row, currency)}"
    yield f"  due       {row.due or ''}"
    yield f"  waits for {row.waits_for}"
    yield from (f"  {line}" for line in evidence_lines(row))


def evidence_lines(row: PlanException) -> Iterator[str]:
    """The numbers that show an exception; lines that belong to the one above are indented."""
    for name, value in row.evidence.items():
        if isinstance(value, list):
            yield name
            yield from (f"  {_plain(entry)}" for entry in value)
        else:
            yield f"{name}: {_plain(value)}"


def money(row: PlanException, currency: str) -> str:
    """Money at stake, or that it is not known."""
    return "not known" if row.money is None else money_plain(row.money, currency).strip()


def _state(row: PlanException, day: dt.date) -> str:
    if row.state != "open":
        return row.state
    if row.due is not None and row.due < day:
        return "overdue"
    return "blocking" if row.is_blocking else "open"


def _when(one: Occurrence, day: dt.date) -> str:
    if one.is_on(day):
        return "today" if one.first == one.last else "now"
    days = (one.first - day).days
    return "tomorrow" if days == 1 else f"in {days} days"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    return "none" if value is None else str(value)
