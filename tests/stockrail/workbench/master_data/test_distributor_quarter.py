"""Books from units against the balances of the simulator, which shares no code with them, for the quarter of `distributor`."""

from pathlib import Path
from typing import Literal

import pytest

from stockrail.model import load
from stockrail.workbench.governance.schema_master_data import LedgerAccount, MasterDataRules
from stockrail.workbench.master_data.actuals_drift import against
from stockrail.workbench.master_data.reconcile import Reconciliation, reconcile
from stockrail.workbench.master_data.trial_balance import read_trial_balance
from stockrail.workbench.monitoring.actuals import as_frame
from stockrail.workbench.monitoring.actuals_files import MODELS, read_folder
from stockrail.workbench.monitoring.observed import Frames

FOLDER = Path(__file__).resolve().parents[4] / "instances" / "distributor"
BOOKS: tuple[Literal["receivables", "payables"], ...] = ("receivables", "payables")


@pytest.fixture(scope="module")
def actuals() -> Frames:
    """What happened."""
    return {
        file.kind: as_frame(
            file.kind, [[row.get(name) for name in MODELS[file.kind].model_fields] for _, row in file.rows]
        )
        for file in read_folder(FOLDER / "quarter")
    }


def test_balances_of_the_simulator(actuals: Frames) -> None:
    """Receivables and payables follow from units as the simulator has them, but for stock in hundredths of units.

    Whatever suppliers asked for beyond the baseline's price is explained, item by item.
    """
    instance = load(FOLDER)
    balances = read_trial_balance(FOLDER / "quarter" / "trial_balance.csv", instance.settings.currency)
    names = {book: next(name for name in balances.balances if book in name) for book in BOOKS}
    accounts = tuple(LedgerAccount(account=name, book=book) for book, name in names.items())
    found: Reconciliation = reconcile(
        instance,
        actuals,
        balances,
        MasterDataRules(accounts=accounts, payables_by="period"),
        "baseline 1",
    )
    receivables, payables = found.positions
    assert receivables.gaps == payables.gaps == ()
    for position in (receivables, payables):
        assert position.ledger is not None
        assert abs(position.unexplained) < abs(position.ledger) / 1_000_000
    assert {line.kind for line in payables.lines} == {"unit cost", "rounding", "unexplained"}


def test_what_the_quarter_hides_is_found(actuals: Frames) -> None:
    """The supplier that got dearer and the one that delivers late, and nothing else."""
    report = against(load(FOLDER), actuals, MasterDataRules(), "baseline 1")
    assert report is not None
    found = {(one.check.name, one.evidence["supplier"]) for one in report.beyond}
    assert found == {("unit_cost", "supplier-11"), ("lead_time_days", "supplier-12")}
