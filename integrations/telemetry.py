"""Counters and durations of calls to other companies, for monitoring."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

_CALLS = Counter(
    "adgraph_vendor_calls", "Calls to a vendor, each try by itself, by how it ended.", ("vendor", "outcome")
)
_SECONDS = Histogram(
    "adgraph_vendor_call_seconds",
    "How long a vendor took to answer, body included.",
    ("vendor",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
_UNREACHABLE = "unreachable"


class Call:
    """One try of a call; `status` is the HTTP status of the answer, None without one."""

    __slots__ = ("status",)

    def __init__(self) -> None:
        self.status: int | None = None


@contextmanager
def counted(vendor: str) -> Iterator[Call]:
    """Counts the block as one try of a call, by the class of its status (2xx) or as unreachable, with its duration."""
    call, started = Call(), time.perf_counter()
    try:
        yield call
    finally:
        outcome = f"{call.status // 100}xx" if call.status is not None else _UNREACHABLE
        _CALLS.labels(vendor, outcome).inc()
        _SECONDS.labels(vendor).observe(time.perf_counter() - started)
