"""The rule of an ERP on paths: safety stock, cover and review rhythm (docs/formulation.md, section 10)."""

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray
from stockrail.simulation.forecasts import Forecast, MeanForecast
from stockrail.simulation.policies import lots_up_to
from stockrail.simulation.state import State
from stockrail.simulation.world import World


class RulePolicy:
    """What an ERP orders with its targets.

    At a review, where the position is below the reorder point, it orders up to the order-up-to level. An ERP knows the planned
    lead time and a forecast, no delays.

    Parameters
    ----------
    safety_factor : standard deviations of safety stock, NaN where `safety_stock_units` says it; one for all, or [items].
    safety_stock_units : units, NaN where the factor says it.
    cover_periods, review_periods : as in `current_targets`.
    forecast : by default the instance's mean demand, whatever happens.
    """

    def __init__(
        self,
        world: World,
        *,
        cover_periods: float | Array,
        review_periods: int | IntArray = 1,
        safety_factor: float | Array = np.nan,
        safety_stock_units: float | Array = np.nan,
        forecast: Forecast | None = None,
    ) -> None:
        self._factor = np.broadcast_to(np.asarray(safety_factor, dtype=np.float64), world.items)
        self._units = np.broadcast_to(np.asarray(safety_stock_units, dtype=np.float64), world.items)
        if (np.isnan(self._factor) & np.isnan(self._units)).any():
            raise ValueError("Expected a safety factor or a safety stock in units for every item.")
        self._forecast = forecast or MeanForecast(world.mean_demand)
        self._review = np.broadcast_to(np.asarray(review_periods, dtype=np.int64), world.items)
        lead_time = world.lead_time_periods.astype(np.float64)
        interval = world.instance.supplier_column("order_interval_periods").astype(np.int64)
        self._offset = world.instance.supplier_column("order_offset_periods").astype(np.int64)
        cycle = np.lcm(interval, self._review)
        self._reorder_ahead = lead_time + (cycle - 1)
        self._cover_ahead = lead_time + np.maximum(cover_periods, cycle - 1)

    @staticmethod
    def current(world: World, forecast: Forecast | None = None) -> "RulePolicy":
        """Today's settings of the ERP, the table `current_targets`.

        Raises
        ------
        ValueError
            An item has no row there.
        """
        instance: Instance = world.instance
        rows = {row.item: row for row in instance.current_targets}
        missing = [row.item for row in instance.items if row.item not in rows]
        if missing:
            raise ValueError(
                f"current_targets.csv has no row for {len(missing)} items, the first is {missing[0]}; today's rule needs one for "
                "each item."
            )
        of_item = [rows[row.item] for row in instance.items]
        return RulePolicy(
            world,
            safety_stock_units=np.array([row.safety_stock_units for row in of_item]),
            cover_periods=np.array([row.cover_periods for row in of_item]),
            review_periods=np.array([row.review_periods for row in of_item], dtype=np.int64),
            forecast=forecast,
        )

    def safety_stock(self, world: World, period: int) -> Array:
        """Safety stock of orders placed in a period [items], units."""
        arrival = np.minimum(period + world.lead_time_periods, world.periods - 1)
        sigma = world.protection_sigma[np.arange(world.items), arrival]
        return np.where(np.isnan(self._units), np.nan_to_num(self._factor) * sigma, self._units)

    def orders(self, state: State) -> IntArray:
        """Lots of all items under review."""
        # Open orders that are due after what is ordered now would arrive are of no help until then.
        aim = self.safety_stock(state.world, state.period) + self._scheduled_later(state)
        reorder_point = aim + self._forecast.ahead(state, self._reorder_ahead)
        order_up_to = aim + self._forecast.ahead(state, self._cover_ahead)
        is_review = (state.period - self._offset) % self._review == 0
        to_reorder_point = lots_up_to(state, reorder_point)
        return np.asarray(np.where(is_review & (to_reorder_point > 0), lots_up_to(state, order_up_to), 0))

    def _scheduled_later(self, state: State) -> Array:
        """Units of open orders due after the planned lead time of an order placed now [items]."""
        world = state.world
        is_later = np.arange(world.periods) > state.period + world.lead_time_periods[:, None]
        return np.asarray((world.scheduled * is_later).sum(axis=1))
