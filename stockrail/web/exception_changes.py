"""Deciding exceptions, from a page or from a script."""

from stockrail.web.stale import require_seen
from stockrail.web.views import exceptions as view
from stockrail.workbench.governance import exceptions
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import PlanException


def resolve(store: Store, actor: str, exception_id: int, reason: str, seen: str) -> PlanException:
    """Decide what an exception waits for.

    Raises
    ------
    ConflictError
        It is another one than the visitor looked at: decided, of another role, or about other plans as well.
    NotAllowedError, NotFoundError, StateError
        As `stockrail.workbench.governance.exceptions.resolve`.
    """
    store.governance.require(actor, Permission.EXCEPTION_RESOLVE)
    _require_seen(store, exception_id, seen)
    return exceptions.resolve(store, actor, exception_id, reason)


def waive(store: Store, actor: str, exception_id: int, reason: str, seen: str) -> PlanException:
    """Let a plan pass although it breaks a rule. Raises what `resolve` raises."""
    store.governance.require(actor, Permission.EXCEPTION_WAIVE)
    _require_seen(store, exception_id, seen)
    return exceptions.waive(store, actor, exception_id, reason)


def _require_seen(store: Store, exception_id: int, seen: str) -> None:
    require_seen(seen, view.seen(store, exception_id), view.changed(store, exception_id))
