"""What columns of a rule of `monitoring` say of one another."""

from collections.abc import Iterator
from typing import Any, get_args

from stockrail.workbench.accounts import Account
from stockrail.workbench.governance.schema_monitoring import LEVELS, MonitoringKind

SPEND, ON_TIME, OUTSIDE_FAN = "spend", "supplier_on_time", "outside_fan"


def monitoring_rule(rule: dict[Any, Any]) -> Iterator[tuple[tuple[str, ...], str | None, str]]:
    """Place within the rule, value found (None: nothing), and what is allowed."""
    kind: Any = rule.get("kind")
    level, account, limit = rule.get("level"), rule.get("account"), rule.get("limit")
    if kind not in get_args(MonitoringKind):
        return
    levels = LEVELS.get(kind, ())
    if levels and level not in levels:
        yield ("level",), None if level is None else str(level), f"for {kind} one of: {', '.join(levels)}"
    if not levels and level is not None:
        yield ("level",), str(level), f"blank, as {kind} has no levels"
    if kind == SPEND and account not in get_args(Account):
        found = None if account is None else str(account)
        yield ("account",), found, f"one of: {', '.join(get_args(Account))}"
    if kind != SPEND and account is not None:
        yield ("account",), str(account), f"blank, as {kind} is about no account"
    if not isinstance(limit, int | float):
        return
    if kind == ON_TIME and limit > 1:
        yield ("limit",), f"{limit:g}", "a number <= 1, the least share on time"
    if kind == OUTSIDE_FAN and (limit < 1 or limit != int(limit)):
        yield ("limit",), f"{limit:g}", "a whole number >= 1, of periods in a row"
