"""Calls of vendors while a client waits: what their faults become."""

from collections.abc import Iterator
from contextlib import contextmanager

from errors import RateLimited
from integrations.errors import Throttled


@contextmanager
def platform_call() -> Iterator[None]:
    """Tells clients how long to wait where the platform throttles; its other errors are fit to be seen as they are."""
    try:
        yield
    except Throttled as error:
        raise RateLimited(error.message, retry_after_s=error.retry_after_s) from error
