"""What operators type at a terminal: days as options of a command, and Ctrl-C."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from datetime import date, datetime
from typing import Any, TypeVar

import typer
from rich.console import Console
from typer.core import TyperGroup

INTERRUPTED = 128 + signal.SIGINT  # the exit code, as shells give it
UNFINISHED = os.EX_TEMPFAIL  # the exit code where the same command can go on later: neither done (0) nor failed (1)
T = TypeVar("T")


class Interruptible(TyperGroup):
    """Commands that Ctrl-C ends with a sentence, whatever it did before they began."""

    def invoke(self, ctx: Any) -> Any:  # a click.Context, of the copy within typer
        before = signal.getsignal(signal.SIGINT)
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            return super().invoke(ctx)
        except KeyboardInterrupt:
            Console(stderr=True).print("\nInterrupted.")
            raise typer.Exit(INTERRUPTED) from None
        finally:
            signal.signal(signal.SIGINT, before)


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day; write it like 2026-11-01 (year-month-day).") from None


DAY: dict[str, Any] = {"parser": _day, "metavar": "YYYY-MM-DD"}


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """The first Ctrl-C ends it and raises KeyboardInterrupt; later ones, while it closes, change nothing."""
    try:
        return asyncio.run(_interruptible(work))
    except asyncio.CancelledError:
        # The loop has given its handler up, and what is said next should be said to its end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt from None


async def _interruptible(work: Coroutine[Any, Any, T]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def interrupt() -> None:
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        task.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    return await task
