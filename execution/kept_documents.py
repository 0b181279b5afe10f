"""KeptDocuments: parsed documents by their texts, bounded in bytes; what clients repeat outlives what they do not."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

MOST_BYTES = 48 * 1024 * 1024
# What a parsed document takes: measured with texts of names, of brackets and of comments. Tokens weigh most of it.
BYTES_OF_ANY = 20_000
BYTES_PER_CHARACTER = 140
_OF_NEWCOMERS = 4  # they have one part of so many

D = TypeVar("D")


class _Room(Generic[D]):
    """Documents up to so many bytes; the one that was not asked for the longest goes first."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._documents: OrderedDict[Hashable, tuple[D, int]] = OrderedDict()
        self.bytes = 0

    def find(self, key: Hashable) -> D | None:
        found = self._documents.get(key)
        if found is None:
            return None
        self._documents.move_to_end(key)
        return found[0]

    def take(self, key: Hashable) -> tuple[D, int] | None:
        found = self._documents.pop(key, None)
        self.bytes -= found[1] if found is not None else 0
        return found

    def add(self, key: Hashable, document: D, size: int) -> None:
        self.take(key)
        self._documents[key] = (document, size)
        self.bytes += size
        while self.bytes > self._most:
            self.take(next(iter(self._documents)))


class KeptDocuments(Generic[D]):
    """Newcomers have a quarter of the room, and move to the rest when they are asked for once more.

    So whoever sends documents that nobody repeats, such as texts that differ in a comment, pushes out none in use.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._newcomers: _Room[D] = _Room(most_bytes // _OF_NEWCOMERS)
        self._repeated: _Room[D] = _Room(most_bytes - most_bytes // _OF_NEWCOMERS)

    @property
    def bytes(self) -> int:
        """About what all documents take."""
        return self._newcomers.bytes + self._repeated.bytes

    def find(self, key: Hashable) -> D | None:
        found = self._repeated.find(key)
        if found is not None:
            return found
        newcomer = self._newcomers.take(key)
        if newcomer is None:
            return None
        self._repeated.add(key, *newcomer)
        return newcomer[0]

    def add(self, key: Hashable, document: D, *, characters: int) -> None:
        """Keeps the document of a text of so many characters."""
        self._newcomers.add(key, document, BYTES_OF_ANY + BYTES_PER_CHARACTER * characters)
