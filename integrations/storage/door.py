"""What the product asks of a storage of files, whatever keeps them: put, link, delete, list."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

# How long a link works. Whoever has it may read the file, so it is made anew for each answer.
LINK_LIFE = timedelta(minutes=15)
# What a browser may show in a page, by the end of its name; everything else it saves. Neither can hold a program.
_SHOWN = {".jpg": "image/jpeg"}
_PART = r"(?!\.)[A-Za-z0-9._-]{1,100}"
_KEY = re.compile(f"{_PART}(/{_PART}){{0,9}}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as a list tells it; `changed_at` is by the storage's clock."""

    key: str
    size: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FileLink:
    url: str
    expires_at: datetime


class FileStorage(Protocol):
    """Files by key. Each method raises an IntegrationError, and ValueError for a text that is no key."""

    async def put(self, key: str, source: Path, *, media_type: str) -> None:
        """Stores the file under the key, in place of what was there; nobody sees a half of it."""
        ...

    async def link(self, key: str, *, name: str, life: timedelta = LINK_LIFE) -> FileLink:
        """A link that works for so long and saves the file under `name`, or shows it where `shown_as` says as what.

        Whether the file exists is not looked up.
        """
        ...

    async def delete(self, keys: Iterable[str]) -> None:
        """Deletes the files; those that are not there are no error."""
        ...

    def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """The files whose keys begin with `prefix`, which is a key with a slash behind it, or '' for all."""
        ...

    async def forget_unfinished(self, *, before: datetime) -> int:
        """Deletes what is left of files whose storing ended in its middle before then; answers how many these were."""
        ...


def shown_as(name: str) -> str | None:
    """The media type of a file of this name that browsers may show in a page; None for one that they save."""
    return next((kind for ending, kind in _SHOWN.items() if name.endswith(ending)), None)


def checked_key(key: str) -> str:
    """The key; ValueError for one that names no place below the storage's own, such as one with `..` in it."""
    if not _KEY.fullmatch(key):
        raise ValueError(
            "A key has 1 to 10 parts of letters, digits, dots, dashes and underscores; none begins with a dot."
        )
    return key


def checked_prefix(prefix: str) -> str:
    """The prefix; ValueError unless it is '' or a key with a slash behind it: of a half of a part another may begin."""
    if prefix:
        if not prefix.endswith("/"):
            raise ValueError("A prefix ends with a slash.")
        checked_key(prefix[:-1])
    return prefix
