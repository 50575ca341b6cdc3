"""The difference of an account and a book, explained line by line to the cent. The lines add up to it exactly."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from stockrail.workbench.master_data.book import Book, Line
from stockrail.workbench.master_data.cents import decimals_of, to_cent

UNEXPLAINED = "look at the postings of the account"


def book_total(book: Book, currency: str, is_in_scope: Callable[[str], bool]) -> Decimal:
    """What a book holds of the items in scope, rounded once."""
    return to_cent(
        sum((entry.amount for item, entry in book.items.items() if is_in_scope(item)), book.other), currency
    )


def lines_of(
    book: Book,
    currency: str,
    difference: Decimal,
    is_in_scope: Callable[[str], bool],
    *,
    has_unknown_items: bool,
) -> tuple[Line, ...]:
    """What makes up a difference, the largest first; what nothing explains is a line, too.

    Parameters
    ----------
    difference : what the ledger has more than the book.
    has_unknown_items : whether what is in no scope, as the baseline does not have it, belongs here.
    """
    coin = Decimal(1).scaleb(-decimals_of(currency))
    found, rounding = [], Decimal(0)
    for line in _item_lines(book, currency, is_in_scope):
        # A cent is how often something was rounded, not what a unit costs.
        if line.kind == "unit cost" and abs(line.amount) <= coin:
            rounding += line.amount
        elif line.amount:
            found.append(line)
    for name, (kind, amount, text) in book.foreign.items():
        is_here = has_unknown_items if kind == "not in the baseline" else is_in_scope(name)
        if is_here and (booked := to_cent(amount, currency)):
            found.append(Line(kind, name, booked, text))
    each = sum(
        (to_cent(entry.amount, currency) for item, entry in book.items.items() if is_in_scope(item)),
        to_cent(book.other, currency),
    )
    rounding += each - book_total(book, currency, is_in_scope)
    found.sort(key=lambda line: (-abs(line.amount), line.subject))
    if rounding:
        found.append(Line("rounding", "", rounding, "amounts of items rounded one by one"))
    rest = difference - sum((line.amount for line in found), Decimal(0))
    if rest:
        found.append(Line("unexplained", "", rest, UNEXPLAINED))
    return tuple(found)


def _item_lines(book: Book, currency: str, is_in_scope: Callable[[str], bool]) -> Iterator[Line]:
    for item, entry in book.items.items():
        if entry.recorded is None or not is_in_scope(item):
            continue
        rest = to_cent(entry.recorded, currency) - to_cent(entry.amount, currency)
        for kind, amount, text in entry.explained:
            rest -= to_cent(amount, currency)
            yield Line(kind, item, to_cent(amount, currency), text)
        yield Line("unit cost", item, rest, entry.text)
