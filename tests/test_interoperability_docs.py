"""docs/interoperability.md says what the files hold and what mpi-sppy finds."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import highspy
import pytest
from typer.testing import CliRunner

from stockrail.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "interoperability.md").read_text(encoding="utf-8")
THREE_ITEMS = ROOT / "instances" / "three-items"
MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")


@pytest.mark.parametrize("name", ["model.mps", "model.lp"])
def test_exported_file_has_the_optimum_of_the_page(name: str, tmp_path: Path) -> None:
    """HiGHS reads the file, solves it, and finds minus the 1549.81 of the page; its first order is 2 lots of kettles."""
    stated = re.search(r"optimum of (-[\d.]+)", PAGE)
    assert stated is not None
    run = CliRunner().invoke(app, ["export", str(THREE_ITEMS), str(tmp_path / name)])
    assert run.exit_code == 0
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("threads", 1)  # HiGHS has one scheduler for the whole process
    assert solver.readModel(str(tmp_path / name)) == highspy.HighsStatus.kOk
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(float(stated[1]), abs=0.005)
    values = dict(zip(solver.getLp().col_names_, solver.getSolution().col_value, strict=True))
    assert values["lots(kettle,now)"] == pytest.approx(2.0)


@pytest.mark.skipif(
    importlib.util.find_spec("mpisppy") is None or MPIEXEC is None,
    reason="mpi-sppy or mpiexec is not installed (the optional extra `mpisppy`)",
)
def test_hub_under_mpi(tmp_path: Path) -> None:
    """The hub ends with the plan of the page, mpi-sppy's and ours, and both bounds are at least as high."""
    script = ROOT / "scripts" / "mpi_sppy_hub.py"
    command = [str(MPIEXEC), "-n", "3", sys.executable, str(script), str(THREE_ITEMS), "--time-limit", "60"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    plan, bound = (
        [
            float(amount.replace(",", ""))
            for amount in re.findall(rf"^{name} .*", run.stdout, re.MULTILINE)[0].split()[-3::2]
        ]
        for name in ("plan", "no plan reaches more than")
    )
    assert plan == pytest.approx([1549.81, 1549.81])
    assert min(bound) >= 1549.81
