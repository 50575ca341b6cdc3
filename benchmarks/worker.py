"""One case in this process: `python -m benchmarks.worker CASE.json OUTCOME.json`. Started by benchmarks/run.py."""

import json
import sys
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.engines import RUN


def main(case_file: str, outcome_file: str) -> None:
    """Run the case; compiled code is loaded, or compiled, before the clock starts."""
    case = Case(**json.loads(Path(case_file).read_text(encoding="utf-8")))
    if case.engine == "stockrail":
        from scripts.benchmark_process import warm_up

        warm_up()
    RUN[case.engine](case).write(Path(outcome_file))


if __name__ == "__main__":
    main(*sys.argv[1:])
