"""A metric's value in plan and actual, and what of the change between them was the market's and what was ours."""

from dataclasses import dataclass

from stockrail.workbench.scorecard.metric import Metric


@dataclass(frozen=True)
class Score:
    """A metric in one quarter, for all items or some.

    The change from plan to actual has two parts that add up to it. The *market's* is what demand did to the plan as it was made: the plan
    re-valued on the actual demand, less the plan. The *controllable* one is the rest: what was done other than planned, and what
    suppliers did.

    Attributes
    ----------
    scope : blank for all items, else "segment S" or "supplier V".
    plan, revalued, actual : None where there is none; `reason` says why.
    items : items that it is about, those for which everything is known that it needs.
    """

    metric: Metric
    scope: str
    plan: float | None
    revalued: float | None
    actual: float | None
    items: int
    reason: str = ""

    @property
    def change(self) -> float | None:
        """Actual less plan."""
        return _less(self.actual, self.plan)

    @property
    def market(self) -> float | None:
        """The part of the change that the market did."""
        return None if self.change is None else _less(self.revalued, self.plan)

    @property
    def controllable(self) -> float | None:
        """The part of the change that was controllable."""
        return None if self.change is None else _less(self.actual, self.revalued)


def _less(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before
