"""The targets that the ERP gets of a calibration: new ones where its segment was accepted, today's everywhere else."""

import io
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from stockrail.calibration.infeasible import broken_limits
from stockrail.calibration.since import Compared
from stockrail.calibration.targets import TARGETS, ItemTargets, targets_table
from stockrail.certificate import Earnings
from stockrail.files import write_csv
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.instance_parts import InstanceParts
from stockrail.model.policy import Option, Policy
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.workbench.calibrations.decisions import of_run
from stockrail.workbench.calibrations.proposal import Proposal
from stockrail.workbench.errors import StateError
from stockrail.workbench.runs.inputs import instance_of, last_calibration
from stockrail.workbench.store import Store

TODAY = "today"
"""In the column `option`: the item goes on as it is."""


@dataclass(frozen=True)
class AcceptedTargets:
    """A file for the ERP.

    Attributes
    ----------
    table : one row per item, columns of `targets.csv` as they are written; rows of accepted segments are those of the calibration,
        the others have today's numbers and the option `TODAY`.
    accepted : segments with new targets.
    kept : segments that go on as they are.
    left_out : items without a row, as nobody knows their targets of today.
    """

    table: pd.DataFrame = field(repr=False)
    accepted: tuple[str, ...]
    kept: tuple[str, ...]
    left_out: tuple[str, ...]

    def csv(self) -> str:
        """The contents of the file."""
        return str(self.table.to_csv(index=False, lineterminator="\n"))

    def write(self, file: Path) -> None:
        """Write the file."""
        write_csv(self.table, file)


@dataclass(frozen=True)
class Together:
    """What the targets mean that hold once the ERP has the file: accepted ones, and today's.

    Attributes
    ----------
    expected_margin : money, of the rule's plan over the horizon.
    inventory_value : money, mean over the horizon.
    fill_rate : share of units served on time.
    broken : hard limits that they do not keep, in words. Each choice of the calibration keeps them as a whole; a part of it need not.
    """

    expected_margin: float
    inventory_value: float
    fill_rate: float
    broken: tuple[str, ...]


def accepted_targets(store: Store, run_id: int) -> AcceptedTargets:
    """The file for the ERP, with the segments changed that have been accepted of this calibration, and no others.

    Today's targets are those that the calibration was compared with: `current_targets`, or the targets of the run in its option
    `since`.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        It has no targets, or nothing of it was accepted.
    """
    proposal = Proposal.of(store, run_id)
    accepted = _accepted(store, proposal)
    if not accepted:
        raise StateError(
            f"Nothing of calibration {run_id} has been accepted yet: decide on its segments first, by somebody else than "
            f"{proposal.run.requested_by}."
        )
    kept = tuple(name for name in proposal.names() if name not in accepted)
    written = _as_written(store.artifacts.get(proposal.run.artifacts[TARGETS]))
    is_new = written["segment"].isin(accepted)
    rows = written[is_new]
    left_out: tuple[str, ...] = ()
    if kept:
        instance = instance_of(store, proposal.run)
        today = _today(store, proposal, instance)
        if today is None:
            left_out = tuple(written.loc[~is_new, "item"])
        else:
            others = _today_rows(instance, build_tree(instance), today, np.flatnonzero(~is_new.to_numpy()))
            rows = pd.concat([rows, others[list(written)]])
            order = {name: place for place, name in enumerate(written["item"])}
            rows = rows.sort_values("item", key=lambda names: names.map(order))
    return AcceptedTargets(rows.reset_index(drop=True), accepted, kept, left_out)


def together(store: Store, run_id: int) -> Together | None:
    """What accepted targets and today's mean together; None where today's are not known and something was not accepted.

    Takes as long as running a rule once. Raises what `Proposal.of` raises.
    """
    proposal = Proposal.of(store, run_id)
    instance = instance_of(store, proposal.run)
    accepted = _accepted(store, proposal)
    is_new = np.isin(list(proposal.targets["segment"]), accepted)
    today = None if is_new.all() else _today(store, proposal, instance)
    if today is None and not is_new.all():
        return None
    tables = Tables.build(instance, build_tree(instance))
    ledger = ItemTargets.of(tables, _mixed(proposal.targets, today, is_new)).ledger
    guardrails = Guardrails.build(tables)
    probability = tables.tree.probability
    demand = float((tables.demand @ probability).sum())
    short = float((ledger.line("short") @ probability).sum())
    return Together(
        expected_margin=Earnings.of(ledger, guardrails).expected_margin,
        inventory_value=float(ledger.expected(ledger.metric("inventory_value")).mean(axis=1).sum()),
        fill_rate=1.0 - short / demand if demand > 0 else 1.0,
        broken=tuple(broken_limits(ledger, guardrails)),
    )


def _accepted(store: Store, proposal: Proposal) -> tuple[str, ...]:
    with store.read() as session:
        decided = of_run(session, proposal.run.id)
    return tuple(name for name in proposal.names() if name in decided and decided[name].verdict == "accepted")


def _today(store: Store, proposal: Proposal, instance: Instance) -> Policy | None:
    return Compared.of(instance, last_calibration(store, proposal.run.options.get("since"))).policy


def _mixed(targets: pd.DataFrame, today: Policy | None, is_new: BoolArray) -> Policy:
    """The calibration's choice where it is new, today's policy elsewhere."""
    factor, cover, review = (
        targets[name].to_numpy(np.float64) for name in ("safety_factor", "cover_periods", "review_periods")
    )
    if today is None:
        return Policy(factor, np.full(len(factor), np.nan), cover, review.astype(np.int64))
    return Policy(
        np.where(is_new, factor, today.safety_factor),
        np.where(is_new, np.nan, today.safety_stock_units),
        np.where(is_new, cover, today.cover_periods),
        np.where(is_new, review, today.review_periods).astype(np.int64),
    )


def _today_rows(instance: Instance, tree: ScenarioTree, today: Policy, members: IntArray) -> pd.DataFrame:
    """Rows of `targets.csv` of some items under today's policy, as they are written."""
    tables = Tables.build(InstanceParts(instance).of(members), replace(tree, demand=tree.demand[members]))
    policy = Policy(
        today.safety_factor[members],
        today.safety_stock_units[members],
        today.cover_periods[members],
        today.review_periods[members],
    )
    chosen = ItemTargets.of(tables, policy)
    options = [
        Option(TODAY, float("nan"), cover, review)
        for cover, review in zip(policy.cover_periods.tolist(), policy.review_periods.tolist(), strict=True)
    ]
    table = targets_table(chosen, options, np.array([], dtype=np.int64))
    table["safety_factor"] = chosen.safety_factor
    table["service_level"] = chosen.service_level.round(6)
    return _as_written(table.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n").encode())


def _as_written(data: bytes) -> pd.DataFrame:
    """A table cell by cell as it stands in the file."""
    return pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
