"""`python cli.py`: the operator's commands, with an answer to Ctrl-C while Python still imports them."""

import os
import signal
from types import FrameType


def _stop(number: int, _frame: FrameType | None) -> None:
    """Nothing was begun that must be ended, and an exception within an import would be shown with a trace."""
    os.write(2, b"\nInterrupted before the command began.\n")
    os._exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _stop)
    from commands import app

    app()
