"""Level: how full a leaky bucket is. All numbers are whole, so that redis_counters.lua arrives at the same ones."""

from dataclasses import dataclass
from typing import Self

from auth.limits.buckets import Bucket

SECOND = 1_000_000  # counts are kept in microseconds, as Redis tells its time
_MILLISECOND = 1_000


@dataclass(frozen=True, slots=True)
class Level:
    """What a leaky bucket holds at the time `at`, in microseconds.

    `held` is in points times the milliseconds of the window: as many drain in a millisecond as the bucket has points.
    So nothing is lost to rounding, however often the level is stored. `given` is the sum of what was given back.
    """

    held: int = 0
    at: int = 0
    given: int = 0

    def drained(self, bucket: Bucket, now: int) -> Self:
        """The level at `now`. Of a bucket that has become smaller it fills no more than the whole."""
        passed = max(0, now - self.at) // _MILLISECOND
        held = max(0, min(self.held, bucket.amount * _parts(bucket)) - passed * bucket.amount)
        return type(self)(held, self.at + passed * _MILLISECOND if held else now, self.given)

    def plus(self, bucket: Bucket, points: int) -> Self:
        return type(self)(self.held + points * _parts(bucket), self.at, self.given)

    def less(self, bucket: Bucket, points: int, *, of: int, taken: Self) -> Self:
        """The level without as many of the points as are still in it: of a charge of `of`, which made it `taken`.

        The bucket drains from below, and a charge lies above what was there before it. What has drained of it meanwhile
        was restored already, and must not be given back once more. What others got back may have lain below, so that
        this charge began to drain sooner; it is taken to have. So the level never falls below what was really used.
        """
        others = self.given - taken.given
        if others < 0:  # this count has begun anew
            return self
        below = max(0, taken.held - of * _parts(bucket) - others)
        drained = max(0, self.at - taken.at) // _MILLISECOND * bucket.amount
        left = of * _parts(bucket) - max(0, drained - below)
        back = max(0, min(points * _parts(bucket), left, self.held))
        return type(self)(self.held - back, self.at, self.given + back)

    def room(self, bucket: Bucket) -> int:
        """How many whole points there are to take."""
        return max(0, bucket.amount - -(-self.held // _parts(bucket)))

    def wait(self, bucket: Bucket, points: int, now: int) -> int:
        """How long until there is room for so many points; a whole window for more than the bucket ever holds."""
        if points > bucket.amount:
            return bucket.window_s * SECOND
        excess = self.held - (bucket.amount - points) * _parts(bucket)
        return self._drained_at(bucket, excess) - now if excess > 0 else 0

    def empty_at(self, bucket: Bucket) -> int:
        """When all points are there again."""
        return self._drained_at(bucket, self.held)

    def _drained_at(self, bucket: Bucket, held: int) -> int:
        return self.at + -(-held // bucket.amount) * _MILLISECOND


def _parts(bucket: Bucket) -> int:
    """The milliseconds of the window: a point has so many parts."""
    return bucket.window_s * SECOND // _MILLISECOND
