"""Instances of any size with a guardrail that matters: the generator of the model, and the engine to size the limit."""

from dataclasses import replace

import numpy as np

from stockrail.model import generator
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import Guardrail
from stockrail.solvers import SolveOptions, solve
from stockrail.solvers.blocks.split import split

INVENTORY_CAP = "inventory-cap"

ITEMS_AT_ONCE = 1000
"""Items planned together: without guardrails each is planned by itself, and memory is for so many only."""


def generate(
    items: int,
    periods: int,
    branchings: tuple[int, ...],
    seed: int,
    *,
    guardrail_share: float | None = None,
    name: str = "generated",
) -> Instance:
    """Generate an instance of distributor data.

    Parameters
    ----------
    branchings : children per node at each branching; the branchings spread over the first half of the horizon.
    guardrail_share : if given, the guardrail `inventory-cap` limits inventory value, all items, in every scenario, to
        this share of the peak of the best plan without it.

    Raises
    ------
    ValueError
        The share is so small that stock on hand and on order alone exceed the limit.
    """
    instance = generator.generate(items, periods, branchings, seed, name=name)
    if guardrail_share is None:
        return instance
    return with_inventory_cap(instance, guardrail_share)


def with_inventory_cap(instance: Instance, share: float) -> Instance:
    """The instance with `inventory-cap` at a share of the peak inventory value of its best plan without guardrails."""
    free = replace(instance, guardrails=())
    tree = build_tree(free)
    best, nothing = np.zeros(len(tree)), np.zeros(len(tree))
    parts = split(free, tree, 0, ITEMS_AT_ONCE)
    for source in parts.sources:
        tables = source.tables(parts.frame)
        _, result = solve(tables, SolveOptions(gap=0.01), "decomposition")
        assert result.cumulative_lots is not None  # without guardrails there is always a plan
        best += Ledger(tables, result.cumulative_lots).metric_total("inventory_value")
        # Orders only add to stock, so no plan has less than the one that orders nothing.
        nothing += Ledger(tables, np.zeros_like(result.cumulative_lots)).metric_total("inventory_value")
    peak, least = float(best.max()), float(nothing.max())
    if share * peak < least:
        raise ValueError(
            f"a guardrail share of {share:g} cannot hold: stock on hand and on order alone reach {least / peak:.3f} of "
            "the peak; choose a larger share"
        )
    cap = Guardrail(
        guardrail=INVENTORY_CAP,
        metric="inventory_value",
        scope="all",
        first_period=0,
        last_period=instance.settings.periods - 1,
        lower=None,
        upper=round(share * peak, 2),
        holds="every scenario",
        soft_price=None,
        owner="finance",
    )
    return replace(instance, guardrails=(*instance.guardrails, cap))
