"""Forecast bias by item: stated as one share, or in a small table."""

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema_values import Row
from stockrail.model.tree import Array
from stockrail.trees.tables import read_table, refuse


class BiasRow(Row):
    """A row of a bias table: mean of (demand less forecast) / forecast, of an item, of a product group, or of everything else.

    An item's own row counts before that of its product group, and that before a row with both blank. Without any, there is no bias.
    """

    item: str = ""
    product_group: str = ""
    bias_share: Annotated[float, Field(ge=-1, allow_inf_nan=False)]


def read_bias(path: Path | str, instance: Instance) -> Array:
    """Read a CSV with the columns item, product_group and bias_share, as bias by item [items].

    Raises
    ------
    InstanceError
        With every problem of the file: values that are not allowed, items or groups that the instance does not have, a row twice.
    """
    table = read_table(Path(path), BiasRow)
    groups = {row.product_group for row in instance.items}
    problems: list[Problem] = []
    given: dict[tuple[str, str], float] = {}
    for line, row in table.each():
        key = (row.item, row.product_group)
        if row.item and row.product_group:
            allowed = "an item or a product group, the other one blank"
            problems.append(
                Problem(table.file, line, "item, product_group", f"{row.item}, {row.product_group}", allowed)
            )
        elif row.item and row.item not in instance.item_index:
            problems.append(Problem(table.file, line, "item", row.item, "an item of the instance, or blank"))
        elif row.product_group and row.product_group not in groups:
            allowed = f"one of: {', '.join(sorted(groups))}; or blank"
            problems.append(Problem(table.file, line, "product_group", row.product_group, allowed))
        elif key in given:
            name = row.item or row.product_group or "blank"
            problems.append(Problem(table.file, line, "item, product_group", name, "one row for each"))
        given[key] = row.bias_share
    refuse(problems)
    everything_else = given.get(("", ""), 0.0)
    return np.array(
        [
            given.get((row.item, ""), given.get(("", row.product_group), everything_else))
            for row in instance.items
        ]
    )
