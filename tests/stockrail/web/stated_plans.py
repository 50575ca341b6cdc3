"""Plans whose orders a test states: what pages show of them can be derived by hand, and nothing is solved."""

from collections.abc import Mapping

import numpy as np

from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables, cumulate
from stockrail.order_rows import OrderRows, placed_orders
from stockrail.tabulate import segments_table
from stockrail.workbench import baselines
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

BY_HAND = {"kettle": {"now": 3}, "fan": {"now": 3, "hot": 1}, "filter": {"now": 2}}
"""The best plan of instances/three-items without its guardrail, lots by item and node, as its README derives it."""


def add_plan(
    store: Store,
    baseline_id: int,
    lots: Mapping[str, Mapping[str, int]],
    *,
    guardrails: str = "",
    requested_by: str = "ben",
) -> int:
    """A finished plan with these orders; its number.

    Parameters
    ----------
    guardrails : contents of guardrails.csv; blank for none.
    """
    instance = baselines.instance(store, baseline_id)
    tree = build_tree(instance)
    ordered = np.zeros((len(instance.items), len(tree)))
    for item, by_node in lots.items():
        for node, count in by_node.items():
            ordered[instance.item_index[item], tree.names.index(node)] = count
    ledger = Ledger(Tables.build(instance, tree), cumulate(tree, ordered).astype(np.int64))
    frames = {
        "orders.csv": OrderRows.together(instance, tree, [placed_orders(ledger)]).frame(),
        "segments.csv": segments_table(ledger),
    }
    files = {
        name: frame.to_csv(index=False, date_format="%Y-%m-%d").encode() for name, frame in frames.items()
    }
    if guardrails:
        files["guardrails.csv"] = guardrails.encode()
    with store.write(requested_by, "run.submit", "run") as change:
        run = Run(
            kind="plan",
            inputs_hash="b" * 64,
            baseline_id=baseline_id,
            state="finished",
            requested_by=requested_by,
            requested_at=change.at,
            certificate={"currency": instance.settings.currency},
            artifacts={name: store.artifacts.put(data) for name, data in files.items()},
        )
        change.session.add(run)
        change.session.flush()
        change.entity_id = run.id
    return run.id
