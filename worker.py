"""The job process: `python worker.py`; `startup/worker.py` has all of it."""

import sys

from startup.arguments import take_no_arguments
from startup.environment import need_packages
from startup.interrupts import answer_ctrl_c

if __name__ == "__main__":
    answer_ctrl_c("the worker")
    need_packages("worker.py")
    take_no_arguments("worker.py")
    from startup.process import run_process
    from startup.worker import work

    sys.exit(run_process(work))
