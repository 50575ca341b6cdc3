"""Overtime and overflow spend: the premiums on what is beyond soft capacities (docs/formulation.md, section 7).

It belongs to no single item: rows that limit it use what the capacity rows are violated by.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from stockrail.model.tree import Array

if TYPE_CHECKING:
    from stockrail.model.rows import Rows


@dataclass(frozen=True)
class OvertimeSpend:
    """How rows on overtime spend hang on the capacity rows.

    Attributes
    ----------
    rate : sparse [rows, rows], money that a unit of violation of the column's row adds to the use of the row's row.
    """

    rate: sp.csr_matrix

    @staticmethod
    def of(rows: "Rows") -> "OvertimeSpend":
        """Collect the links of all rows on the metric `overtime_spend`."""
        size = len(rows)
        rate = sp.csr_matrix((size, size))
        for block, where in rows.each():
            if block.metric != "overtime_spend":
                continue
            for source, at in rows.each():
                is_counted = block.scope in {"all", source.scope} and block.scope_value in {
                    "",
                    source.scope_value,
                }
                if source.is_capacity and source.soft_price is not None and is_counted:
                    # Capacity rows are one per node, in the order of nodes.
                    amounts = block.rows.tocoo()
                    price = block.sign * source.soft_price * amounts.data
                    place = (where.start + amounts.row, at.start + amounts.col)
                    rate = rate + sp.csr_matrix((price, place), shape=(size, size))
        return OvertimeSpend(rate)

    @property
    def is_used(self) -> bool:
        """Whether any row limits overtime spend."""
        return bool(self.rate.nnz)

    def add_to(self, usage: Array, limits: Array) -> Array:
        """Use of all rows [rows] with overtime spend filled in."""
        if not self.is_used:
            return usage
        return np.asarray(usage + self.rate @ np.maximum(usage - limits, 0.0))
