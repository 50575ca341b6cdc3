"""The prices that a plan shows: measured in the session that found the plan, within a budget of rounds.

The budget counts rounds and not seconds, so that the same seed gives the same prices. Seconds are an emergency brake.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stockrail.finance.limit_price import LimitPrice
from stockrail.finance.prices import capital_years_of
from stockrail.solvers.highs import SolverError
from stockrail.solvers.limit_moves import LimitKey, periods, sides
from stockrail.solvers.price import PriceStatus
from stockrail.solvers.price_ranges import price_ranges
from stockrail.solvers.result import InfeasibleError, SolveOptions
from stockrail.solvers.session import Session

Pricing = Literal["none", "quick", "all", "by period"]
"""How much to spend on prices: nothing, a share of the solve, whatever all limits take, and their periods as well."""

LEAST_WORK = 7_500_000
"""Rounds times items times nodes that quick prices may take at least; some ten seconds of two free cores."""

SHARE_OF_SOLVE = 0.5
"""Of the rounds of the solve, where that is more."""

BRAKE_SECONDS, BRAKE_SHARE = 60.0, 1.0
"""Quick prices end after so many seconds, or so many times the seconds of the solve if that is more, at any rate."""

OVER_BUDGET = "not computed within the plan's budget: --prices computes it"
STOPPED = "not computed: stopped before"
LOOSENED = "not computed: limits were loosened, and their prices as stated have no meaning"


@dataclass(frozen=True)
class PlanPrices:
    """Prices by limit, with what a reader must know of them.

    Attributes
    ----------
    by_limit : of sides of guardrails, and of single periods of them where that was asked for.
    notes : sentences for the certificate.
    """

    by_limit: Mapping[LimitKey, LimitPrice] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, guardrail: str, side: str, period: int | None = None) -> LimitPrice:
        """The price of a limit; one that says so where it is not known."""
        return self.by_limit.get(LimitKey(guardrail, side, period), LimitPrice())


def loosened_prices(session: Session) -> PlanPrices:
    """Of a plan whose limits were loosened: none, and why."""
    blocks = session.guardrails.blocks
    return PlanPrices(
        {LimitKey(block.name, block.side): LimitPrice(price_holds=LOOSENED) for block in blocks}
    )


def measured_prices(
    session: Session,
    options: SolveOptions,
    pricing: Pricing,
    solve_seconds: float,
    *,
    is_whole_range: bool = False,
    on_progress: Callable[[str], None] = lambda doing: None,
) -> PlanPrices:
    """Prices measured by moving each limit up and down.

    Parameters
    ----------
    session : which has solved under the instance's limits; it ends under them.
    options : those of the plan. Its time limit is that of `pricing` "all" and "by period".
    solve_seconds : of the plan.
    is_whole_range : whether quick prices take as many steps as their whole range needs, within the budget of quick ones.
    on_progress : called with what is being done.
    """
    if pricing == "none" or not len(session.guardrails):
        return PlanPrices()
    budget = _Budget(session, options, pricing, solve_seconds)

    def show(done: int, total: int, key: LimitKey) -> None:
        name = key.guardrail if key.period is None else f"{key.guardrail}, period {key.period}"
        on_progress(f"price {done + 1} of {total}: {name}")

    try:
        found = price_ranges(
            session,
            session.guardrails,
            options,
            by_period=pricing == "by period",
            is_quick=pricing == "quick" and not is_whole_range,
            time_limit=budget.seconds,
            on_progress=show,
            is_cancelled=budget.is_over,
        )
    except (InfeasibleError, SolverError) as error:
        # The plan is there and proven; that it cannot be priced is no reason to lose it.
        return PlanPrices(notes=(f"Prices could not be computed: {str(error).splitlines()[0]}",))
    reason = budget.reason()
    prices = {
        LimitKey(price.guardrail, price.side, price.period): LimitPrice.of(
            price, capital_years_of(session.guardrails, price), reason
        )
        for price in found
    }
    if pricing == "by period":
        for key in sides(session.guardrails):
            only = periods(session.guardrails, key)
            if len(only) == 1 and key in prices:
                prices[LimitKey(key.guardrail, key.side, only[0])] = prices[key]
    is_open = any(price.status is PriceStatus.OPEN for price in found)
    return PlanPrices(prices, budget.notes() if is_open else ())


class _Budget:
    """Rounds and seconds that prices may take, and which of them ended it."""

    def __init__(
        self, session: Session, options: SolveOptions, pricing: Pricing, solve_seconds: float
    ) -> None:
        self._pool = session.pool
        self._options = options
        self._began = time.perf_counter()
        known = len(self._pool.plans)
        self._last = float("inf")
        self.seconds = options.time_limit
        if pricing == "quick":
            # Each round adds one plan to the pool, and so does each answer to a plan while the solve looks for better ones.
            least = LEAST_WORK // session.tables.demand.size
            self._last = known + max(least, int(SHARE_OF_SOLVE * known))
            self.seconds = max(BRAKE_SECONDS, BRAKE_SHARE * solve_seconds)

    def is_over(self) -> bool:
        """Whether to stop."""
        return self._options.is_cancelled() or self._are_rounds_up()

    def reason(self) -> str:
        """Why a price is missing."""
        return OVER_BUDGET if not self._options.is_cancelled() and self._are_rounds_up() else STOPPED

    def notes(self) -> tuple[str, ...]:
        """What the certificate says of prices that are missing."""
        if self._options.is_cancelled():
            return ("The prices were stopped; those computed until then are kept.",)
        if self._are_rounds_up():
            return ()
        note = f"The prices were ended by the clock after {self.seconds:.0f} seconds: another run may have more or fewer of them."
        return (note,)

    def _are_rounds_up(self) -> bool:
        return len(self._pool.plans) >= self._last
