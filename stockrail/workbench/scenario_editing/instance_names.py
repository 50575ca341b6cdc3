"""Names that other tables refer to."""

from stockrail.model.instance import Instance
from stockrail.workbench.excel.column import key_columns


def names_in(instance: Instance, table: str) -> dict[str, None]:
    """The names of a table's rows, in their order.

    Raises
    ------
    ValueError
        Rows of the table have no name of one part.
    """
    (name,) = key_columns(table)
    return dict.fromkeys(str(getattr(row, name)) for row in getattr(instance, table))
