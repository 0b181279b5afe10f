"""How long a replica is left alone that had no connection left; knows no replica."""

import time
from collections.abc import Callable

FIRST_S = 5.0
LONGEST_S = 60.0


class Rest:
    """Twice as long as the one before it when that has ended only a moment ago, which is up to its own length.

    A replica without a connection left is in order for looks, which have theirs, so that it would be taken again at
    once, and fail the next query.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._length_s = 0.0
        self._until = float("-inf")

    @property
    def is_on(self) -> bool:
        return self._monotonic() < self._until

    def begin(self) -> None:
        """Begins one, unless one is on: queries that fail together are one failure."""
        if self.is_on:
            return
        now = self._monotonic()
        is_soon = now - self._until < self._length_s
        self._length_s = min(2 * self._length_s, LONGEST_S) if is_soon else FIRST_S
        self._until = now + self._length_s

    @property
    def left_s(self) -> float:
        """How long the one that is on goes on; 0 without one."""
        return max(0.0, self._until - self._monotonic())
