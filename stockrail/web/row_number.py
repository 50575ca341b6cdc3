"""Numbers of rows in addresses: as large as every database can compare them."""

from typing import Annotated

from fastapi import Path, Query

MOST = 2**31 - 1

RowNumber = Annotated[int, Path(ge=1, le=MOST)]

OptionalRowNumber = Annotated[int | None, Query(ge=1, le=MOST)]
"""The same in a query, where it may be left out."""
