"""The texts that callers have registered, in memory: bounded in bytes, with a share for each owner."""

from collections import OrderedDict
from sys import getsizeof

# 250 documents of 2,000 characters; who sends more of them registers some again and again.
LARGEST_SHARE = 512 * 1024
ALL_SHARES = 64 * 1024 * 1024
# What a text takes besides its characters: its name and the places in two tables.
_BESIDES = 300


class _Share:
    """The texts of one owner; the one that was not asked for the longest goes first."""

    def __init__(self) -> None:
        self.texts: OrderedDict[str, str] = OrderedDict()
        self.size = 0

    def find(self, name: str) -> str | None:
        text = self.texts.get(name)
        if text is not None:
            self.texts.move_to_end(name)
        return text

    def keep(self, name: str, text: str, *, largest: int) -> None:
        if name in self.texts or _size(text) > largest:
            return
        self.texts[name] = text
        self.size += _size(text)
        while self.size > largest:
            _, dropped = self.texts.popitem(last=False)
            self.size -= _size(dropped)


class TextStore:
    """Texts by owner and name.

    Callers without a tenant are one owner, whose share is apart: they can push out nothing of a tenant's. When the
    shares of tenants come to more than `all_shares`, those go first that were not asked for the longest.
    """

    def __init__(self, *, largest_share: int = LARGEST_SHARE, all_shares: int = ALL_SHARES) -> None:
        self._largest_share, self._all_shares = largest_share, all_shares
        self._of_nobody = _Share()
        self._of_owners: OrderedDict[str, _Share] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """About how many bytes all texts take."""
        return self._size + self._of_nobody.size

    def find(self, owner: str | None, name: str) -> str | None:
        """A text that the same owner has registered."""
        if owner is None:
            return self._of_nobody.find(name)
        share = self._of_owners.get(owner)
        if share is None:
            return None
        self._of_owners.move_to_end(owner)
        return share.find(name)

    def keep(self, owner: str | None, name: str, text: str) -> None:
        """Stores a text under the name that the caller has computed from it."""
        if owner is None:
            self._of_nobody.keep(name, text, largest=self._largest_share)
            return
        share = self._of_owners.setdefault(owner, _Share())
        self._of_owners.move_to_end(owner)
        before = share.size
        share.keep(name, text, largest=self._largest_share)
        self._size += share.size - before
        while self._size > self._all_shares:
            _, dropped = self._of_owners.popitem(last=False)
            self._size -= dropped.size


def _size(text: str) -> int:
    return getsizeof(text) + _BESIDES
