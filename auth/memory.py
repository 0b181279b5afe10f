"""Memory: keeps what was read from the database for some seconds."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

REMEMBERED_FOR_S = 15.0
_MOST_REMEMBERED = 10_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """The last 10,000 readings, each for `kept_for_s` seconds, unless it is told to forget them."""

    def __init__(self, elapsed: Callable[[], float], *, kept_for_s: float = REMEMBERED_FOR_S) -> None:
        """`elapsed` counts seconds and is never set back, unlike a date: with that, readings could live on."""
        self._elapsed = elapsed
        self._kept_for_s = kept_for_s
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()
        self._forgettings = 0

    async def recall(self, key: K, read: Callable[[], Awaitable[V]]) -> V:
        """The remembered value of the key, or what `read` answers; an exception of `read` is not remembered."""
        known = self._kept.get(key)
        if known is not None and self._elapsed() < known[1]:
            return known[0]
        before = self._forgettings
        value = await read()
        # A session that ended while it was being read must not be remembered as alive.
        if before == self._forgettings:
            self._kept[key] = (value, self._elapsed() + self._kept_for_s)
            self._kept.move_to_end(key)
            if len(self._kept) > _MOST_REMEMBERED:
                self._kept.popitem(last=False)
        return value

    def forget(self, is_over: Callable[[K, V], bool]) -> None:
        """Forgets every key for which `is_over(key, value)` is true."""
        self._forgettings += 1
        for key in [key for key, (value, _) in self._kept.items() if is_over(key, value)]:
            del self._kept[key]
