"""Finance's trial balance: a CSV file of accounts and balances, read whole and refused with every error at once."""

import csv
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema_values import Name, Row
from stockrail.trees.tables import read_table
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.master_data.cents import decimals_of
from stockrail.workbench.monitoring.actuals_files import Day

COLUMNS = ("account", "date", "balance", "currency")


class TrialBalanceError(WorkbenchError):
    """A trial balance cannot be taken. `problems` holds everything that is wrong; the message lists it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{count} in the trial balance:", *(f"  {one}" for one in problems)]))


class Balance(Row):
    """A row: what an account holds at the end of a day. A debit is positive, a credit negative."""

    account: Name
    date: Day
    balance: Decimal
    currency: str


@dataclass(frozen=True)
class TrialBalance:
    """Balances of one day.

    Attributes
    ----------
    dates : every day that the file has balances of.
    balances : by account, of `date`.
    """

    file: str
    date: dt.date
    dates: tuple[dt.date, ...]
    balances: dict[str, Decimal]


def read_trial_balance(path: Path, currency: str, date: dt.date | None = None) -> TrialBalance:
    """Read the columns account, date, balance and currency; others, such as names of accounts, are left unread.

    Parameters
    ----------
    currency : of the baseline. Nothing is converted: a row in another currency is refused.
    date : the day whose balances are wanted; None for the latest one in the file.

    Raises
    ------
    TrialBalanceError
        With every problem: cells, accounts that are there twice, a day that is not there.
    """
    problems: list[Problem] = []
    rows: tuple[Balance, ...] = ()
    try:
        rows = read_table(path, _model(currency)).rows
    except InstanceError as error:
        problems += error.problems
    problems += _repeated(path)
    dates = tuple(sorted({row.date for row in rows}))
    if date is not None and rows and date not in dates:
        listed = ", ".join(str(one) for one in dates)
        problems.append(Problem(path.name, None, "date", str(date), f"a day of the file: {listed}"))
    if problems:
        raise TrialBalanceError(sorted(problems, key=lambda one: one.row or 0))
    chosen = dates[-1] if date is None else date
    return TrialBalance(
        path.name, chosen, dates, {row.account: row.balance for row in rows if row.date == chosen}
    )


def _model(currency: str) -> type[Balance]:
    """The row, with what a balance and a currency may be."""
    decimals = decimals_of(currency)
    pattern = re.compile(r"-?\d{1,18}" + (rf"(\.\d{{1,{decimals}}})?" if decimals else ""))

    def plain(value: Any) -> Any:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError("not a plain number")
        return value

    allowed = (
        f"a plain number with at most {decimals} decimals, such as -1234.5"
        if decimals
        else "a whole number, such as -1234"
    )
    balance = Annotated[
        Decimal,
        BeforeValidator(plain),
        WithJsonSchema({"description": allowed}),
    ]
    same = Annotated[
        str,
        Field(
            pattern=f"^{currency}$",
            description=f"{currency}, the currency of the baseline: nothing is converted",
        ),
    ]
    model: type[Balance] = create_model(
        "Balance", __base__=Balance, balance=(balance, ...), currency=(same, ...)
    )
    return model


def _repeated(path: Path) -> Iterator[Problem]:
    """Accounts that have two balances of one day; also where other cells are wrong."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            keys = [
                (reader.line_num, (record.get("account") or "").strip(), (record.get("date") or "").strip())
                for record in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error):
        return  # which reading the table has said
    seen: dict[tuple[str, str], int] = {}
    for line, account, date in keys:
        if account and (account, date) in seen:
            allowed = f"each account once for a date; row {seen[account, date]} is the same"
            yield Problem(path.name, line, "account", account, allowed)
        seen.setdefault((account, date), line)
