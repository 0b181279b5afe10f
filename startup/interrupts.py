"""Ctrl-C before a process listens for signals; imports nothing that takes time, since it comes before all else."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def answer_ctrl_c(what: str) -> None:
    """While Python imports: nothing was begun that must be ended, and an exception would be shown with a trace."""

    def stop(number: int, _frame: FrameType | None) -> None:
        os.write(2, f"\nInterrupted before {what} began.\n".encode())
        os._exit(128 + number)

    signal.signal(signal.SIGINT, stop)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """For a call that blocks the event loop: a stop signal ends it with KeyboardInterrupt.

    Handlers of the loop wait for the call, which may wait for a database that does not answer.
    """
    before = {each: signal.signal(each, signal.default_int_handler) for each in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
