"""What forecast errors of many items have in common, measured on back-casts (docs/formulation.md, section 11)."""

import numpy as np

from stockrail.model.instance import Array
from stockrail.trees.errors import CommonFactors

MOST_PERSISTENCE = 0.99
"""A factor that never fades cannot be told from one that fades slowly in a short history."""


def common_factors(errors: Array, product_group: Array) -> CommonFactors:
    """Shares of variance that items have in common, and how long errors last.

    The market's share is the mean correlation of errors of items of different product groups, the group's what items of one
    group correlate more than that; below 0 it is none. Persistence is the correlation with one horizon before: of the mean over items for
    the market and groups, of what is left for items.

    Parameters
    ----------
    errors : [origins, items, horizons] of variance about 1; NaN where unknown.
    product_group : int [items].
    """
    rows = np.moveaxis(errors, 1, 2).reshape(-1, errors.shape[1])
    rows = rows[:, ~np.isnan(rows).all(axis=0)]
    known = ~np.isnan(errors).all(axis=(0, 2))
    rows = rows[~np.isnan(rows).any(axis=1)]
    if rows.shape[0] < 2 or rows.shape[1] < 1:
        return CommonFactors(0.0, 0.0, 0.0, 0.0, 0.0)
    size = np.sqrt((rows**2).mean(axis=0))
    rows = np.divide(rows, size, out=np.zeros_like(rows), where=size > 0)
    group = product_group[known]
    market, within = _correlations(rows, group)
    market_share = min(max(market, 0.0), 1.0)
    group_share = min(max(within - market_share, 0.0), 1.0 - market_share)
    scaled = errors[:, known, :] / np.where(size > 0, size, 1.0)[:, None]
    common = scaled.mean(axis=1, keepdims=True)
    persistence = _lag_correlation(common) if market_share + group_share > 0 else 0.0
    return CommonFactors(
        market_share=round(market_share, 4),
        product_group_share=round(group_share, 4),
        market_persistence=persistence,
        product_group_persistence=persistence,
        item_persistence=_lag_correlation(scaled - np.sqrt(market_share > 0) * common),
    )


def _correlations(rows: Array, group: Array) -> tuple[float, float]:
    """Mean product of errors of two items of different groups, and of one group; the first where no group has two items."""
    total, squares = rows.sum(axis=1) ** 2, (rows**2).sum(axis=1)
    members = [rows[:, group == name] for name in np.unique(group)]
    inside = np.sum([part.sum(axis=1) ** 2 for part in members], axis=0)
    pairs_inside = sum(part.shape[1] * (part.shape[1] - 1) for part in members)
    items = rows.shape[1]
    pairs_across = items * (items - 1) - pairs_inside
    within = float(np.mean(inside - squares)) / pairs_inside if pairs_inside else 0.0
    # With one product group only, what all have in common is the market's.
    across = float(np.mean(total - inside)) / pairs_across if pairs_across else within
    return across, within if pairs_inside else across


def _lag_correlation(errors: Array) -> float:
    """Correlation of errors [origins, items, horizons] with those one horizon before."""
    now, before = errors[:, :, 1:], errors[:, :, :-1]
    both = ~(np.isnan(now) | np.isnan(before))
    if not both.any():
        return 0.0
    size = np.sqrt((now[both] ** 2).mean() * (before[both] ** 2).mean())
    correlation = float((now[both] * before[both]).mean() / size) if size > 0 else 0.0
    return round(min(max(correlation, 0.0), MOST_PERSISTENCE), 4)
