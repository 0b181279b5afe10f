"""Calls to vendors while a client waits: translates their errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from errors import RateLimited
from integrations.errors import Throttled


@contextmanager
def platform_call() -> Iterator[None]:
    """Turns Throttled into RateLimited, which tells a client how long to wait; other errors are shown as they are."""
    try:
        yield
    except Throttled as error:
        raise RateLimited(error.message, retry_after_s=error.retry_after_s) from error
