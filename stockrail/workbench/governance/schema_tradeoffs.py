"""`tradeoffs` of governance.yaml: which role answers for which kind of trade-off, and how long a review may wait."""

from typing import Annotated

from pydantic import Field

from stockrail.model.schema_values import Name, Row

OWNERS = ("funded_build", "service_change", "cash_posture")
"""Settings that name a role, one for each kind of record."""


class TradeoffRules(Row):
    """Owners of trade-offs.

    Attributes
    ----------
    funded_build, service_change, cash_posture : role that answers for records of this kind: their owners have it, and its people
        review and close them.
    due_working_days : days that a review may wait, once it is overdue and its exception is open.
    """

    funded_build: Name = "finance"
    service_change: Name = "executive"
    cash_posture: Name = "executive"
    due_working_days: Annotated[int, Field(ge=0, le=250)] = 3
