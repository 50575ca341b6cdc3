"""A Pyomo model as arrays, with the way back from positions to names."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from stockrail.model.tree import Array
from stockrail.solvers.programs import INFINITY, StandardForm


@dataclass(frozen=True)
class CompiledModel:
    """A Pyomo model with its arrays; columns and rows in the order of the arrays."""

    model: pyo.ConcreteModel
    form: StandardForm
    columns: list[pyo.Var]
    rows: list[tuple[pyo.Constraint, int]]

    def columns_of(self, component: str) -> dict[Any, int]:
        """Position of each column of a variable by its index."""
        return {
            column.index(): position
            for position, column in enumerate(self.columns)
            if column.parent_component().local_name == component
        }

    def rows_of(self, component: str) -> dict[Any, int]:
        """Position of each row of a constraint by its index."""
        return {
            row.index(): position
            for position, (row, _) in enumerate(self.rows)
            if row.parent_component().local_name == component
        }

    def with_values(self, x: Array) -> pyo.ConcreteModel:
        """The model with its variables at x [columns], so that its expressions have values."""
        for column, value in zip(self.columns, x.tolist(), strict=True):
            column.set_value(value, skip_validation=True)
        return self.model


def compile_model(model: pyo.ConcreteModel) -> CompiledModel:
    """Arrays of a model, as a minimisation."""
    compiled = LinearStandardFormCompiler().write(model, mixed_form=True)
    kind = np.array([row.bound_type for row in compiled.rows], dtype=np.int64)
    columns = compiled.columns
    form = StandardForm(
        matrix=compiled.A,
        cost=compiled.c.toarray()[0],
        lower=np.array([-INFINITY if v.lb is None else v.lb for v in columns]),
        upper=np.array([INFINITY if v.ub is None else v.ub for v in columns]),
        row_lower=np.where(kind <= 0, compiled.rhs, -INFINITY),
        row_upper=np.where(kind >= 0, compiled.rhs, INFINITY),
        is_integer=np.array([not v.is_continuous() for v in columns], dtype=bool),
        offset=float(compiled.c_offset[0]),
    )
    rows = [(row.constraint, int(row.bound_type)) for row in compiled.rows]
    return CompiledModel(model, form, columns, rows)
