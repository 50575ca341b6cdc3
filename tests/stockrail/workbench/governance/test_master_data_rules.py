"""`master_data` of governance.yaml: accounts that contradict one another are refused with their place, all at once."""

from pathlib import Path

import pytest

from stockrail.workbench.governance import Governance, GovernanceError
from stockrail.workbench.governance.editing import default_text
from tests.stockrail.workbench.people import PEOPLE

WRONG = """\
  accounts:
  - {account: "1400", book: inventory, scope: product_group, scope_value: kitchen}
  - {account: "1400", book: inventory, scope: product_group, scope_value: climate}
  - {account: "1420", book: inventory}
  - {account: 1430, book: stock}
  - {account: "1600", book: payables, scope: supplier, scope_value: works}
  - {account: "1500", book: goods_received, scope: supplier}
"""

BOOKS = (
    "inventory, goods_in_transit, goods_received, receivables, payables, cash, expedite, freight, premium_freight, overtime, "
    "write_off, purchases, cost_to_serve, schedule_changes"
)


def read(tmp_path: Path, *replacements: tuple[str, str]) -> Governance:
    """The packaged file with people and with these texts replaced."""
    text = default_text(PEOPLE)
    for before, after in replacements:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    file = tmp_path / "governance.yaml"
    file.write_text(text, encoding="utf-8")
    return Governance.read(file)


def test_accounts_are_taken(tmp_path: Path) -> None:
    """Two accounts of one scope value, and one of another."""
    accounts = WRONG.replace(
        '"1400", book: inventory, scope: product_group, scope_value: climate',
        '"1410", book: inventory, scope: product_group, scope_value: kitchen',
    )
    lines = accounts.splitlines(keepends=True)[:3]
    rules = read(tmp_path, ("  accounts: []\n", "".join(lines))).document.master_data
    assert [(one.account, one.scope_value) for one in rules.accounts] == [
        ("1400", "kitchen"),
        ("1410", "kitchen"),
    ]


def test_everything_wrong_is_refused_together(tmp_path: Path) -> None:
    """An account twice, two kinds of scope for a book, a number for a name, a book that is none, scopes where there can be none."""
    with pytest.raises(GovernanceError) as refused:
        read(
            tmp_path,
            ("  accounts: []\n", WRONG),
            ("  ledger_owner: finance\n", "  ledger_owner: controller\n"),
        )
    found = {(one.column, one.value, one.allowed) for one in refused.value.problems}
    roles = "demand_planning, supply_planning, finance, executive, auditor"
    place = "master_data.accounts"
    assert found == {
        ("master_data.ledger_owner", "controller", f"one of the roles: {roles}"),
        (f"{place}.1.account", "1400", "each account once"),
        (f"{place}.2.scope", "all", "product_group, as of the other accounts of inventory"),
        (f"{place}.3.account", "1430", "text of 1 to 120 characters"),
        (f"{place}.3.book", "stock", f"one of: {BOOKS}"),
        (
            f"{place}.4.scope",
            "supplier",
            "all, unless book is one of: inventory, goods_in_transit, goods_received",
        ),
        (f"{place}.5.scope_value", None, "a supplier"),
    }
