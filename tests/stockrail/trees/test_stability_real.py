"""The stability report on 500 real items, where the published data are there."""

import importlib.util
from pathlib import Path

import pytest

from stockrail.solvers.result import SolveOptions
from stockrail.trees.errors import ErrorModel
from stockrail.trees.path_source import ModelSource
from stockrail.trees.stability import stability

ROOT = Path(__file__).parents[3]
DATA = ROOT / "../shared/data"


@pytest.mark.skipif(not DATA.is_dir(), reason="The published data are not part of the repository.")
def test_value_on_fresh_paths_lies_in_the_interval() -> None:
    """A plan of 500 items on a tree of four scenarios earns on 2,000 fresh paths what was reported before they were drawn."""
    script = ROOT / "scripts" / "import_online_retail.py"
    specification = importlib.util.spec_from_file_location("import_online_retail", script)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    sales = DATA / "online_retail_weekly"
    instance = module.import_instance(
        sales / "weekly_units_revenue_top500.csv",
        sales / "items_top500.csv",
        DATA / "supplier_deliveries" / "scms_delivery_history_utf8.csv",
    )
    source = ModelSource(ErrorModel.of_instance(instance))
    report = stability(
        instance, source, [[2, 2]], trees=2, paths=200, test_paths=300, options=SolveOptions(workers=2)
    )
    assert report.fresh_paths == 2000
    assert report.is_inside
    assert report.recommended is report.sizes[0]
    # The tree promises more than the plan earns, but not much more.
    assert 0 < report.chosen.optimism_share < 0.05
