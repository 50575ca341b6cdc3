"""The workbench: one versioned set of assumptions that several people plan from, and who may decide what."""

from stockrail.workbench.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    StateError,
    WorkbenchError,
)

__all__ = ["ConflictError", "NotAllowedError", "NotFoundError", "StateError", "WorkbenchError"]
