"""`sign_in` of governance.yaml: how long a session lasts, how often a password may be wrong, how long it must be."""

from typing import Annotated

from pydantic import Field

from stockrail.model.schema_values import Row

Hours = Annotated[float, Field(gt=0, le=744, allow_inf_nan=False)]
Tries = Annotated[int, Field(ge=1, le=1000)]


class SignInRules(Row):
    """Rules of sign-in with local accounts.

    Attributes
    ----------
    session_hours : a session ends so long after the sign-in, whatever happens.
    idle_hours : and so long after its last request.
    failures_per_name : wrong passwords for one name, after which further tries have to wait.
    failures_per_address : the same from one address, whatever the names.
    failure_minutes : how long a wrong password counts.
    least_password_length : characters.
    """

    session_hours: Hours = 12.0
    idle_hours: Hours = 2.0
    failures_per_name: Tries = 5
    failures_per_address: Tries = 20
    failure_minutes: Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False)] = 15.0
    least_password_length: Annotated[int, Field(ge=12, le=128)] = 12
