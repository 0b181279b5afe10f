"""Handles Ctrl-C before a process listens for signals; imports nothing slow, since it is called before all imports."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def answer_ctrl_c(what: str) -> None:
    """Ends the process at Ctrl-C while Python still imports, with one line in place of an exception's trace.

    Nothing has begun by then that has to be ended.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        os.write(2, f"\nInterrupted before {what} began.\n".encode())
        os._exit(128 + number)

    signal.signal(signal.SIGINT, stop)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Lets a stop signal end the block with KeyboardInterrupt, for a call that blocks the event loop.

    The loop's own handlers would only run after the call, which may wait for a database that does not answer.
    """
    before = {each: signal.signal(each, signal.default_int_handler) for each in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
