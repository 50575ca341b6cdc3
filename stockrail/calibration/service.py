"""What service costs: a segment's next higher and lower safety factor, re-priced, and the prices of guardrails (docs/calibration.md)."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from stockrail.calibration.changes import Worth
from stockrail.calibration.targets import ItemTargets, fill_rate
from stockrail.held import standings
from stockrail.model.guardrails import Guardrails
from stockrail.model.policy import Option, Policy
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array
from stockrail.reports.words import price_factor, step
from stockrail.solvers.rule_result import RuleResult

POINT = 0.01
"""A point of service level."""


def service_costs_table(
    chosen: ItemTargets, rule: RuleResult, guardrails: Guardrails, current: Worth, prices: Array
) -> pd.DataFrame:
    """What a segment's next safety factors on its menu would change, everything else as chosen.

    One row per segment and direction ("higher", "lower") where the menu has such an option with the same cover and review: segment,
    direction, option, to_option, service_level, to_service_level, fill_rate, to_fill_rate, margin_change (own expected margin),
    worth_change (also what the use of guardrails is worth at their prices), inventory_value_change, worth_per_point (of service
    level, what one point more earns on the way there; negative where it costs), worth_per_fill_rate_point (the same per point of
    fill rate, missing where that does not move). Items that depart stay as they are.
    """
    tables = chosen.ledger.tables
    segment = tables.instance.item_segment
    follows = np.ones(len(segment), dtype=bool)
    follows[rule.departures] = False
    rows: list[dict[str, object]] = []
    for direction in ("higher", "lower"):
        to = _neighbours(rule, direction)
        if not any(to):
            continue
        # Items do not touch one another at given prices, so all segments may move at once.
        options = [
            (to[segment[i]] or own) if follows[i] else own for i, own in enumerate(rule.options_by_item())
        ]
        moved = ItemTargets.of(tables, Policy.of(tables.instance, options))
        worth = Worth.of(moved, guardrails, prices).total - current.total
        margin = moved.ledger.item_margin - chosen.ledger.item_margin
        stock = moved.inventory_value - chosen.inventory_value
        for place, option in enumerate(to):
            if option is None:
                continue
            own = rule.plans.options[rule.by_segment[place]]
            rows.append(
                _row(
                    tables.instance.segments[place].segment,
                    direction,
                    own,
                    option,
                    chosen,
                    moved,
                    segment == place,
                    margin,
                    worth,
                    stock,
                )
            )
    columns = [
        "segment", "direction", "option", "to_option", "service_level", "to_service_level", "fill_rate", "to_fill_rate",
        "margin_change", "worth_change", "inventory_value_change", "worth_per_point", "worth_per_fill_rate_point",
    ]  # fmt: skip
    place_of = tables.instance.segment_index
    rows.sort(key=lambda row: (place_of[str(row["segment"])], str(row["direction"])))
    return pd.DataFrame(rows, columns=columns)


def guardrail_prices_table(chosen: ItemTargets, guardrails: Guardrails, prices: Array) -> pd.DataFrame:
    """How the rule's plan stands to each guardrail, and what a looser limit is worth to the choice of options.

    One row per side: name, metric, scope, scope_value, side, holds, limit, worst, slack, price (objective that one more unit of the
    limit earns in all periods together, of the choice's relaxation; at most 0 for a lower limit), per (what people count it in),
    looser_earns (what a limit looser by one of these earns), hard, owner. Limits on fill rate are counted in percentage points.
    """
    tables = chosen.ledger.tables
    by_node = guardrails.prices_by_node(prices, chosen.ledger.stock)
    rows = []
    for standing in standings(chosen.ledger, Guardrails.build(tables)):
        block = standing.block
        tightest = standing.tightest(np.arange(len(standing.limit)))
        price = float(by_node[block.name, block.side].sum())
        rows.append(
            {
                "name": block.name,
                "metric": block.metric,
                "scope": block.scope,
                "scope_value": block.scope_value,
                "side": block.side,
                "holds": block.holds,
                "limit": standing.limit[tightest],
                "worst": standing.value[tightest],
                "slack": standing.slack[tightest],
                "price": price,
                "per": step(block.metric, tables.instance.settings.currency).replace(
                    "\N{NO-BREAK SPACE}", " "
                ),
                "looser_earns": block.sign * price * price_factor(block.metric),
                "hard": block.soft_price is None,
                "owner": block.owner,
            }
        )
    columns = [
        "name", "metric", "scope", "scope_value", "side", "holds", "limit", "worst", "slack", "price", "per", "looser_earns",
        "hard", "owner",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _neighbours(rule: RuleResult, direction: str) -> list[Option | None]:
    """The option of each segment with the next safety factor, and its own cover and review; None where there is none."""
    found: list[Option | None] = []
    for place, chosen in enumerate(rule.by_segment.tolist()):
        if chosen < 0:
            found.append(None)
            continue
        own = rule.plans.options[chosen]
        others = [
            rule.plans.options[k]
            for k in np.flatnonzero(rule.plans.is_offered[place])
            if rule.plans.options[k].cover_periods == own.cover_periods
            and rule.plans.options[k].review_periods == own.review_periods
        ]
        if direction == "higher":
            above = [option for option in others if option.safety_factor > own.safety_factor]
            found.append(min(above, key=lambda option: option.safety_factor, default=None))
        else:
            below = [option for option in others if option.safety_factor < own.safety_factor]
            found.append(max(below, key=lambda option: option.safety_factor, default=None))
    return found


def _row(
    name: str,
    direction: str,
    own: Option,
    to: Option,
    chosen: ItemTargets,
    moved: ItemTargets,
    members: BoolArray,
    margin: Array,
    worth: Array,
    stock: Array,
) -> dict[str, object]:
    before, after = float(ndtr(own.safety_factor)), float(ndtr(to.safety_factor))
    fill, to_fill = fill_rate(chosen.ledger, members), fill_rate(moved.ledger, members)
    change = float(worth[members].sum())
    return {
        "segment": name,
        "direction": direction,
        "option": own.name,
        "to_option": to.name,
        "service_level": before,
        "to_service_level": after,
        "fill_rate": fill,
        "to_fill_rate": to_fill,
        "margin_change": float(margin[members].sum()),
        "worth_change": change,
        "inventory_value_change": float(stock[members].sum()),
        "worth_per_point": change / (after - before) * POINT,
        "worth_per_fill_rate_point": change / (to_fill - fill) * POINT
        if abs(to_fill - fill) > 1e-9
        else np.nan,
    }
