"""Owns rows that were printed before, so that a page costs a copy; must not know what they mean."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import msgspec

Rows = tuple[msgspec.Raw, ...]
KEPT_ROWS = 25_000


@dataclass(slots=True)
class RowCache:
    """The least recently used batches go first; the bound is on rows, about 2 KB each."""

    most_rows: int = KEPT_ROWS
    _batches: OrderedDict[Hashable, Rows] = field(default_factory=OrderedDict)
    _size: int = 0

    def rows(self, key: Hashable, make: Callable[[], Rows]) -> Rows:
        if key in self._batches:
            self._batches.move_to_end(key)
            return self._batches[key]
        made = make()
        self._batches[key] = made
        # An empty batch costs its key, so it counts as one row.
        self._size += max(1, len(made))
        while self._size > self.most_rows and len(self._batches) > 1:
            _, dropped = self._batches.popitem(last=False)
            self._size -= max(1, len(dropped))
        return made
