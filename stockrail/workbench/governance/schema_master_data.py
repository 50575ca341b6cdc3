"""`master_data` of governance.yaml: how far master data may drift, and which accounts of finance hold what."""

from typing import Annotated, Literal

from pydantic import Field

from stockrail.model.schema_values import Days, Money, Name, OptionalName, Rate, Row, Scope, Share
from stockrail.workbench.accounts import Account

ITEM_BOOKS = ("inventory", "goods_in_transit", "goods_received")
"""Books that are sums over items and nothing else, so that an account may hold the part of a scope."""

Book = Literal[
    "inventory",
    "goods_in_transit",
    "goods_received",
    "receivables",
    "payables",
    "cash",
    Account,
]

ValuedAt = Literal["unit_value", "unit_cost"]
"""With freight and duty, or without."""

PaidBy = Literal["day", "period"]


class LedgerAccount(Row):
    """An account of finance's trial balance, and the book of Stockrail that it holds.

    Attributes
    ----------
    account : as the trial balance names it, each once. Several accounts of one book and scope value are added up.
    scope, scope_value : which items, for books that are sums over items; all accounts of a book have one kind of scope.
    """

    account: Name
    book: Book
    scope: Scope = "all"
    scope_value: OptionalName = ""


class MasterDataRules(Row):
    """Tolerances of master data. Money is in the currency of the baseline.

    Attributes
    ----------
    unit_cost_share : a unit cost may differ by such a share of what the baseline says.
    freight_rate_points : a freight rate may differ by so much; 0.005 is half a percent of the unit cost.
    lead_time_days : a lead time may differ by so many days on average; None for half a period, which whole periods cannot tell.
    lot_size_receipts_share : such a share of an item's receipts may be no multiple of its lot size.
    payment_days : payment terms may differ by so many days.
    least_money : drift that means less money is no exception.
    look_back_days : actuals of so many days, up to the last one, are looked at.
    receipts_at, stock_at : whether the money of receipts and of stock counts has freight and duty in it.
    payables_by : `day`: a receipt is owed until it is due; `period`: spread over periods, as plans have them.
    due_working_days : days until an exception is due.
    ledger_owner : role that answers for differences between units and ledger.
    most_ledger_difference : a difference up to so much is no exception.
    accounts : of the trial balance.
    """

    unit_cost_share: Rate = 0.02
    freight_rate_points: Rate = 0.005
    lead_time_days: Days | None = None
    lot_size_receipts_share: Share = 0.0
    payment_days: Days = 0.0
    least_money: Money = 0.0
    look_back_days: Annotated[int, Field(ge=1, le=3650)] = 91
    receipts_at: ValuedAt = "unit_value"
    stock_at: ValuedAt = "unit_value"
    payables_by: PaidBy = "day"
    due_working_days: Annotated[int, Field(ge=0, le=250)] = 5
    ledger_owner: Name = "finance"
    most_ledger_difference: Money = 0.0
    accounts: tuple[LedgerAccount, ...] = ()
