"""The process of a run: `python -m stockrail.workbench.runs.process RUN`, started by `launch`.

It takes the run, solves, keeps what it finds, ends the run, and starts the next one that waits. Whatever kills it, the run's row
says who had it and what was found.
"""

import logging
import os
import signal
import sys
from types import FrameType

from stockrail.workbench.governance.exceptions import open_after_run
from stockrail.workbench.runs.claim import Claim, LostError
from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.launch import LOCATION_VARIABLE
from stockrail.workbench.runs.queue import at_once, wait_on
from stockrail.workbench.runs.recorder import EXIT_LOST, Recorder
from stockrail.workbench.runs.watch import tend
from stockrail.workbench.store import Store

EXIT_OK, EXIT_NOT_TAKEN = 0, 5

_logger = logging.getLogger(__name__)


def main() -> int:
    """Run one run to its end; returns the exit code."""
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    run_id = int(sys.argv[1])
    with Store.open(os.environ.pop(LOCATION_VARIABLE)) as store:
        claim = Claim.take(store, run_id, ProcessIdentity.own(), at_once(store))
        if claim is None:
            wait_on(store, run_id)
            return EXIT_NOT_TAKEN

        def leave(code: int) -> None:
            try:
                tend(store)
            finally:
                os._exit(code)

        try:
            execute(claim, _end_on_signals, leave)
            open_after_run(store, run_id)
        except LostError as error:
            _logger.warning("%s It ends.", error)
            return EXIT_LOST
        finally:
            tend(store)
    return EXIT_OK


def _end_on_signals(recorder: Recorder) -> None:
    """A system that shuts down asks first: the run becomes `interrupted`, with the best plan kept."""

    def stop(number: int, frame: FrameType | None) -> None:
        recorder.stop("interrupted")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
