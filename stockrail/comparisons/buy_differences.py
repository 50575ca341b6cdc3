"""The orders to place now that differ between what-ifs, item by item."""

from collections.abc import Sequence

import pandas as pd

from stockrail.comparisons.what_if_solve import SolvedWhatIf


def buys_that_differ(solved: Sequence[SolvedWhatIf]) -> pd.DataFrame:
    """Items whose first-period buys are not the same in all plans, the largest difference in money first.

    Returns
    -------
    item, description, supplier, segment, spread (largest less smallest value), then for each what-if with a plan `NAME_units` and
    `NAME_value`, NaN where its instance does not have the item. Empty where all agree, or fewer than two have a plan.
    """
    with_plan = [row for row in solved if row.plan is not None]
    if not with_plan:
        return pd.DataFrame()
    items = {row.item: row for one in reversed(with_plan) for row in one.tables.instance.items}
    names = list(dict.fromkeys(row.item for one in with_plan for row in one.tables.instance.items))
    frame = pd.DataFrame(
        {"item": names}
        | {
            column: [getattr(items[name], column) for name in names]
            for column in ("description", "supplier", "segment")
        }
    )
    units: dict[str, list[float]] = {}
    values: dict[str, list[float]] = {}
    for row in with_plan:
        assert row.plan is not None
        own = [one.item for one in row.tables.instance.items]
        lines = {name: row.plan.ledger.line(name)[:, 0] for name in ("ordered", "ordered_value")}
        now = pd.DataFrame(lines, index=own).reindex(names)
        units[row.name], values[row.name] = now["ordered"].tolist(), now["ordered_value"].tolist()
    unit_frame, value_frame = pd.DataFrame(units), pd.DataFrame(values)
    # Who does not have an item buys nothing of it; its cell stays blank, as nobody decided that.
    frame["spread"] = value_frame.fillna(0.0).max(axis=1) - value_frame.fillna(0.0).min(axis=1)
    for row in with_plan:
        frame[f"{row.name}_units"] = unit_frame[row.name]
        frame[f"{row.name}_value"] = value_frame[row.name]
    counted = unit_frame.fillna(0.0)
    is_other = counted.max(axis=1) > counted.min(axis=1) + 1e-9
    return frame[is_other].sort_values("spread", ascending=False, kind="stable", ignore_index=True)
