"""The room of funded builds: granted and used, by period (docs/formulation.md, sections 7 and 8)."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from stockrail.model.guardrail_rows import blocks_of
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.schema import FundedBuild, Guardrail
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array
from stockrail.tabulate import dates

PERIOD_COLUMNS = ("build", "guardrail", "period", "date", "granted", "used_mean", "used_worst", "used_share")

ROUNDING = 1e-9
"""Share of a limit by which rounding alone may exceed it."""


def build_periods(ledger: Ledger) -> pd.DataFrame:
    """Room of each funded build by period: build, guardrail, period, date, granted, used_mean, used_worst, used_share.

    Amounts are in the unit of the guardrail's metric. Only periods in which the build has room have a row.
    """
    tables = ledger.tables
    frames = [pd.DataFrame(columns=list(PERIOD_COLUMNS))]
    for build in tables.instance.funded_builds:
        granted = room_by_period(tables, build)
        used = used_room(ledger, build)
        period = np.flatnonzero(granted > 0)
        mean = ledger.expected(used)[period]
        worst = [float(used[tables.tree.period == t].max()) for t in period]
        frames.append(
            pd.DataFrame(
                {
                    "build": build.build,
                    "guardrail": build.guardrail,
                    "period": period,
                    "date": dates(ledger, period),
                    "granted": granted[period],
                    "used_mean": mean,
                    "used_worst": worst,
                    "used_share": mean / granted[period],
                }
            )
        )
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def used_room(ledger: Ledger, build: FundedBuild) -> Array:
    """By how much the guardrail's metric exceeds the limit without any room, at most the granted room [nodes].

    Builds of one guardrail share the excess in proportion to their room.
    """
    tables = ledger.tables
    period = tables.tree.period
    guardrail = guardrail_of(tables.instance, build)
    granted = room_by_period(tables, build)[period]
    limit = upper_limits(tables, guardrail, ())[period]
    same = [row for row in tables.instance.funded_builds if row.guardrail == build.guardrail]
    everyone = np.sum([room_by_period(tables, row)[period] for row in same], axis=0)
    above = amount_of(ledger, guardrail) - limit
    above = np.where(above > ROUNDING * np.abs(limit), above, 0.0)  # also where there is no limit: NaN
    share = np.divide(granted, everyone, out=np.zeros_like(granted), where=everyone > 0)
    return np.asarray(np.minimum(above, everyone) * share)


def amount_of(ledger: Ledger, guardrail: Guardrail) -> Array:
    """What a guardrail on an amount limits, at every node [nodes]."""
    items = ledger.tables.instance.items_in_scope(guardrail.scope, guardrail.scope_value)
    amount = ledger.metric(guardrail.metric)[items].sum(axis=0)
    if guardrail.scope == "all":
        amount = amount + METRICS[guardrail.metric].constant(ledger.tables.instance, ledger.tables.tree)
    return np.asarray(amount)


def guardrail_of(instance: Instance, build: FundedBuild) -> Guardrail:
    """The guardrail that a build adds room to."""
    return next(row for row in instance.guardrails if row.guardrail == build.guardrail)


def funded_items(instance: Instance, build: FundedBuild) -> BoolArray:
    """Items that a build's room is for: those of its scope that the guardrail covers [items]."""
    guardrail = guardrail_of(instance, build)
    covered = instance.items_in_scope(guardrail.scope, guardrail.scope_value)
    return np.asarray(covered & instance.items_in_scope(build.scope, build.scope_value))


def room_by_period(tables: Tables, build: FundedBuild) -> Array:
    """The room that a build grants in each period [periods]; 0 where its guardrail has no limit."""
    guardrail = guardrail_of(tables.instance, build)
    room = upper_limits(tables, guardrail, (build,)) - upper_limits(tables, guardrail, ())
    return np.nan_to_num(room)


def upper_limits(tables: Tables, guardrail: Guardrail, builds: Iterable[FundedBuild]) -> Array:
    """The upper limit of a guardrail with the room of some builds only [periods]; NaN where there is none."""
    instance = replace(tables.instance, guardrails=(guardrail,), funded_builds=tuple(builds))
    limits = np.full(tables.tree.periods, np.nan)
    for block in blocks_of(replace(tables, instance=instance)):
        if (block.name, block.side, block.is_outside) == (guardrail.guardrail, "upper", False):
            limits[tables.tree.period[block.node]] = block.limit
    return limits
