"""Units against ledger: each account that finance's trial balance and Stockrail's books both have, to the cent."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from stockrail.model.instance import Instance
from stockrail.workbench.governance.schema_master_data import ITEM_BOOKS, LedgerAccount, MasterDataRules
from stockrail.workbench.master_data.balance_books import cash, payables, receivables
from stockrail.workbench.master_data.book import Book, Kind, Line
from stockrail.workbench.master_data.cents import exact, to_cent
from stockrail.workbench.master_data.flow_books import goods_received, spend
from stockrail.workbench.master_data.lines import book_total, lines_of
from stockrail.workbench.master_data.stock_books import goods_in_transit, inventory
from stockrail.workbench.master_data.trial_balance import TrialBalance
from stockrail.workbench.monitoring.observed import Frames

COLUMNS = ("book", "scope_value", "accounts", "kind", "subject", "amount", "text")


@dataclass(frozen=True)
class Position:
    """One book, or the part of it that belongs to a scope, against the accounts that hold it.

    Attributes
    ----------
    accounts : of the ledger; empty where items have stock that no account is for.
    ledger, books : at the end of the day, debits positive; None where one is not known, for the reason in `unknown`.
    lines : add up to `difference` exactly.
    gaps : what is not known, in words.
    """

    book: str
    scope_value: str
    accounts: tuple[str, ...]
    ledger: Decimal | None
    books: Decimal | None
    lines: tuple[Line, ...]
    basis: str
    unknown: str | None = None
    gaps: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Book and scope in words."""
        name = self.book.replace("_", " ")
        return f"{name} of {self.scope_value}" if self.scope_value else name

    @property
    def difference(self) -> Decimal | None:
        """What the ledger has more than the books."""
        return None if self.ledger is None or self.books is None else self.ledger - self.books

    @property
    def unexplained(self) -> Decimal:
        """The part of the difference that no line explains."""
        return self._of("unexplained")

    @property
    def beside_rounding(self) -> Decimal:
        """The difference without what rounding explains."""
        return (self.difference or Decimal(0)) - self._of("rounding")

    def _of(self, kind: Kind) -> Decimal:
        return sum((line.amount for line in self.lines if line.kind == kind), Decimal(0))


