"""What the workbench refuses: each error says why, and what to do next."""


class WorkbenchError(Exception):
    """Something in the workbench cannot be done. The message is meant for the user as it is."""


class NotAllowedError(WorkbenchError):
    """The actor does not have the permission. The message says who has."""


class ConflictError(WorkbenchError):
    """Somebody else changed the same thing meanwhile, or the store is busy. Look at it again, then try again."""


class NotFoundError(WorkbenchError):
    """There is no such thing in the store."""


class StateError(WorkbenchError):
    """The thing is there, and is not in a state in which this can be done."""
