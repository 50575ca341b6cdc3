"""Benchmark of what-ifs: four of them, warm from one another, against one of them from nothing. See benchmark.py.

python scripts/benchmark.py --only what-ifs            the distributor's four to a gap of 0.3%, about a minute on two cores
python scripts/benchmark.py --only what-ifs --quick    to a gap of 2%
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import stockrail as sr
from stockrail.comparisons.comparison import compare

# A script finds its neighbours beside it; the type checker knows them by the folder they are in.
if TYPE_CHECKING:
    from scripts.benchmark_finance import Measure
else:
    from benchmark_finance import Measure

DISTRIBUTOR = Path(__file__).parents[1] / "instances" / "distributor"
GAP, LOOSE_GAP = 0.003, 0.02


def compare_what_ifs(*, is_quick: bool) -> list[Measure]:
    """Seconds of wall clock and of processors, and their ratios; the regret is not part of it."""
    gap = LOOSE_GAP if is_quick else GAP
    instance, what_ifs = sr.load(DISTRIBUTOR), sr.what_ifs(DISTRIBUTOR)
    spent = {}
    for name, chosen in (("one", what_ifs[:1]), ("all", what_ifs)):
        began, processor = time.perf_counter(), time.process_time()
        result = compare(instance, chosen, gap=gap)
        spent[name] = time.perf_counter() - began, time.process_time() - processor
        assert result.is_complete
    (one, one_cpu), (every, every_cpu) = spent["one"], spent["all"]
    case = f"{len(what_ifs)} what-ifs, {len(instance.items)} items"
    return [
        Measure(case, f"seconds of one ({what_ifs[0].name})", f"{one:.1f}"),
        Measure(case, f"seconds of {len(what_ifs)}", f"{every:.1f}"),
        Measure(case, "ratio", f"{every / one:.2f}", "2.5"),
        Measure(case, "ratio in seconds of processors", f"{every_cpu / one_cpu:.2f}"),
        Measure(case, "widest gap", f"{max(row.gap for row in result.outcomes):.2%}", f"{gap:.1%}"),
    ]
