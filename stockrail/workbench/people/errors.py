"""What sign-in refuses."""

import math

from stockrail.workbench.errors import WorkbenchError


class SignInError(WorkbenchError):
    """Name or password is wrong, or the account is disabled."""


class PasswordError(WorkbenchError):
    """The new password is not good enough. The message says what is missing."""


class TooManyTriesError(WorkbenchError):
    """There were too many wrong passwords. The message says how long to wait.

    Attributes
    ----------
    wait_seconds : after this time another try is heard.
    """

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = wait_seconds
        seconds = max(1, math.ceil(wait_seconds))
        wait = f"{seconds} {'second' if seconds == 1 else 'seconds'}" if seconds < 120 else _minutes(seconds)
        super().__init__(f"There were too many tries with a wrong password. Wait {wait}, then try again.")


def _minutes(seconds: int) -> str:
    return f"{math.ceil(seconds / 60)} minutes ({seconds} seconds)"
