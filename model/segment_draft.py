"""Segments by rules in an instance that is being read, before its rows are checked against one another."""

from dataclasses import replace

from stockrail.model import consistency, segment_consistency, tree_consistency
from stockrail.model.draft import TABLE_OF, Draft
from stockrail.model.schema import (
    TABLES,
    Demand,
    ForecastError,
    Item,
    ScenarioDemand,
    ScenarioNode,
    ScenarioSupplier,
    ScenarioWarehouse,
    Supplier,
)
from stockrail.model.schema_settings import Settings
from stockrail.model.schema_values import Row
from stockrail.model.segmentation import with_segments

DECIDING: tuple[type[Row], ...] = (Item, Supplier, Demand, ForecastError, ScenarioNode, ScenarioDemand)
"""Tables that segments depend on."""

DECIDING_LAWS: tuple[consistency.Law, ...] = (
    consistency.unique_keys,
    consistency.known_references,
    consistency.periods_within_horizon,
    consistency.has_items,
    consistency.complete_demand,
    consistency.complete_forecast_error,
    consistency.one_currency,
    segment_consistency.thresholds_in_order,
    segment_consistency.criteria_once,
    segment_consistency.life_cycle_in_order,
    tree_consistency.branchings_within_horizon,
    tree_consistency.one_tree,
    tree_consistency.nodes_form_a_tree,
    tree_consistency.probabilities_add_up,
)
"""Laws without which the numbers behind segments mean nothing. A breach of any other leaves them as they are."""


def assign_segments(draft: Draft) -> None:
    """Put every item of the draft in the segment that the rules of its settings form.

    Where the tables they need are not valid, or contradict one another, items keep what they have and
    `draft.has_segments` says so: laws about segments wait until the numbers are right.
    """
    if draft.settings is None or draft.settings.segmentation is None:
        # Settings that cannot be read may have rules.
        draft.has_segments = draft.settings is not None
        return
    deciding = _deciding(draft, draft.settings)
    if deciding is None or any(True for law in DECIDING_LAWS for _ in law(deciding)):
        draft.has_segments = False
        return
    rows = {name: deciding.rows.get(name, ()) for name in TABLES}
    draft.rows[TABLE_OF[Item]] = with_segments(replace(deciding, rows=rows).instance(None)).items


def _deciding(draft: Draft, settings: Settings) -> Draft | None:
    """The part of the draft that segments depend on, without what happens to suppliers and warehouses."""
    names = [TABLE_OF[model] for model in DECIDING]
    if not all(name in draft.rows for name in names):
        return None
    tree = settings.tree
    if tree != "table":
        tree = tree.model_copy(update={"events": (), "warehouse_events": ()})
    rows = {name: draft.rows[name] for name in names}
    rows |= {TABLE_OF[ScenarioSupplier]: (), TABLE_OF[ScenarioWarehouse]: ()}
    return Draft(settings.model_copy(update={"tree": tree}), rows=rows)
