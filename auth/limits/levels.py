"""Level: how full a leaky bucket is. All numbers are whole, so that redis_counters.lua arrives at the same ones."""

from dataclasses import dataclass
from typing import Self

from auth.limits.buckets import Bucket

SECOND = 1_000_000  # counts are kept in microseconds, as Redis tells its time
_MILLISECOND = 1_000


@dataclass(frozen=True, slots=True)
class Level:
    """What a leaky bucket holds at the time `at`, in microseconds.

    `spent` drains. It is in points times the milliseconds of the window, of which as many drain in a millisecond as the
    bucket has points: so nothing is lost to rounding, however often the level is stored. What is reserved, in points,
    does not drain: requests that run have taken it, and when one ends it spends a part of that and the rest is free. By
    the window of the clock in which they began these are `reserved`, and `reserved_before` for the window before. What
    is older is forgotten, since whoever reserved it must have died.
    """

    spent: int = 0
    at: int = 0
    window: int = 0
    reserved: int = 0
    reserved_before: int = 0

    def drained(self, bucket: Bucket, now: int) -> Self:
        """The level at `now`. Of a bucket that has become smaller it fills no more than the whole."""
        passed = max(0, now - self.at) // _MILLISECOND
        spent = max(0, min(self.spent, bucket.amount * _parts(bucket)) - passed * bucket.amount)
        at, window = self.at + passed * _MILLISECOND if spent else now, now // (bucket.window_s * SECOND)
        if window <= self.window:
            return type(self)(spent, at, self.window, self.reserved, self.reserved_before)
        return type(self)(spent, at, window, 0, self.reserved if window == self.window + 1 else 0)

    def reserving(self, points: int) -> Self:
        return type(self)(self.spent, self.at, self.window, self.reserved + points, self.reserved_before)

    def spending(self, bucket: Bucket, points: int, *, reserved: int = 0, window: int = 0) -> Self:
        """With points that are spent; of those that were reserved for them, in that window, none is any more."""
        now = self.reserved - reserved if window == self.window else self.reserved
        before = self.reserved_before - reserved if window == self.window - 1 else self.reserved_before
        spent = self.spent + points * _parts(bucket)
        return type(self)(spent, self.at, self.window, max(0, now), max(0, before))

    def room(self, bucket: Bucket) -> int:
        """How many whole points there are to take."""
        return max(0, bucket.amount - -(-self._held(bucket) // _parts(bucket)))

    def wait(self, bucket: Bucket, points: int, now: int) -> int:
        """How long until there is room for so many points, if what is reserved is spent by then.

        For more than the bucket ever holds it is a whole window.
        """
        if points > bucket.amount:
            return bucket.window_s * SECOND
        excess = self._held(bucket) - (bucket.amount - points) * _parts(bucket)
        return self._drained_at(bucket, excess) - now if excess > 0 else 0

    def empty_at(self, bucket: Bucket) -> int:
        """When all points are there again."""
        return self._drained_at(bucket, self._held(bucket))

    def _held(self, bucket: Bucket) -> int:
        return self.spent + (self.reserved + self.reserved_before) * _parts(bucket)

    def _drained_at(self, bucket: Bucket, held: int) -> int:
        return self.at + -(-held // bucket.amount) * _MILLISECOND


def _parts(bucket: Bucket) -> int:
    """The milliseconds of the window: a point has so many parts."""
    return bucket.window_s * SECOND // _MILLISECOND
