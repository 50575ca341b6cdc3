"""The orders to place now that differ between what-ifs, item by item."""

from collections.abc import Sequence

import pandas as pd

from stockrail.comparisons.what_if_solve import SolvedWhatIf


def buys_that_differ(solved: Sequence[SolvedWhatIf]) -> pd.DataFrame:
    """Items whose first-period buys are not the same in all plans, the largest difference in money first.

    Returns
    -------
    item, description, supplier, segment, spread (largest less smallest value), then for each what-if with a plan `NAME_units` and
    `NAME_value`. Empty where all agree, or fewer than two have a plan.
    """
    with_plan = [row for row in solved if row.plan is not None]
    if not with_plan:
        return pd.DataFrame()
    items = with_plan[0].tables.instance.items
    frame = pd.DataFrame(
        {
            "item": [row.item for row in items],
            "description": [row.description for row in items],
            "supplier": [row.supplier for row in items],
            "segment": [row.segment for row in items],
        }
    )
    units, values = {}, {}
    for row in with_plan:
        assert row.plan is not None
        units[f"{row.name}_units"] = row.plan.ledger.line("ordered")[:, 0]
        values[f"{row.name}_value"] = row.plan.ledger.line("ordered_value")[:, 0]
    unit_frame, value_frame = pd.DataFrame(units), pd.DataFrame(values)
    frame["spread"] = value_frame.max(axis=1) - value_frame.min(axis=1)
    for row in with_plan:
        frame[f"{row.name}_units"] = unit_frame[f"{row.name}_units"]
        frame[f"{row.name}_value"] = value_frame[f"{row.name}_value"]
    is_other = unit_frame.max(axis=1) > unit_frame.min(axis=1) + 1e-9
    return frame[is_other].sort_values("spread", ascending=False, kind="stable", ignore_index=True)
