"""The operator's commands: `python cli.py`; `commands` has them."""

import signal

from startup.environment import need_packages
from startup.interrupts import answer_ctrl_c

if __name__ == "__main__":
    answer_ctrl_c("the command")
    need_packages("cli.py")
    from commands.app import app

    try:
        app()
    finally:
        # The command is over and its exit code settled. While Python ends it gives up every handler, so that another
        # Ctrl-C would kill it; what is ignored stays ignored.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
