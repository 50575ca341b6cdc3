"""Numbers of rows in addresses: as large as every database can compare them."""

from typing import Annotated

from fastapi import Path

MOST = 2**31 - 1

RowNumber = Annotated[int, Path(ge=1, le=MOST)]
