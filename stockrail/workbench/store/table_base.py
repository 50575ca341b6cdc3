"""What the tables of the store share: names of constraints, how Python types are kept, and how a table may be changed.

A table marked `IS_SEALED` is changed through objects of an audited transaction only (`Store.write`): the audit entry keeps a
fingerprint of every row it leaves behind, so that a row changed by other means is found. A column marked `IS_VOLATILE` is no
part of the fingerprint.
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from stockrail.workbench.store.columns import UtcDateTime

IS_SEALED, IS_VOLATILE = "is_sealed", "is_volatile"
SEALED = {"info": {IS_SEALED: True}}
VOLATILE = {IS_VOLATILE: True}
DRAFTS = {"info": {IS_VOLATILE: True}}
"""A table of drafts: nothing depends on its rows, so they are changed without an audit entry (`Store.write_progress`)."""

Sha256 = str
"""64 hexadecimal digits."""


class Base(DeclarativeBase):
    """What the tables share: names of constraints, and how Python types are kept."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        dt.datetime: UtcDateTime(),
        dict[str, Any]: sa.JSON(none_as_null=True),
        list[Any]: sa.JSON(none_as_null=True),
        str: sa.Text(),
        float: sa.Double(),
    }
