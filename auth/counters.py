"""Counts of rate limits in this process's memory, as a storage of the `limits` library with a clock of its own.

The library's own memory storage visits every key in a thread after each hit, which a thousand callers make expensive.
"""

from collections import deque
from dataclasses import dataclass, field

from limits.aio.storage import MovingWindowSupport, Storage

from analytics.clock import Clock

SWEEP_EVERY_S = 60.0


@dataclass(slots=True)
class _Window:
    """Hits from the oldest to the newest, or one count until `ends_at`."""

    ends_at: float
    count: int = 0
    hits: deque[tuple[float, int]] = field(default_factory=deque)


class MemoryCounters(Storage, MovingWindowSupport):
    """No method waits for anything, so each is atomic."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._swept_at = 0.0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def _now(self) -> float:
        now = self._clock().timestamp()
        if now >= self._swept_at + SWEEP_EVERY_S:
            self._swept_at = now
            self._windows = {key: window for key, window in self._windows.items() if window.ends_at > now}
        return now

    def _live(self, key: str) -> _Window | None:
        now, window = self._now(), self._windows.get(key)
        return window if window is not None and window.ends_at > now else None

    # ------------------------------------------------------------------ fixed windows
    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        window = self._live(key)
        if window is None:
            window = self._windows[key] = _Window(self._now() + expiry)
        window.count += amount
        return window.count

    async def get(self, key: str) -> int:
        window = self._live(key)
        return window.count if window else 0

    async def get_expiry(self, key: str) -> float:
        window = self._live(key)
        return window.ends_at if window else self._now()

    # ------------------------------------------------------------------ moving windows
    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = self._now()
        window = self._windows.setdefault(key, _Window(now + expiry))
        while window.hits and window.hits[0][0] <= now - expiry:
            window.hits.popleft()
        if sum(hits for _, hits in window.hits) + amount > limit:
            return False
        window.hits.append((now, amount))
        window.ends_at = now + expiry
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - the library's
        now, window = self._now(), self._windows.get(key)
        counted = [hit for hit in window.hits if hit[0] > now - expiry] if window else []
        return (counted[0][0], sum(hits for _, hits in counted)) if counted else (now, 0)

    # ------------------------------------------------------------------ all
    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    async def reset(self) -> int | None:
        count = len(self._windows)
        self._windows.clear()
        return count

    async def check(self) -> bool:
        return True
