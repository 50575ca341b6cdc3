"""Whether a calibration should be done again before its time: what has changed since the last one (docs/calibration.md)."""

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np

from stockrail.calibration.actuals import Actuals, Outcome, outcomes
from stockrail.calibration.delays import Lateness, delay_findings
from stockrail.calibration.finding import Finding, Thresholds, ranked, revenue_of
from stockrail.calibration.shifts import Shifts
from stockrail.formats import amount, percent
from stockrail.model.instance import Instance


def review(
    before: Instance,
    now: Instance,
    today: dt.date,
    thresholds: Thresholds,
    actuals: Actuals | None = None,
    deliveries: Sequence[Lateness] = (),
) -> list[Finding]:
    """Compare the present instance with the one of the last calibration.

    Parameters
    ----------
    actuals : demand that came since; without it bias and errors are not judged.
    deliveries : from `lateness`, what came since of each supplier; without it only planned lead times are judged.

    Returns
    -------
    The reasons for a review, none where none is called for.
    """
    found = list(_regular(before, today, thresholds))
    found += Shifts(before, now, thresholds).findings()
    if actuals is not None:
        found += _of_outcomes(outcomes(before, actuals), now, thresholds)
    return found + list(delay_findings(before, now, deliveries, thresholds))


def _regular(before: Instance, today: dt.date, thresholds: Thresholds) -> Iterator[Finding]:
    days = (today - before.settings.start).days
    if days >= thresholds.interval_days:
        yield Finding(
            "regular",
            (),
            1.0,
            f"The last calibration was for {before.settings.start}, {days} days ago; one is due every {thresholds.interval_days} days.",
        )


def _of_outcomes(found: list[Outcome], now: Instance, thresholds: Thresholds) -> Iterator[Finding]:
    """Bias and errors by segment, then the bias of single items."""
    revenue, names = revenue_of(now), [row.item for row in now.items]
    said: set[str] = set()
    for outcome in found:
        concerned = np.isin(names, outcome.items) & ~np.isin(names, list(said))
        if not concerned.any():
            continue
        items, share = ranked(names, revenue, concerned)
        if share < thresholds.revenue_share:
            continue
        if outcome.is_sustained(thresholds.bias_share, thresholds.bias_periods):
            said |= set(items)
            bias = outcome.bias_share(thresholds.bias_periods)
            side = "above" if bias > 0 else "below"
            yield Finding(
                "bias",
                items,
                share,
                f"Demand of {outcome.name} was {side} forecast in each of the last {thresholds.bias_periods} periods, by "
                f"{percent(abs(bias), 0)} in all (threshold {percent(thresholds.bias_share, 0)}).",
            )
        ratio = outcome.error_ratio
        is_known = len(outcome.error) >= thresholds.bias_periods and outcome.is_segment
        if is_known and ratio >= thresholds.error_ratio:
            yield Finding(
                "error",
                items,
                share,
                f"Forecast errors of {outcome.name} were {amount(ratio, 1)} times as large as the calibration counted on "
                f"(threshold {thresholds.error_ratio:g}).",
            )
