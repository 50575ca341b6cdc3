"""Benchmark of what-ifs: four of them, warm from one another, against one of them from nothing. See benchmark.py.

python scripts/benchmark_what_ifs.py    the distributor's four, about a minute on two cores
"""

import time
from pathlib import Path

import stockrail as sr
from stockrail.comparisons.comparison import compare

DISTRIBUTOR = Path(__file__).parents[1] / "instances" / "distributor"
GAP = 0.003


def measure() -> dict[str, str]:
    """Seconds of wall clock and of processors, and their ratios; the regret is not part of it."""
    instance, what_ifs = sr.load(DISTRIBUTOR), sr.what_ifs(DISTRIBUTOR)
    compare(
        DISTRIBUTOR.parent / "three-items", gap=0.01
    )  # so that nobody pays for loading the compiled kernels
    spent = {}
    for name, chosen in (("one", what_ifs[:1]), ("all", what_ifs)):
        began, processor = time.perf_counter(), time.process_time()
        result = compare(instance, chosen, gap=GAP)
        spent[name] = time.perf_counter() - began, time.process_time() - processor
        assert result.is_complete
    (one, one_cpu), (every, every_cpu) = spent["one"], spent["all"]
    return {
        f"seconds of one what-if ({what_ifs[0].name})": f"{one:.1f}",
        f"seconds of {len(what_ifs)}": f"{every:.1f}",
        "ratio (target 2.5)": f"{every / one:.2f}",
        "ratio in seconds of processors": f"{every_cpu / one_cpu:.2f}",
        "widest gap": f"{max(row.gap for row in result.outcomes):.2%}",
    }


if __name__ == "__main__":
    for what, value in measure().items():
        print(f"{what:40} {value}")