@dataclass(frozen=True)
class Reconciliation:
    """Every position of a day.

    Attributes
    ----------
    baseline : in words.
    not_mapped : accounts of the trial balance that governance.yaml gives no book.
    """

    baseline: str
    currency: str
    date: dt.date
    positions: tuple[Position, ...]
    not_mapped: tuple[str, ...]

    @property
    def difference(self) -> Decimal:
        """Sum of all differences that are known."""
        return sum((one.difference for one in self.positions if one.difference is not None), Decimal(0))

    @property
    def unexplained(self) -> Decimal:
        """Sum of what no line explains."""
        return sum((one.unexplained for one in self.positions), Decimal(0))

    def beyond(self, most: float) -> tuple[Position, ...]:
        """Positions that differ by more than an amount, beside what rounding explains."""
        return tuple(one for one in self.positions if abs(one.beside_rounding) > exact(most))

    def frame(self) -> pd.DataFrame:
        """A row for each line; amounts are Decimal."""
        rows = [
            (
                one.book,
                one.scope_value,
                " ".join(one.accounts),
                line.kind,
                line.subject,
                line.amount,
                line.text,
            )
            for one in self.positions
            for line in one.lines
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def reconcile(
    instance: Instance, frames: Frames, trial_balance: TrialBalance, rules: MasterDataRules, baseline: str
) -> Reconciliation:
    """Hold the accounts of governance.yaml against what Stockrail says from units.

    On the day before the baseline begins its opening balances are held, later what actuals say.

    Parameters
    ----------
    frames : tables of actuals by kind.
    baseline : its name, for people.

    Raises
    ------
    ValueError
        The trial balance is of a day before that.
    """
    before_start = instance.settings.start - dt.timedelta(days=1)
    if trial_balance.date < before_start:
        raise ValueError(
            f"The trial balance is of {trial_balance.date}, and {baseline} begins on {instance.settings.start}: "
            f"the first day that it can be held against is {before_start}."
        )
    is_opening = trial_balance.date == before_start
    by_book: dict[str, list[LedgerAccount]] = {}
    for account in rules.accounts:
        by_book.setdefault(account.book, []).append(account)
    positions = [
        position
        for name, accounts in by_book.items()
        for position in _positions(
            instance,
            _book(name, instance, frames, trial_balance.date, is_opening, rules),
            accounts,
            trial_balance,
        )
    ]
    mapped = {account.account for account in rules.accounts}
    return Reconciliation(
        baseline,
        instance.settings.currency,
        trial_balance.date,
        tuple(positions),
        tuple(name for name in trial_balance.balances if name not in mapped),
    )


def _book(
    name: str, instance: Instance, frames: Frames, date: dt.date, opening: bool, rules: MasterDataRules
) -> Book:
    match name:
        case "inventory":
            return inventory(instance, frames["stock"], date, opening, rules.stock_at)
        case "goods_in_transit":
            return goods_in_transit(instance, opening, rules.stock_at)
        case "goods_received":
            return goods_received(instance, frames["receipts"], date, rules.receipts_at)
        case "receivables":
            return receivables(instance, frames, date, opening)
        case "payables":
            return payables(instance, frames["receipts"], date, opening, rules)
        case "cash":
            return cash(instance, opening)
        case _:
            return spend(instance, frames["spend"], name, date)


def _positions(
    instance: Instance, book: Book, accounts: Sequence[LedgerAccount], trial_balance: TrialBalance
) -> Iterator[Position]:
    by_value: dict[str, list[LedgerAccount]] = {}
    for account in accounts:
        by_value.setdefault(account.scope_value, []).append(account)
    scope = accounts[0].scope
    for number, (value, part) in enumerate(by_value.items()):
        yield _position(
            book,
            value,
            _in_scope(instance, scope, value),
            [account.account for account in part],
            trial_balance,
            instance.settings.currency,
            # What the baseline does not have is in no scope: it is told once.
            has_unknown_items=number == 0,
        )
    if scope != "all" and book.name in ITEM_BOOKS and book.unknown is None:
        yield from _without_account(instance, book, scope, list(by_value))


def _position(
    book: Book,
    value: str,
    is_in_scope: Callable[[str], bool],
    accounts: list[str],
    trial_balance: TrialBalance,
    currency: str,
    *,
    has_unknown_items: bool,
) -> Position:
    missing = [name for name in accounts if name not in trial_balance.balances]
    balances = (trial_balance.balances[name] for name in accounts if not missing)
    ledger = None if missing else to_cent(sum(balances, Decimal(0)), currency)
    books = None if book.unknown is not None else book_total(book, currency, is_in_scope)
    unknown = book.unknown
    if missing:
        unknown = f"{trial_balance.file} has no balance of {', '.join(missing)} on {trial_balance.date}"
    lines: tuple[Line, ...] = ()
    if ledger is not None and books is not None:
        lines = lines_of(book, currency, ledger - books, is_in_scope, has_unknown_items=has_unknown_items)
    return Position(
        book.name,
        value,
        tuple(accounts),
        ledger,
        books,
        lines,
        book.basis,
        unknown,
        book.gaps if has_unknown_items else (),
    )


def _without_account(instance: Instance, book: Book, scope: str, values: Sequence[str]) -> Iterator[Position]:
    """Items that have something in the book, and no account."""
    covered = [_in_scope(instance, scope, value) for value in values]

    def is_left(item: str) -> bool:
        return not any(is_in(item) for is_in in covered)

    left = book_total(book, instance.settings.currency, is_left)
    if left:
        why = f"no account is for items of another {scope.replace('_', ' ')}"
        yield Position(book.name, "all others", (), None, left, (), book.basis, why)


def _in_scope(instance: Instance, scope: str, value: str) -> Callable[[str], bool]:
    if scope == "all":
        return lambda item: True
    names = {
        row.item
        for row, is_in in zip(instance.items, instance.items_in_scope(scope, value), strict=True)
        if is_in
    }
    return names.__contains__
