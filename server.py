"""The web process: `python server.py`; `startup/server.py` has all of it."""

import sys

from startup.arguments import take_no_arguments
from startup.environment import need_packages
from startup.interrupts import answer_ctrl_c

if __name__ == "__main__":
    answer_ctrl_c("the server")
    need_packages("server.py")
    take_no_arguments("server.py")
    from startup.process import run_process
    from startup.server import serve

    sys.exit(run_process(serve))
