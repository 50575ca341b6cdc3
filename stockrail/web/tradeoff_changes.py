"""What visitors do to trade-off records: add, review, close; each refused where the visitor looked at something else."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from stockrail.model.problems import InstanceError, Problem
from stockrail.web.form_numbers import number_in
from stockrail.web.stale import require_seen
from stockrail.web.views import tradeoffs
from stockrail.workbench.permissions import Permission
from stockrail.workbench.scenario_editing.cell_input import NUMBER_FORM
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Tradeoff
from stockrail.workbench.tradeoffs import records
from stockrail.workbench.tradeoffs.fields import RECORD, TradeoffError
from stockrail.workbench.tradeoffs.roles import role_for


def add(store: Store, actor: str, given: Mapping[str, Any], seen: str) -> Tradeoff:
    """Add a record; blank fields are missing ones.

    Raises
    ------
    ConflictError
        Records were added or closed since the visitor looked.
    InstanceError
        With everything that is missing or wrong, field by field.
    NotAllowedError
        The actor may not edit trade-offs.
    """
    store.governance.require(actor, Permission.TRADEOFF_EDIT)
    require_seen(seen, tradeoffs.seen_records(store), tradeoffs.changed(store, None))
    filled = {name: value for name, value in given.items() if value != ""}
    with _located():
        return records.add(store, actor, filled)


def review(store: Store, actor: str, number: int, result: str, next_review: object, seen: str) -> Tradeoff:
    """Hold a review; raises what `close` raises."""
    _require(store, actor, number, seen, "review")
    return records.review(store, actor, number, _said(result), _day(next_review))


def close(store: Store, actor: str, number: int, result: str, result_money: object, seen: str) -> Tradeoff:
    """End a record.

    Raises
    ------
    ConflictError
        Somebody has reviewed or closed it since the visitor looked.
    InstanceError
        No result is given, or an amount or a day is none.
    NotAllowedError
        The actor does not have the role that answers for it.
    NotFoundError
        There is no such record.
    """
    _require(store, actor, number, seen, "close")
    return records.close(store, actor, number, _said(result), _amount(result_money))


def _require(store: Store, actor: str, number: int, seen: str, doing: str) -> None:
    governance = store.governance
    governance.require(actor, Permission.TRADEOFF_EDIT)
    with store.read() as session:
        kind = records.get(session, number).kind
    governance.require_role(actor, role_for(governance, kind), f"{doing} trade-off {number}")
    require_seen(seen, tradeoffs.seen_record(store, number), tradeoffs.changed(store, number))


def _said(result: str) -> str:
    if not result.strip():
        raise _wrong("result", None, "what came of it: whoever looks at it later has only that")
    return result.strip()


def _day(value: object) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong("next_review", str(value) or None, "a day, YYYY-MM-DD") from error


def _amount(value: object) -> float | None:
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    amount = number_in(text)
    if isinstance(amount, str):
        raise _wrong("result_money", text, f"an amount of money, or blank: {NUMBER_FORM}")
    return amount


def _wrong(field: str, value: str | None, allowed: str) -> InstanceError:
    return InstanceError([Problem(RECORD, None, field, value, allowed)])


@contextmanager
def _located() -> Iterator[None]:
    """Problems with fields as problems that a page shows one by one."""
    try:
        yield
    except TradeoffError as error:
        raise InstanceError(list(error.problems)) from error
