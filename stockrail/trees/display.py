"""What a person sees of trees and views on a terminal."""

from collections.abc import Sequence

import pandas as pd

from stockrail.formats import amount, money_plain, percent, plural
from stockrail.trees.deliveries import DelayDistribution
from stockrail.trees.quality import TreeQuality
from stockrail.trees.stability_report import CONFIDENCE, Stability, TreeSize

MOST_SEGMENTS = 12
"""Segments that a terminal lists; the file has all."""


def quality_lines(quality: TreeQuality) -> list[str]:
    """What a tree keeps of its paths, in sentences."""
    apart, from_mean = percent(quality.distance), percent(quality.distance_without_branches)
    kept, branched = percent(quality.kept_sd_share, 0), percent(quality.branched_share, 0)
    tree_lag, lag = f"{quality.tree_lag_correlation:.2f}", f"{quality.lag_correlation:.2f}"
    mean_error, sd_error = percent(quality.mean_error, 2), percent(quality.item_sd_error, 2)
    scenarios = f"{quality.scenarios} {plural(quality.scenarios, 'scenario')}"
    return [
        f"{scenarios} and {quality.nodes} nodes stand for {quality.paths} paths.",
        f"  means are kept to {mean_error}, standard deviations of items to {sd_error}",
        f"  of all items' standard deviation together {kept} are kept; {branched} of its variance are branches",
        f"  correlation with the period before: {tree_lag} on the tree, {lag} on the paths",
        f"  a path is {apart} of demand from its scenario; from the mean it is {from_mean}",
        f"  Wasserstein distance by period: {percent(quality.wasserstein)} of demand",
    ]


def stability_lines(result: Stability, currency: str) -> list[str]:
    """The report on stability: a table, and what follows from it."""
    lines = [
        f"{result.trees} trees of each size from {result.paths} paths each, tested on {result.test_paths} other paths.",
        f"Money in {currency}; +- is the standard deviation from tree to tree.",
        "",
        f"  {'branches':<12}{'scenarios':>9}  {'on its tree':>20}  {'on other paths':>20}  {'too much':>8}",
    ]
    for size in result.sizes:
        lines.append(
            f"  {size.name:<12}{amount(size.scenarios):>9}  {_with_sd(size.in_sample, size.in_sample_sd):>20}  "
            f"{_with_sd(size.out_of_sample, size.out_of_sample_sd):>20}  {percent(size.optimism_share):>8}"
        )
    lines += ["", *_kept_lines(result.sizes)]
    chosen = result.chosen
    if result.recommended:
        lines.append(
            f"Recommended: branches {chosen.name}. It is the smallest tree whose value moves by no more than "
            f"{percent(result.tolerance)} from tree to tree and that earns as much as the best."
        )
    else:
        lines.append(
            f"No size is stable: values move by more than {percent(result.tolerance)} from tree to tree. "
            "Take more paths with --paths."
        )
    interval = f"{money_plain(chosen.lower, currency)} to {money_plain(chosen.upper, currency)}"
    lines.append(f"Its plan is worth {interval} on other paths ({percent(CONFIDENCE, 0)} of the cases).")
    if result.fresh_paths:
        where = "inside" if result.is_inside else "OUTSIDE"
        lines.append(
            f"On {result.fresh_paths} fresh paths it earns {money_plain(result.fresh_value, currency)}: {where}."
        )
    for limit in result.limits:
        often = percent(limit.exceeded_share)
        by = f", by {percent(limit.excess_share)} on average where it is" if limit.exceeded_share else ""
        lines.append(f"Hard limit {limit.guardrail} ({limit.side}): exceeded on {often} of them{by}.")
    if not result.is_complete:
        lines.append("It was stopped before all sizes were done.")
    return lines


def views_lines(frame: pd.DataFrame, currency: str) -> list[str]:
    """Revenue over the horizon by segment, as a table."""
    rows = frame[frame["period"].isna() & (frame["measure"] == "revenue")]
    has_target = "target" in frame
    head = ["commit", "most likely", "stretch", *(["target", "chance"] if has_target else [])]
    lines = [
        f"Revenue over the horizon in {currency}",
        "",
        f"  {'':<16}" + "".join(f"{name:>13}" for name in head),
    ]
    for row in rows.head(MOST_SEGMENTS + 1).to_dict("records"):
        cells = [amount(row["commit"]), amount(row["most_likely"]), amount(row["stretch"])]
        if has_target:
            cells += [amount(row["target"]), percent(row["chance"], 0)]
        lines.append(f"  {str(row['segment'])[:16]:<16}" + "".join(f"{cell:>13}" for cell in cells))
    if len(rows) > MOST_SEGMENTS + 1:
        lines.append(f"  and {len(rows) - 1 - MOST_SEGMENTS} more segments")
    lines += ["", "Percentiles of segments do not add up to those of all: not all are low, or high, at once."]
    if has_target:
        total = rows.iloc[0]
        way = "above" if total["gap"] >= 0 else "below"
        lines.append(
            f"The target is {money_plain(abs(total['gap']), currency)} {way} the most likely revenue; "
            f"demand reaches it in {percent(total['chance'], 0)} of the cases."
        )
    return lines


def _kept_lines(sizes: Sequence[TreeSize]) -> list[str]:
    """What trees of each size keep of their paths, as a table."""
    measured = [(size.name, size.kept()) for size in sizes if size.qualities]
    if not measured:
        return []
    head = ("means", "item sd", "sd kept", "branched", "correl.", "Wasserstein", "distance")
    widths = (8, 9, 9, 10, 9, 13, 9)
    lines = [
        "What trees keep of the paths they are made of, means over the trees:",
        "",
        f"  {'branches':<10}" + "".join(f"{name:>{width}}" for name, width in zip(head, widths, strict=True)),
    ]
    for name, kept in measured:
        cells = (
            percent(kept["mean_error"], 2),
            percent(kept["item_sd_error"], 2),
            percent(kept["kept_sd_share"], 0),
            percent(kept["branched_share"], 0),
            f"{kept['tree_lag_correlation']:.2f}",
            percent(kept["wasserstein"]),
            percent(kept["distance"]),
        )
        cut = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {name:<10}{cut}")
    last = measured[-1][1]
    before, apart = f"{last['lag_correlation']:.2f}", percent(last["distance_without_branches"])
    sentence = f"On the paths the correlation with the period before is {before}, and a path is {apart} of demand from the mean."
    return [*lines, "", sentence]


def delays_lines(distributions: Sequence[DelayDistribution]) -> list[str]:
    """How late each supplier delivers, as a table."""
    lines = [f"  {'supplier':<34}{'deliveries':>10}{'late':>8}{'median delay':>14}{'1 of 10':>9}"]
    for row in distributions:
        lines.append(
            f"  {row.supplier[:33]:<34}{row.deliveries:>10}{percent(row.late_share):>8}"
            f"{row.delay_periods:>14}{row.quantile(0.9):>9}"
        )
    return [*lines, "Late is by half a period or more; delays in periods, the median of late deliveries."]


def _with_sd(value: float, sd: float) -> str:
    return f"{amount(value)} +- {amount(sd)}"
