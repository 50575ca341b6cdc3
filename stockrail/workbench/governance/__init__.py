"""Governance: who may decide what, which rules a plan must keep, and when what is due. All of it is data, `governance.yaml`."""

from stockrail.workbench.governance.reading import GovernanceError
from stockrail.workbench.governance.roles import Governance

__all__ = ["Governance", "GovernanceError"]
