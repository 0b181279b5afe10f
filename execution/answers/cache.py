"""AnswerCache: answers as the JSON of their data, bounded in bytes; what an answer depends on is in its key."""

from collections import OrderedDict

from execution.telemetry import note_kept_bytes, note_kept_look

# An answer that takes more of the whole is not kept: it would push out many others.
LARGEST_PART = 8
# What an answer takes besides its text: its key and its place in the table.
_BESIDES = 250


class AnswerCache:
    """One of an application; when it is full, the answers go that were not asked for the longest."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self.size = 0

    @property
    def count(self) -> int:
        return len(self._answers)

    def find(self, key: bytes) -> bytes | None:
        data = self._answers.get(key)
        note_kept_look(is_hit=data is not None)
        if data is not None:
            self._answers.move_to_end(key)
        return data

    def keep(self, key: bytes, data: bytes) -> None:
        """Keeps the data of an answer; of two for one key the later one, since it has seen at least as much."""
        if _size(data) > self._most_bytes // LARGEST_PART:
            return
        before = self.size
        self._forget(self._answers.pop(key, None))
        self._answers[key] = data
        self.size += _size(data)
        while self.size > self._most_bytes:
            self._forget(self._answers.popitem(last=False)[1])
        note_kept_bytes(self.size - before)

    def _forget(self, data: bytes | None) -> None:
        self.size -= 0 if data is None else _size(data)


def _size(data: bytes) -> int:
    return len(data) + _BESIDES
