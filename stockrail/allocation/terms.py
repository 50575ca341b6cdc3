"""Which allocation rule holds for whom: priority, commitment and message of a customer for an item."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from stockrail.model.customer_segmentation import customer_segmentation
from stockrail.model.instance import Instance

OTHERS = ""
"""The name of customers that are not listed, in tables; `name_of` has words for it."""


@dataclass(frozen=True)
class Terms:
    """What holds for a customer and an item.

    Attributes
    ----------
    priority : 1 goes before 2.
    committed_share : of what is asked so much was promised, 0 to 1.
    message : what they are told where less comes.
    """

    priority: int = 1
    committed_share: float = 0.0
    message: str = ""


NO_TERMS = Terms()
"""Of whom no rule says anything: nobody goes before them, nothing was promised."""


@dataclass(frozen=True)
class TermsBook:
    """The allocation rules of an instance.

    Attributes
    ----------
    rows : by (customer, customer_segment, item, item_segment).
    customer_segments : by customer; as the rules of segmentation form them, where there are any.
    """

    rows: Mapping[tuple[str, str, str, str], Terms]
    customer_segments: Mapping[str, str]

    @staticmethod
    def of(instance: Instance) -> "TermsBook":
        """Those of an instance."""
        return TermsBook(
            {
                (row.customer, row.customer_segment, row.item, row.item_segment): Terms(
                    row.priority, row.committed_share, row.message
                )
                for row in instance.allocation_rules
            },
            customer_segments(instance),
        )

    def terms(
        self, customer: str, item: str, item_segment: str, customer_segment: str | None = None
    ) -> Terms:
        """Those of the most particular row that fits: first by customer, then by item.

        Parameters
        ----------
        customer : `OTHERS` for customers that are not listed.
        customer_segment : by default the customer's.
        """
        segment = self.customer_segments.get(customer, "") if customer_segment is None else customer_segment
        for who in _most_particular_first(customer, segment):
            for what in _most_particular_first(item, item_segment):
                found = self.rows.get((*who, *what))
                if found is not None:
                    return found
        return NO_TERMS

    @cached_property
    def has_commitments(self) -> bool:
        """Whether anything was promised to anybody."""
        return any(terms.committed_share > 0 for terms in self.rows.values())


def _most_particular_first(name: str, segment: str) -> list[tuple[str, str]]:
    """What rows may name: it, its segment, or, with both blank, everything."""
    return [*([(name, "")] if name else ()), *([("", segment)] if segment else ()), ("", "")]


def customer_segments(instance: Instance) -> dict[str, str]:
    """The segment of each customer: as the rules of segmentation form them, or as given where there are none."""
    names = [row.customer for row in instance.customers]
    if instance.settings.segmentation is None:
        return {row.customer: row.segment for row in instance.customers}
    return dict(zip(names, customer_segmentation(instance).segment, strict=True))


def name_of(customer: str, has_customers: bool = True) -> str:
    """A customer in words."""
    return customer or ("customers not listed" if has_customers else "all customers")
