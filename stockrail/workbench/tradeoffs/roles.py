"""Which role answers for a trade-off."""

from stockrail.workbench.governance import Governance
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store.tables import TradeoffKind


def role_for(governance: Governance, kind: TradeoffKind) -> str:
    """The role that `tradeoffs` of governance.yaml names for a kind of record.

    Where the file says nothing and has no role of the packaged name, the first role that may edit trade-offs.
    """
    named = str(getattr(governance.document.tradeoffs, kind))
    if named in governance.document.roles:
        return named
    return next(iter(governance.roles_with(Permission.TRADEOFF_EDIT)), named)
