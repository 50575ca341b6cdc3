"""Units against ledger: every book derived by hand, and the lines of a difference add up to it exactly."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model import Instance
from stockrail.model.schema import OpenOrder
from stockrail.workbench.governance.schema_master_data import LedgerAccount, MasterDataRules
from stockrail.workbench.master_data.book import Line
from stockrail.workbench.master_data.flow_books import fiscal_year_start
from stockrail.workbench.master_data.reconcile import Position, Reconciliation, reconcile
from stockrail.workbench.master_data.trial_balance import TrialBalance
from tests.stockrail.workbench.master_data.samples import (
    DAYS,
    START,
    changed,
    day,
    frames,
    freight,
    receipt,
    three_items,
)

OPENING = START - dt.timedelta(days=1)
END = day(DAYS - 1)
"""Last day of period 0."""

Rows = Iterable[Mapping[str, Any]]


def reconciled(
    balances: Mapping[str, str],
    accounts: Iterable[LedgerAccount],
    date: dt.date = END,
    instance: Instance | None = None,
    rules: Mapping[str, Any] | None = None,
    **actuals: Rows,
) -> Reconciliation:
    """A trial balance of one day against the three items."""
    ledger = {name: Decimal(text) for name, text in balances.items()}
    return reconcile(
        instance or three_items(),
        frames(**actuals),
        TrialBalance("balances.csv", date, (date,), ledger),
        MasterDataRules(accounts=tuple(accounts), **(rules or {})),
        "baseline 1",
    )


def one(book: Any, balance: str, **options: Any) -> Position:
    """The only position, of one account."""
    account = LedgerAccount(account="1", book=book)
    (position,) = reconciled({"1": balance}, [account], **options).positions
    return position


def lines(position: Position) -> list[tuple[str, str, str]]:
    """Kind, item and amount."""
    return [(line.kind, line.subject, str(line.amount)) for line in position.lines]


def stock(item: str, number: int, units: float, money: float | None = None) -> dict[str, Any]:
    """A count at the end of a day."""
    return {"item": item, "date": day(number), "units": units, "money": money}


def test_opening_balances() -> None:
    """10 fans of 22 and 10 filters of 5 are 270 in stock; 1,000 of cash, 7 receivables and 9 payables, which are a credit."""
    terms = three_items().settings.model_copy(update={"opening_receivables": 7.0, "opening_payables": 9.0})
    instance = replace(three_items(), settings=terms)
    for book, balance in (("inventory", "270"), ("cash", "1000"), ("receivables", "7"), ("payables", "-9")):
        position = one(book, balance, date=OPENING, instance=instance)
        assert (position.difference, position.lines) == (Decimal(0), ())
    assert one("inventory", "250", date=OPENING, rules={"stock_at": "unit_cost"}).difference == 0


def test_goods_on_their_way() -> None:
    """20 fans that are ours at shipment are 440 before the baseline begins; kettles are ours at receipt. Later nobody knows."""
    instance = replace(
        changed(three_items(), "suppliers", "importer", ownership="shipment"),
        open_orders=(
            OpenOrder(item="fan", due_period=0, units=20.0),
            OpenOrder(item="kettle", due_period=0, units=5.0),
        ),
    )
    assert one("goods_in_transit", "440", date=OPENING, instance=instance).difference == 0
    later = one("goods_in_transit", "440", instance=instance)
    assert (later.books, later.difference, later.unknown) == (
        None,
        None,
        "actuals do not say what is on its way",
    )


def test_inventory_explained() -> None:
    """Every kind of line, each amount by hand, and what is left of 1,000.00.

    Books: 7 kettles of 10 and 3 fans of 22 are 136; the filter was not counted. Kettles were booked at 77 (7 more), fans at 66, the
    toaster, which the baseline does not have, at 15.50, and the last count of filters, on day 60, at 4 x 5 = 20. 1000 - 136 = 864 is
    7 + 15.50 + 20 and 821.50 that nothing explains.
    """
    position = one(
        "inventory",
        "1000.00",
        stock=[
            stock("kettle", DAYS - 1, 7.0, 77.0),
            stock("fan", DAYS - 1, 3.0, 66.0),
            stock("filter", 60, 4.0),
            stock("filter", 10, 9.0, 99.0),
            stock("toaster", DAYS - 1, 1.0, 15.5),
            stock("toaster", 60, 1.0, 99.0),
            stock("kettle", DAYS, 1.0, 1.0),
        ],
    )
    assert (position.books, position.difference) == (Decimal("136.00"), Decimal("864.00"))
    assert lines(position) == [
        ("not counted", "filter", "20.00"),
        ("not in the baseline", "toaster", "15.50"),
        ("unit cost", "kettle", "7.00"),
        ("unexplained", "", "821.50"),
    ]
    assert [line.text for line in position.lines[:3]] == [
        f"last counted on {day(60)}, 4 units",
        "1 units",
        "7 units, 11 each; baseline 10",
    ]


def test_opening_stock_against_the_count() -> None:
    """The baseline begins with 10 filters of 5, 9 were counted and booked at 46: 5 less for units, 1 more for their cost."""
    position = one("inventory", "266", date=OPENING, stock=[stock("filter", -1, 9.0, 46.0)])
    assert lines(position) == [("units", "filter", "-5.00"), ("unit cost", "filter", "1.00")]


def test_what_was_never_counted_is_said() -> None:
    """Missing is not zero: without any count the books hold nothing, and each item is named."""
    position = one("inventory", "5", stock=[stock("kettle", DAYS - 1, 0.0)])
    assert position.gaps == ("fan was never counted", "filter was never counted")


def test_rounding() -> None:
    """Units at 0.125: 1 kettle, fan and filter each are 0.13 when rounded one by one, 0.38 together. The ledger has 0.39, one by one."""
    instance = three_items()
    for item in ("kettle", "fan", "filter"):
        instance = changed(instance, "items", item, unit_cost=0.125)
    counts = [stock(item, DAYS - 1, 1.0, 0.13) for item in ("kettle", "fan", "filter")]
    position = one("inventory", "0.39", instance=instance, stock=counts, rules={"stock_at": "unit_cost"})
    assert (position.books, lines(position)) == (Decimal("0.38"), [("rounding", "", "0.01")])
    account = LedgerAccount(account="1", book="inventory")
    options: dict[str, Any] = {"instance": instance, "stock": counts, "rules": {"stock_at": "unit_cost"}}
    # Rounding alone is nothing to look into; a cent more is.
    assert reconciled({"1": "0.39"}, [account], **options).beyond(0.0) == ()
    assert len(reconciled({"1": "0.40"}, [account], **options).beyond(0.0)) == 1
    # Booked a cent lower than it is rounded here: rounding, too.
    counts[0] = stock("kettle", DAYS - 1, 1.0, 0.12)
    position = one("inventory", "0.38", instance=instance, stock=counts, rules={"stock_at": "unit_cost"})
    assert lines(position) == []


def test_goods_received() -> None:
    """20 fans of 22 and 10 kettles of 10 are 540; fans were booked at 450, 10 more, a mixer at 30; nothing of last year counts."""
    position = one(
        "goods_received",
        "580.00",
        receipts=[
            receipt("fan", 5, 10.0, money=220.0),
            receipt("fan", 6, 10.0, money=230.0),
            receipt("kettle", 7, 10.0),  # what it cost is not known: no line is about it
            receipt("mixer", 7, 1.0, money=30.0),
            receipt("fan", -10, 50.0, money=1.0),
            receipt("fan", DAYS, 50.0, money=1.0),
        ],
    )
    assert position.books == Decimal("540.00")
    assert lines(position) == [("not in the baseline", "mixer", "30.00"), ("unit cost", "fan", "10.00")]


@pytest.mark.parametrize(
    ("date", "month", "start"),
    [
        (dt.date(2027, 3, 17), 1, dt.date(2027, 1, 1)),
        (dt.date(2027, 3, 17), 4, dt.date(2026, 4, 1)),
        (dt.date(2027, 4, 1), 4, dt.date(2027, 4, 1)),
    ],
)
def test_fiscal_year(date: dt.date, month: int, start: dt.date) -> None:
    """It begins on the first day of its month, this year or the last."""
    assert fiscal_year_start(date, month) == start


def test_payables() -> None:
    """Importer is paid after 36.5 days, half with the order; works after 73.

    At the end of day 72: 20 fans of day 36 are 36 days old and owed, those of day 35 are due since; kettles of day 0 are 72 days old and
    owed. Half of 440 and 100 are 320. Of opening payables of 600, paid over (73 + 36.5 + 73) / 3 = 60.83 days, nothing is left.
    """
    terms = three_items().settings.model_copy(update={"opening_payables": 600.0})
    instance = replace(changed(three_items(), "suppliers", "importer", deposit_share=0.5), settings=terms)
    rows = [
        receipt("fan", 36, 20.0, money=450.0),
        receipt("fan", 35, 50.0, money=1100.0),
        receipt("kettle", 0, 10.0, money=100.0),
        receipt("kettle", -1, 10.0, money=100.0),  # in the opening
    ]
    position = one("payables", "-325.00", instance=instance, receipts=rows)
    assert position.books == Decimal("-320.00")
    # Fans were booked at 10 more, half of it is owed.
    assert lines(position) == [("unit cost", "fan", "-5.00")]
    # At the end of day 29, 30 of 60.83 days are gone: 600 * (1 - 30 / 60.8333) = 304.11 is left; and 100 for kettles.
    assert one("payables", "0", date=day(29), instance=instance, receipts=rows).books == Decimal("-404.11")


def test_receivables() -> None:
    """Customers pay after 36.5 days, half a period: 8 kettles of 20 served in period 0 leave 80, 4 filters of 10 leave 20.

    Opening receivables of 73 are collected by then. Fans are not known. Of 10 kettles 2 were not delivered on time: half of 40 is 20.
    """
    terms = three_items().settings.model_copy(update={"opening_receivables": 73.0})
    instance = replace(three_items(), settings=terms)
    demand: Rows = [
        {"item": "kettle", "date": day(3), "units": 10.0, "served_units": 8.0},
        {"item": "filter", "date": day(3), "units": 4.0, "served_units": 4.0},
        {"item": "fan", "date": day(3), "units": 4.0},
    ]
    position = one("receivables", "100", instance=instance, demand=demand)
    assert (position.books, position.difference) == (Decimal("100.00"), Decimal(0))
    assert position.gaps == (
        "units delivered are not known of fan",
        "where stock was not counted, units on time are taken; those that were late would be 20.00",
    )
    inside = one("receivables", "100", date=day(10), instance=instance, demand=demand)
    assert inside.unknown == f"sales are known by period, and {day(10)} ends none; {OPENING} and {END} do"
    late = one("receivables", "100", date=day(2 * DAYS - 1), instance=instance, demand=demand)
    assert late.unknown == f"actuals by period are not known up to {day(2 * DAYS - 1)}"


def test_receivables_of_what_left_the_stock() -> None:
    """10 filters to begin with and 20 that came, less 6 that are left, are 24 delivered, on time or late: half of 240 is owed."""
    position = one(
        "receivables",
        "120",
        demand=[{"item": "filter", "date": day(3), "units": 30.0, "served_units": 20.0}],
        receipts=[receipt("filter", 5, 20.0)],
        stock=[stock("filter", DAYS - 1, 6.0)],
    )
    assert (position.books, position.gaps) == (
        Decimal("120.00"),
        ("units delivered are not known of kettle, fan",),
    )


def test_payables_as_plans_have_them() -> None:
    """Spread over the period, the importer's terms of half a period leave half of 440, whatever the day; works' of one period leave all of 100."""
    rows = [receipt("fan", 5, 20.0), receipt("kettle", 70, 10.0)]
    rules = {"payables_by": "period"}
    assert one("payables", "0", receipts=rows, rules=rules).books == Decimal("-320.00")
    # A period later the importer is paid, and works, too.
    assert one("payables", "0", date=day(2 * DAYS - 1), receipts=rows, rules=rules).books == 0
    inside = one("payables", "0", date=day(10), receipts=rows, rules=rules)
    assert inside.unknown == f"payables are taken by period, and {day(10)} ends none; {OPENING} and {END} do"


def test_spend() -> None:
    """Bookings of the fiscal year; an account on which nothing was ever booked is not known, not 0."""
    rows = [freight(3, 0.1), freight(4, 0.2), freight(-30, 5.0), freight(DAYS, 7.0)]
    assert one("freight", "0.30", spend=rows).difference == 0
    assert one("overtime", "0.00", spend=rows).unknown == "nothing on this account was imported"


def test_cash_is_known_at_the_beginning_only() -> None:
    """Actuals do not say what was paid."""
    assert one("cash", "1000").unknown == "actuals do not say what was paid; only opening cash is known"


def test_accounts_of_parts() -> None:
    """Two accounts hold what is in the kitchen, none what is in the climate group; an account that is not there is said, others are listed."""
    accounts = [
        LedgerAccount(account=name, book="inventory", scope="product_group", scope_value="kitchen")
        for name in ("1", "2")
    ]
    found = reconciled({"1": "30", "2": "21", "9": "5"}, accounts, date=OPENING)
    kitchen, others = found.positions
    assert (kitchen.title, kitchen.accounts, kitchen.ledger, kitchen.books) == (
        "inventory of kitchen",
        ("1", "2"),
        Decimal(51),
        Decimal(50),
    )
    assert (others.books, others.unknown) == (
        Decimal(220),
        "no account is for items of another product group",
    )
    assert (found.difference, found.not_mapped) == (Decimal(1), ("9",))
    missing = reconciled({"1": "30"}, accounts, date=OPENING).positions[0]
    assert missing.unknown == f"balances.csv has no balance of 2 on {OPENING}"
    assert (missing.ledger, missing.difference, missing.lines) == (None, None, ())


def test_a_day_before_the_baseline_is_refused() -> None:
    """Nothing is known of it."""
    with pytest.raises(ValueError, match="the first day that it can be held against is 2027-01-03"):
        one("inventory", "1", date=OPENING - dt.timedelta(days=1))


amounts = st.decimals(min_value=-10_000, max_value=10_000, places=2)
counted = st.tuples(
    st.sampled_from(["kettle", "fan", "filter", "toaster", "mixer"]),
    st.floats(0, 1000).map(lambda units: round(units, 3)),
    st.none() | st.floats(0, 10_000).map(lambda money: round(money, 2)),
)


@settings(max_examples=30, deadline=None)
@given(amounts, amounts, st.lists(counted, unique_by=lambda row: row[0]), st.booleans())
def test_lines_add_up_exactly(first: Decimal, second: Decimal, counts: list[Any], is_opening: bool) -> None:
    """Whatever was counted and booked: the lines of each position add up to its difference, to the last digit, and so do their sums."""
    date = OPENING if is_opening else END
    number = -1 if is_opening else DAYS - 1
    accounts = [
        LedgerAccount(account="1", book="inventory"),
        LedgerAccount(account="2", book="goods_received"),
    ]
    found = reconciled(
        {"1": str(first), "2": str(second)},
        accounts,
        date=date,
        stock=[stock(item, number, units, money) for item, units, money in counts],
        receipts=[receipt(item, 0, units, money=money) for item, units, money in counts],
    )
    every: list[Line] = []
    for position in found.positions:
        if position.difference is not None:
            assert sum((line.amount for line in position.lines), Decimal(0)) == position.difference
            every += position.lines
    assert sum((line.amount for line in every), Decimal(0)) == found.difference
    assert all(line.amount == round(line.amount, 2) for line in every)


@settings(max_examples=30, deadline=None)
@given(st.lists(counted, unique_by=lambda row: row[0]))
def test_what_stock_lists_say_is_explained(counts: list[Any]) -> None:
    """A ledger that has what the counts were booked at leaves nothing unexplained, where every count says it and every item was counted."""
    complete = [(item, units, money or 0.0) for item, units, money in counts]
    complete += [
        (item, 0.0, 0.0)
        for item in ("kettle", "fan", "filter")
        if item not in {name for name, *_ in complete}
    ]
    ledger = sum((Decimal(str(money)) for _, _, money in complete), Decimal(0))
    position = one(
        "inventory",
        str(ledger),
        stock=[stock(item, DAYS - 1, units, money) for item, units, money in complete],
    )
    assert position.unexplained == 0
