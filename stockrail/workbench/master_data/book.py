"""One of Stockrail's books at the end of a day: what it holds, item by item, and how the ledger may hold something else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Kind = Literal["unit cost", "units", "not counted", "not in the baseline", "rounding", "unexplained"]


@dataclass(frozen=True)
class Line:
    """A part of the difference between ledger and books, to the cent.

    Attributes
    ----------
    subject : an item; empty where it is about none.
    amount : how much more the ledger has for it; debits are positive.
    """

    kind: Kind
    subject: str
    amount: Decimal
    text: str


@dataclass(frozen=True)
class Entry:
    """What a book holds of an item. All amounts are exact, debits positive.

    Attributes
    ----------
    amount : units at standard.
    recorded : what the actuals say that it is in money, as finance has booked it; None where they do not.
    explained : parts of what is recorded and not held, with their kind and why. The rest is a difference in unit cost.
    text : what is compared, for a line about it.
    """

    amount: Decimal
    recorded: Decimal | None = None
    explained: tuple[tuple[Kind, Decimal, str], ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Book:
    """What Stockrail says that finance should have.

    Attributes
    ----------
    items : by item of the baseline.
    foreign : recorded money, and why the book does not hold it, of items that the book knows nothing of: not counted, or not in the
        baseline.
    other : amount that belongs to no item.
    basis : how the amounts come about.
    unknown : why the book cannot be made; None where it can.
    gaps : what is not known of it, in words.
    """

    name: str
    basis: str
    items: Mapping[str, Entry] = field(default_factory=dict)
    foreign: Mapping[str, tuple[Kind, Decimal, str]] = field(default_factory=dict)
    other: Decimal = Decimal(0)
    unknown: str | None = None
    gaps: tuple[str, ...] = ()

    @staticmethod
    def not_known(name: str, why: str) -> "Book":
        """A book that cannot be made."""
        return Book(name, "", unknown=why)
