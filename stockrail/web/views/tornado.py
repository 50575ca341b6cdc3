"""A tornado: what each driver moves of the expected margin when it is lower and higher."""

from pydantic import BaseModel, ConfigDict, Field

from stockrail.comparisons.tornado_chart import tornado_charts
from stockrail.comparisons.tornado_result import Bar, Found, TornadoSide, changes_of
from stockrail.comparisons.tornado_words import infeasible_sentences, main_sentence
from stockrail.formats import finite
from stockrail.reports.chart_parts import Chart
from stockrail.workbench.runs.sweeps import tornado_of_run
from stockrail.workbench.store.tables import Run


class FoundView(BaseModel):
    """A plan with its proof. Money in the currency of the run; null where there is no plan."""

    model_config = ConfigDict(frozen=True)

    status: str = Field(
        description="proven within the gap asked for, feasible, infeasible, none, not solved, not allowed, or cannot move."
    )
    reason: str = Field(description="Why there is no plan.")
    expected_margin: float | None
    objective: float | None
    bound: float | None
    gap: float | None = Field(description="A share.")
    seconds: float


class SideView(BaseModel):
    """A driver made lower or higher."""

    model_config = ConfigDict(frozen=True)

    side: str = Field(description="low or high.")
    change: str = Field(description="By how much, in words.")
    found: FoundView
    difference: float | None = Field(description="Money that its plan earns more than the baseline's.")
    least: float | None = Field(description="What the bounds leave possible, at least.")
    most: float | None = Field(description="And at most.")
    is_within_gap: bool | None = Field(description="Two equally good plans could show as much.")
    what_if: str = Field(description="Name of the what-if that gives the same number again.")
    changes: list[dict[str, object]] = Field(description="Its changes, as a scenario has them.")


class BarView(BaseModel):
    """A driver."""

    model_config = ConfigDict(frozen=True)

    driver: str
    words: str
    low: SideView
    high: SideView
    size: float = Field(description="Money between the worst and the best of low, baseline and high.")
    is_infeasible: bool = Field(description="One side leaves no plan that keeps the limits.")
    is_within_gap: bool


class TornadoView(BaseModel):
    """A tornado, as far as it is known."""

    model_config = ConfigDict(frozen=True)

    currency: str
    objective_name: str = Field(description="What bars are about: the expected margin, or the objective.")
    gap: float = Field(description="Asked for, a share.")
    largest_gap: float | None
    base: FoundView
    bars: tuple[BarView, ...] = Field(description="Those that leave no plan, then what moves most.")
    not_solved: int = Field(description="Sides that were not solved.")
    main: str = Field(description="What moves most, in words; amounts in full, in the run's currency.")
    infeasible: tuple[str, ...] = Field(description="Each side that leaves no plan, and why.")


def view(run: Run) -> TornadoView | None:
    """What a run has found; None where it is no tornado, or has found nothing yet."""
    made = tornado_of_run(run)
    if made is None:
        return None
    return TornadoView(
        currency=made.currency,
        objective_name=made.objective_name,
        gap=made.gap,
        largest_gap=finite(made.largest_gap),
        base=_found(made.base),
        bars=tuple(_bar(bar) for bar in made.bars),
        not_solved=made.not_solved,
        main=main_sentence(made),
        infeasible=tuple(infeasible_sentences(made)),
    )


def charts(run: Run) -> list[Chart]:
    """The bars; none before anything can be compared."""
    made = tornado_of_run(run)
    return [] if made is None else tornado_charts(made)


def _bar(bar: Bar) -> BarView:
    return BarView(
        driver=bar.driver,
        words=bar.words,
        low=_side(bar.low),
        high=_side(bar.high),
        size=bar.size,
        is_infeasible=bar.is_infeasible,
        is_within_gap=bar.is_within_gap,
    )


def _side(side: TornadoSide) -> SideView:
    difference = side.difference
    return SideView(
        side=side.side,
        change=side.change,
        found=_found(side.found),
        difference=None if difference is None else difference.amount,
        least=None if difference is None else finite(difference.least),
        most=None if difference is None else finite(difference.most),
        is_within_gap=None if difference is None else difference.is_within_gap,
        what_if=side.what_if.name,
        changes=changes_of(side.what_if),
    )


def _found(found: Found) -> FoundView:
    return FoundView(
        status=found.status,
        reason=found.reason,
        expected_margin=finite(found.expected_margin),
        objective=finite(found.objective),
        bound=finite(found.bound),
        gap=finite(found.gap),
        seconds=found.seconds,
    )
