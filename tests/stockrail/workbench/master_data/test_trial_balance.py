"""A trial balance is read exactly, or refused with everything that is wrong with it."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from stockrail.workbench.master_data.trial_balance import TrialBalanceError, read_trial_balance

HEADER = "account,date,balance,currency\n"


def written(tmp_path: Path, text: str) -> Path:
    """A file."""
    file = tmp_path / "balances.csv"
    file.write_text(text, encoding="utf-8")
    return file


def refused(file: Path, currency: str = "EUR", date: dt.date | None = None) -> list[str]:
    """Everything that is wrong with a file."""
    with pytest.raises(TrialBalanceError) as error:
        read_trial_balance(file, currency, date)
    return [str(one) for one in error.value.problems]


def test_balances_of_the_latest_day(tmp_path: Path) -> None:
    """Exact decimals of the latest day, or of the one that is asked for; names are text, other columns are left unread."""
    text = (
        "account,name,date,balance,currency\n"
        "01400,stock,2027-01-31,1234.1,EUR\n"
        "01400,stock,2027-02-28,-0.01,EUR\n"
        "1400,other,2027-02-28,90071992547409.93,EUR\n"
    )
    file = written(tmp_path, text)
    found = read_trial_balance(file, "EUR")
    assert found.date == dt.date(2027, 2, 28)
    # A double has no 90071992547409.93: it is 90071992547409.94 there.
    assert found.balances == {"01400": Decimal("-0.01"), "1400": Decimal("90071992547409.93")}
    earlier = read_trial_balance(file, "EUR", dt.date(2027, 1, 31))
    assert earlier.balances == {"01400": Decimal("1234.1")}
    assert refused(file, date=dt.date(2027, 3, 31)) == [
        "balances.csv, column date: found '2027-03-31'; allowed: a day of the file: 2027-01-31, 2027-02-28"
    ]


def test_everything_wrong_is_refused_together(tmp_path: Path) -> None:
    """Thousands separators, fractions of a cent, exponents, another currency, a blank, a German date, an account twice."""
    text = HEADER + (
        '1400,2027-01-31,"1,234.50",EUR\n'
        "1400,2027-01-31,1.005,USD\n"
        "1600,31.01.2027,1e3,EUR\n"
        "1600,2027-01-31,,EUR\n"
        ",2027-01-31,NaN,EUR\n"
    )
    number = "allowed: a plain number with at most 2 decimals, such as -1234.5"
    where = "balances.csv, row"
    assert sorted(refused(written(tmp_path, text))) == sorted(
        [
            f"{where} 2, column balance: found '1,234.50'; {number}",
            f"{where} 3, column balance: found '1.005'; {number}",
            f"{where} 3, column currency: found 'USD'; allowed: EUR, the currency of the baseline: nothing is converted",
            f"{where} 3, column account: found '1400'; allowed: each account once for a date; row 2 is the same",
            f"{where} 4, column date: found '31.01.2027'; allowed: a date such as 2027-01-04",
            f"{where} 4, column balance: found '1e3'; {number}",
            f"{where} 5, column balance: blank; {number}",
            f"{where} 6, column account: blank; allowed: text of 1 to 120 characters",
            f"{where} 6, column balance: found 'NaN'; {number}",
        ]
    )


@pytest.mark.parametrize(
    ("currency", "balance", "is_taken"),
    [
        ("EUR", "1.23", True),
        ("JPY", "123", True),
        ("JPY", "1.2", False),
        ("KWD", "1.234", True),
        ("KWD", "1.2345", False),
    ],
)
def test_the_smallest_coin_is_the_currency_s(
    tmp_path: Path, currency: str, balance: str, is_taken: bool
) -> None:
    """Yen have no decimals, dinars three."""
    file = written(tmp_path, f"{HEADER}1400,2027-01-31,{balance},{currency}\n")
    if is_taken:
        assert read_trial_balance(file, currency).balances["1400"] == Decimal(balance)
    else:
        assert len(refused(file, currency)) == 1


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """Missing, without a column, or empty."""
    assert "can be read" in refused(tmp_path / "balances.csv")[0]
    assert refused(written(tmp_path, "account,date,currency\n1400,2027-01-31,EUR\n")) == [
        "balances.csv, row 1, column balance: blank; allowed: a column of a plain number with at most 2 decimals, such as -1234.5"
    ]
    assert refused(written(tmp_path, HEADER)) == ["balances.csv: missing; allowed: at least one row"]
