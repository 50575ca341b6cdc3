"""Tables of what happened: actuals, and misses of plans."""

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from stockrail.workbench.store.columns import words
from stockrail.workbench.store.table_base import SEALED, Base, Sha256

ActualKind = Literal["demand", "receipts", "stock", "spend"]
MissKind = Literal["stockout", "excess", "breach", "expedite_spike"]


class Actual(Base):
    """What happened: demand, receipts or stock in units, spend in money. `source` is the artifact it was read from.

    Attributes
    ----------
    item, supplier, account : empty where a row is about none.
    date : day of demand, receipt or payment; of stock, the day at whose end it was there.
    ordered_on : of receipts, day of the order; None where it is not known.
    served_units : of demand, the units of it that were delivered on time; None where it is not known.
    """

    __tablename__ = "actual"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ActualKind] = mapped_column(words("kind", ActualKind))
    item: Mapped[str]
    supplier: Mapped[str] = mapped_column(default="")
    account: Mapped[str] = mapped_column(default="")
    date: Mapped[dt.date]
    ordered_on: Mapped[dt.date | None]
    units: Mapped[float | None]
    served_units: Mapped[float | None]
    money: Mapped[float | None]
    source: Mapped[Sha256]
    # To the first one every NULL is another one, so it takes two that an order without its day is there once.
    __table_args__ = (
        sa.UniqueConstraint("kind", "item", "supplier", "account", "date", "ordered_on"),
        sa.Index(
            "uq_actual_without_order",
            "kind",
            "item",
            "supplier",
            "account",
            "date",
            unique=True,
            sqlite_where=sa.text("ordered_on IS NULL"),
            postgresql_where=sa.text("ordered_on IS NULL"),
        ),
    )


class Miss(Base):
    """A stockout, an excess, a breach or a spike of expediting that happened, against the plan that was in force, and its cause.

    Attributes
    ----------
    item, segment : what it is about; both empty for all items.
    subject : the same in words, and the guardrail of a breach.
    period, date : of the plan, and the last day of that period.
    run_id : the approved plan it is held against.
    units, money : its size; None where it cannot be said.
    cause : one word of the classification (docs/root-cause.md).
    """

    __tablename__ = "miss"
    __table_args__ = (sa.UniqueConstraint("kind", "subject", "date", "run_id"), SEALED)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MissKind] = mapped_column(words("kind", MissKind))
    item: Mapped[str] = mapped_column(default="")
    segment: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    period: Mapped[int]
    date: Mapped[dt.date]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"), index=True)
    units: Mapped[float | None]
    money: Mapped[float | None]
    cause: Mapped[str]
    explanation: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    found_at: Mapped[dt.datetime]
