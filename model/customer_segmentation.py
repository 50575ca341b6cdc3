"""Segments of customers by the revenue and margin of what they buy (docs/formulation.md, section 13)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Array, Instance
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.schema_values import Criterion
from stockrail.model.segmentation import Basis, demand_facts, form, margin_rates, share_before


@dataclass(frozen=True)
class CustomerSegmentation:
    """Every customer's segment with the numbers that decided it; what is not said here is as in `Segmentation`.

    Attributes
    ----------
    revenue : [customers]
        Expected revenue of the customer's share of each item's demand, in money.
    revenue_share_before : [customers]
        Share that customers with more revenue have in the revenue of all that are listed; 1 where there is none.
    margin_rate : [customers]
        Margin over the landed cost as a share of that revenue; NaN where there is none.
    """

    rules: SegmentationRules
    revenue: Array
    revenue_share_before: Array
    margin_rate: Array
    classes: dict[Criterion, tuple[str, ...]]
    held: dict[Criterion, NDArray[np.bool_]]
    by_rules: tuple[str, ...]
    segment: tuple[str, ...]
    basis: tuple[Basis, ...]


def customer_segmentation(instance: Instance) -> CustomerSegmentation:
    """Form the segments of an instance's customers by its rules; without rules, say what the default ones would form.

    Nothing is known of a customer's own variability, so there is no XYZ. All customers pay the list price: where they do not, revenue and
    margin are not theirs.
    """
    rules = instance.settings.segmentation or SegmentationRules()
    position = {row.customer: k for k, row in enumerate(instance.customers)}
    shares = np.zeros((len(position), len(instance.items)))
    for row in instance.customer_shares:
        shares[position[row.customer], instance.item_index[row.item]] = row.demand_share
    item_revenue, _ = demand_facts(instance)
    revenue = shares @ item_revenue
    margin = shares @ (item_revenue * np.nan_to_num(margin_rates(instance)))
    margin_rate: Array = np.divide(margin, revenue, out=np.full(len(revenue), np.nan), where=revenue > 0)
    before = share_before(revenue)
    numbers: dict[Criterion, Array] = {"abc": before, "margin": margin_rate}
    formed = form(instance, rules, rules.customer_criteria, instance.customers, numbers)
    return CustomerSegmentation(rules, revenue, before, margin_rate, **vars(formed))
