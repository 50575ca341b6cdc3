"""Who may change an account: its owner some of it, and whoever may edit governance all of it."""

from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store


def is_editor(store: Store, actor: str) -> bool:
    """Whether somebody may change everybody's account."""
    return store.governance.allows(actor, Permission.GOVERNANCE_EDIT)


def require_editor(store: Store, actor: str) -> None:
    """Refuse whoever may not change other people's accounts.

    Raises
    ------
    NotAllowedError
        The message names who may.
    """
    store.governance.require(actor, Permission.GOVERNANCE_EDIT)


def require_own_or_editor(store: Store, actor: str, name: str) -> None:
    """Refuse whoever may not change this account.

    Raises
    ------
    NotAllowedError
        The message names who may.
    """
    if actor != name:
        require_editor(store, actor)
