"""Linear and mixed-integer programs and their solutions, as arrays."""

from dataclasses import dataclass, replace
from enum import StrEnum

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from stockrail.model.tree import Array
from stockrail.solvers.result import TerminationReason

INFINITY = float(highspy.kHighsInf)
"""Infinite bounds."""


@dataclass(frozen=True)
class StandardForm:
    """Minimise ``cost @ x + offset`` over ``row_lower <= matrix @ x <= row_upper``, ``lower <= x <= upper``.

    Attributes
    ----------
    matrix : sparse [rows, columns]
    cost, lower, upper : [columns]
    row_lower, row_upper : [rows]
    is_integer : bool [columns], or None for a linear program.
    """

    matrix: sp.csc_matrix
    cost: Array
    lower: Array
    upper: Array
    row_lower: Array
    row_upper: Array
    is_integer: NDArray[np.bool_] | None = None
    offset: float = 0.0

    def with_integers_fixed(self, x: Array) -> "StandardForm":
        """The linear program that is left when integer columns keep their values in x [columns], rounded."""
        assert self.is_integer is not None
        return replace(
            self,
            lower=np.where(self.is_integer, np.round(x), self.lower),
            upper=np.where(self.is_integer, np.round(x), self.upper),
            is_integer=None,
        )


class LpStatus(StrEnum):
    """How a linear program ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    TIME_LIMIT = "time_limit"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class LpSolution:
    """What a linear program returned; NaN throughout unless `status` is OPTIMAL.

    Attributes
    ----------
    row_dual : change of the minimum per unit of the row's right-hand side [rows].
    reduced_cost : change of the minimum per unit of the column's binding bound [columns].
    """

    status: LpStatus
    objective: float
    x: Array
    row_dual: Array
    reduced_cost: Array


@dataclass(frozen=True)
class MipSolution:
    """What a mixed-integer program returned.

    Attributes
    ----------
    x : incumbent [columns], None where there is none.
    objective : the incumbent's objective, +inf where there is none.
    bound : proven lower bound on the minimum, -inf where there is none.
    """

    reason: TerminationReason
    x: Array | None
    objective: float
    bound: float
