"""Who may ask for an import, a search for causes, exceptions or a new plan: asked before anything is begun that takes long."""

from stockrail.web.stale import require_seen
from stockrail.web.views import happened
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store


def require(store: Store, actor: str, permission: Permission, seen: str) -> None:
    """Refuse who may not, and who looked at something that is no longer so.

    Raises
    ------
    ConflictError
        Actuals were imported or a plan was decided on meanwhile; says who and when.
    NotAllowedError
        The actor does not have the permission.
    """
    store.governance.require(actor, permission)
    require_seen(seen, happened.seen(store), happened.changed_words(store))
