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
    InstanceError
        A folder is no valid instance.
    NotFoundError
        There is no such version.
    StateError
        They have different currencies.
    """
    before, after = instance_of(store, a), instance_of(store, b)
    try:
        return between(before, after, store.governance.document.master_data, f"{name_of(a)} to {b}")
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
    InstanceError
        A folder is no valid instance.
    NotFoundError
        There is no such version, or there are no actuals.
    """
    chosen = latest_id(store) if baseline is None else baseline
    with store.read() as session:
        there = frames(session, first, last)
    report = against(
        instance_of(store, chosen), there, store.governance.document.master_data, name_of(chosen), first, last
    )
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
    InstanceError
        A folder is no valid instance.
    NotFoundError
        There is no such version.
    StateError
        No account is mapped, or the day is before the baseline begins.
    TrialBalanceError
        With every problem of the file.
    """
    rules = store.governance.document.master_data
    if not rules.accounts:
        raise StateError(NO_ACCOUNTS)
    chosen = latest_id(store) if baseline is None else baseline
    instance = instance_of(store, chosen)
    balances = read_trial_balance(file, instance.settings.currency, date)
    with store.read() as session:
        there = frames(session)
    try:
        return reconcile(instance, there, balances, rules, name_of(chosen))
    except ValueError as error:
        raise StateError(f"{error} Another version: --baseline.") from error


def latest_id(store: Store) -> int:
    """Id of the latest baseline.

    Raises
    ------
    NotFoundError
        There is none yet.
    """
    latest = baselines.latest(store)
    if latest is None:
        raise NotFoundError(
            "There is no baseline yet. Next: stockrail baseline import FOLDER --message '...'"
        )
    return latest.id


def instance_of(store: Store, baseline: int | Path) -> Instance:
    """A version, or a folder, as an instance."""
    return baselines.instance(store, baseline) if isinstance(baseline, int) else load(baseline)


def name_of(baseline: int | Path) -> str:
    """A baseline in words."""
    return f"baseline {baseline}" if isinstance(baseline, int) else str(baseline)
