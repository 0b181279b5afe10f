"""server.py, whose inline worker is in a hurry: `python -m tests.drills.hasty_server SECONDS_AHEAD JOBS_AT_ONCE`.

As tests/drills/hasty_worker.py: everything but how soon lost jobs are noticed is the server's own, and so is the clock.
"""

import sys
from functools import partial

from jobs.runner import WorkerOptions
from startup import server
from startup.process import run_process
from tests.drills.hasty_worker import TIMES

if __name__ == "__main__":
    hasty = partial(WorkerOptions, concurrency=int(sys.argv[2]), poll_s=0.1, rescue=TIMES)
    server.__dict__["WorkerOptions"] = hasty
    sys.exit(run_process(server.serve))
