"""Drift and reconciliation of the baselines and actuals of a store."""

import datetime as dt
from pathlib import Path

from stockrail.model import Instance, load
from stockrail.workbench import baselines
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.master_data.actuals_drift import against
from stockrail.workbench.master_data.drift import DriftReport
from stockrail.workbench.master_data.reconcile import Reconciliation, reconcile
from stockrail.workbench.master_data.trial_balance import read_trial_balance
from stockrail.workbench.master_data.versions import between
from stockrail.workbench.monitoring.actuals import frames
from stockrail.workbench.store import Store

NO_ACTUALS = "There are no receipts and no spend{} to compare with. Next: stockrail actuals import FOLDER"

NO_ACCOUNTS = """No account of the ledger is mapped yet: say in governance.yaml, master_data, accounts, which one holds what, such as
  - {account: "1400", book: inventory}
then `stockrail governance accept`. docs/master-data.md lists the books."""


def drift_between(store: Store, a: int | Path, b: int | Path) -> DriftReport:
    """Drift from one baseline to another.

    Parameters
    ----------
    a, b : id of a version, or an instance folder, such as one that is about to be imported.

    Raises
    ------
    StateError
        They have different currencies. Beside that, what `instance_and_name` raises.
    """
    (before, name), (after, _) = instance_and_name(store, a), instance_and_name(store, b)
    try:
        return between(before, after, store.governance.document.master_data, f"{name} to {b}")
    except ValueError as error:
        raise StateError(str(error)) from error


def drift_of_actuals(
    store: Store,
    baseline: int | Path | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> DriftReport:
    """Drift of what happened from a baseline, the latest one where none is given.

    Parameters
    ----------
    first, last : days of actuals, both included; None for the last `look_back_days` of governance.yaml.

    Raises
    ------
    NotFoundError
        There are no actuals. Beside that, what `instance_and_name` raises.
    """
    instance, name = instance_and_name(store, baseline)
    with store.read() as session:
        there = frames(session, first, last)
    report = against(instance, there, store.governance.document.master_data, name, first, last)
    if report is None:
        raise NotFoundError(NO_ACTUALS.format("" if first is None and last is None else " of these days"))
    return report


def reconciliation(
    store: Store, file: Path, baseline: int | Path | None = None, date: dt.date | None = None
) -> Reconciliation:
    """A trial balance against what a baseline and the actuals say from units, with the accounts of governance.yaml.

    Parameters
    ----------
    file : CSV with the columns account, date, balance, currency.
    baseline : id of a version, or a folder; None for the latest version.
    date : day of the balances; None for the latest one in the file.

    Raises
    ------
    StateError
        No account is mapped, or the day is before the baseline begins. Beside that, what `instance_and_name` raises.
    TrialBalanceError
        With every problem of the file.
    """
    rules = store.governance.document.master_data
    if not rules.accounts:
        raise StateError(NO_ACCOUNTS)
    instance, name = instance_and_name(store, baseline)
    balances = read_trial_balance(file, instance.settings.currency, date)
    with store.read() as session:
        there = frames(session)
    try:
        return reconcile(instance, there, balances, rules, name)
    except ValueError as error:
        raise StateError(f"{error} Another version: --baseline.") from error


def instance_and_name(store: Store, baseline: int | Path | None) -> tuple[Instance, str]:
    """A baseline, and what it is called.

    Parameters
    ----------
    baseline : id of a version, or an instance folder; None for the latest version.

    Raises
    ------
    InstanceError
        A folder is no valid instance.
    NotFoundError
        There is no such version, or none at all.
    """
    if isinstance(baseline, Path):
        return load(baseline), str(baseline)
    number = _latest_id(store) if baseline is None else baseline
    return baselines.instance(store, number), f"baseline {number}"


def _latest_id(store: Store) -> int:
    latest = baselines.latest(store)
    if latest is None:
        raise NotFoundError(
            "There is no baseline yet. Next: stockrail baseline import FOLDER --message '...'"
        )
    return latest.id
