"""What entries of governance.yaml say of one another: roles that exist, each name once, limits in order.

The checks read the file as it was parsed, not the validated document, so that they find their problems whatever else is wrong.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from stockrail.workbench.governance.monitoring_consistency import monitoring_rule
from stockrail.workbench.governance.ownership import is_known
from stockrail.workbench.governance.schema import REST
from stockrail.workbench.governance.schema_calendar import HOLDING
from stockrail.workbench.governance.schema_master_data import ITEM_BOOKS
from stockrail.workbench.governance.schema_tradeoffs import OWNERS as TRADEOFF_OWNERS

Contradiction = tuple[tuple[str, ...], str | None, str]
"""Place, value found (None: nothing), and what is allowed."""

_PLAN_LIMITS = ("most_units", "most_money", "most_total_money", "most_total_share")


def contradictions(document: dict[str, Any]) -> list[Contradiction]:
    """Everything that contradicts something else in a parsed file."""
    roles = _group(document.get("roles"))
    allowed = f"one of the roles: {', '.join(map(str, roles))}"
    found: list[Contradiction] = []
    for person, has in _group(document.get("people")).items():
        for number, role in enumerate(_list(has)):
            if _is_text(role) and role not in roles:
                found.append((("people", str(person), str(number)), role, allowed))
    found += _ownership(_group(document.get("ownership")), roles, allowed)
    calendar = _group(document.get("calendar"))
    events = list(_entries(calendar, "events"))
    rules = list(_entries(document, "rules"))
    watched = list(_entries(_group(document.get("monitoring")), "rules"))
    for place, entry in [
        *((("rules", k), e) for k, e in rules),
        *((("monitoring", "rules", k), e) for k, e in watched),
        *((("calendar", "events", k), e) for k, e in events),
    ]:
        owner = entry.get("owner")
        if _is_text(owner) and owner not in roles:
            found.append(((*place, "owner"), owner, allowed))
    found += (
        (("tradeoffs", str(kind)), owner, allowed)
        for kind, owner in _group(document.get("tradeoffs")).items()
        if kind in TRADEOFF_OWNERS and _is_text(owner) and owner not in roles
    )
    found += _master_data(_group(document.get("master_data")), roles, allowed)
    found += _names_once(rules, ("rules",), "rule")
    found += _names_once(watched, ("monitoring", "rules"), "rule", [entry.get("rule") for _, entry in rules])
    found += _names_once(events, ("calendar", "events"), "event")
    names = [str(entry.get("event")) for _, entry in events]
    for k, rule in rules:
        found += ((("rules", k, *place), value, what) for place, value, what in _rule(rule, names))
    for k, rule in watched:
        wrong = [*_due(rule, names), *monitoring_rule(rule)]
        found += ((("monitoring", "rules", k, *place), value, what) for place, value, what in wrong)
    for k, event in events:
        found += ((("calendar", "events", k, *place), value, what) for place, value, what in _event(event))
    return found


def _ownership(ownership: dict[Any, Any], roles: dict[Any, Any], allowed: str) -> Iterator[Contradiction]:
    seen: dict[str, str] = {}
    for role, names in ownership.items():
        if role not in roles:
            yield ("ownership", str(role)), str(role), allowed
        for k, name in enumerate(_list(names)):
            if not _is_text(name):
                continue
            place = ("ownership", str(role), str(k))
            if not is_known(name):
                yield place, name, f"a table, table.column, settings.NAME, or the word {REST}"
            elif name in seen:
                yield place, name, f"each once; {seen[name]} owns it already"
            seen.setdefault(name, str(role))
    if REST not in seen:
        yield ("ownership",), None, f"one role that owns the {REST}"


def _master_data(master_data: dict[Any, Any], roles: dict[Any, Any], allowed: str) -> Iterator[Contradiction]:
    owner = master_data.get("ledger_owner")
    if _is_text(owner) and owner not in roles:
        yield ("master_data", "ledger_owner"), owner, allowed
    accounts = list(_entries(master_data, "accounts"))
    yield from _names_once(accounts, ("master_data", "accounts"), "account")
    kinds: dict[str, str] = {}
    for k, entry in accounts:
        place = ("master_data", "accounts", k)
        scope, of = str(entry.get("scope", "all")), entry.get("scope_value")
        book = str(entry.get("book"))
        if scope != "all" and book not in ITEM_BOOKS:
            yield (*place, "scope"), scope, f"all, unless book is one of: {', '.join(ITEM_BOOKS)}"
        if (scope == "all") == bool(of):
            yield (*place, "scope_value"), of or None, "blank" if scope == "all" else f"a {scope}"
        if kinds.setdefault(book, scope) != scope:
            yield (*place, "scope"), scope, f"{kinds[book]}, as of the other accounts of {book}"


def _names_once(
    entries: Iterable[tuple[str, dict[Any, Any]]],
    place: tuple[str, ...],
    name: str,
    taken: Iterable[object] = (),
) -> Iterator[Contradiction]:
    seen = set(map(str, taken))
    for k, entry in entries:
        value = entry.get(name)
        if _is_text(value) and value in seen:
            yield (*place, k, name), value, f"each {name} once"
        seen.add(str(value))


def _due(rule: dict[Any, Any], events: list[str]) -> Iterator[Contradiction]:
    due = [name for name in ("due_working_days", "due_event") if rule.get(name) is not None]
    if len(due) != 1:
        yield (), " and ".join(due) or None, "exactly one of due_working_days and due_event"
    event = rule.get("due_event")
    if _is_text(event) and event not in events:
        yield ("due_event",), event, f"an event of the calendar: {', '.join(events) or 'there is none yet'}"


def _rule(rule: dict[Any, Any], events: list[str]) -> Iterator[Contradiction]:
    yield from _due(rule, events)
    kind = rule.get("kind")
    if kind == "inventory_band":
        yield from _band(rule)
    if kind == "service_commitment" and rule.get("segment") is not None and rule.get("item") is not None:
        yield ("item",), str(rule["item"]), "a segment or an item, not both"
    if kind == "customer_commitment" and rule.get("customer") and rule.get("customer_segment"):
        yield ("customer_segment",), str(rule["customer_segment"]), "a customer or a segment, not both"
    if kind == "plan_change" and all(rule.get(name) is None for name in _PLAN_LIMITS):
        yield (), None, f"at least one of {', '.join(_PLAN_LIMITS)}"


def _band(rule: dict[Any, Any]) -> Iterator[Contradiction]:
    lower, upper = rule.get("lower"), rule.get("upper")
    if lower is None and upper is None:
        yield (), None, "at least one of lower and upper"
    elif _is_number(lower) and _is_number(upper) and upper < lower:
        yield ("upper",), str(upper), f"a number >= {lower:g}, the lower limit"
    first, last = rule.get("first_period", 0), rule.get("last_period")
    if _is_number(first) and _is_number(last) and last < first:
        yield ("last_period",), str(last), f"a period >= {first:g}, the first one"


def _event(event: dict[Any, Any]) -> Iterator[Contradiction]:
    dates, every = _list(event.get("dates")), event.get("every")
    if bool(dates) == (every is not None):
        yield (), None if every is None else f"dates and every: {every}", "either dates or every"
    wanted = {"week": "weekday", "month": "working_day", "quarter": "working_day"}.get(str(every))
    for name in ("weekday", "working_day"):
        value = event.get(name)
        if name == wanted and value is None:
            yield (name,), None, f"a {name}, as it is every {every}"
        elif name != wanted and value is not None and (every is None or wanted is not None):
            yield (name,), str(value), f"blank, as it is {'on dates' if every is None else f'every {every}'}"
    most = {"month": 15, "quarter": 45}.get(str(every))
    value = event.get("working_day")
    if most and _is_number(value) and (value == 0 or abs(value) > most):
        yield ("working_day",), str(value), f"a whole number from 1 to {most}, or from -1 to -{most}"
    scope, of = event.get("scope", "all"), event.get("scope_value")
    if scope != "all" and str(event.get("kind")) not in HOLDING:
        yield ("scope",), str(scope), f"all, unless kind is one of: {', '.join(sorted(HOLDING))}"
    if (scope == "all") == bool(of):
        yield ("scope_value",), of or None, "blank" if scope == "all" else f"a {scope}"


def _entries(group: dict[Any, Any], name: str) -> Iterator[tuple[str, dict[Any, Any]]]:
    return ((str(k), entry) for k, entry in enumerate(_list(group.get(name))) if isinstance(entry, dict))


def _group(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float)
