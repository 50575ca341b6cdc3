"""`root_cause` of governance.yaml: from when on something that happened is a miss, and what counts as assumed wrongly."""

from typing import Annotated

from pydantic import Field

from stockrail.model.schema_values import Days, Money, Rate, Row, Share


class RootCauseRules(Row):
    """Thresholds of the search for causes. Money is in the currency of the plan.

    Attributes
    ----------
    least_fill_rate : an item of which a smaller share of a period's demand was served has run out.
    least_stockout_money : and earned less for it by at least so much.
    most_cover_days : stock beyond the demand that the plan expects in so many days is excess; None for the
        `forward_cover_days` of the instance.
    least_excess_money : and is worth at least so much.
    spike_share : expediting of a period that is more than the plan's by a larger share is a spike.
    least_spike_money : and by at least so much money.
    tail_probability : demand that the plan gave a smaller probability than this, of being so high or so low, was outside the fan.
    late_days : a lead time that was longer by no more days is as assumed.
    quantity_tolerance : receipts that are less than due by no larger share are as assumed.
    cost_tolerance : a unit cost that is higher by no larger share is as assumed.
    """

    least_fill_rate: Share = 0.95
    least_stockout_money: Money = 0.0
    most_cover_days: Days | None = None
    least_excess_money: Money = 0.0
    spike_share: Rate = 0.5
    least_spike_money: Money = 0.0
    tail_probability: Annotated[float, Field(gt=0, lt=0.5, allow_inf_nan=False)] = 0.05
    late_days: Days = 0.0
    quantity_tolerance: Share = 0.02
    cost_tolerance: Rate = 0.01
