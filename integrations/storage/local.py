"""Keeps files in a folder of this machine, and signs the links under which the web process serves them.

Every process of the installation must reach the same folder. A link has the file's key, the name that it is saved
under, the instant until which it works, and an HMAC over these.
"""

import asyncio
import errno
import hashlib
import hmac
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from analytics.clock import Clock
from integrations.errors import Unavailable
from integrations.storage.door import LINK_LIFE, FileLink, StoredFile, checked_key, checked_prefix, shown_as

T = TypeVar("T")
# Where a file is written before it gets its name; no key begins with a dot.
_ARRIVING = ".arriving"
_TRIES = 10
_FULL = {errno.ENOSPC, errno.EDQUOT}


def link_key(secret: str) -> bytes:
    """The key that signs links, derived from a secret of the installation, so that it equals none with another use."""
    return hmac.digest(secret.encode(), b"adgraph links to files", "sha256")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that a link allows to read, and the name that it is saved under, or shown by as `shown_as`."""

    path: Path
    name: str

    @property
    def shown_as(self) -> str | None:
        return shown_as(self.name)


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """Links begin with `url`, the first of the `keys` signs them, and each of the keys is accepted."""

    folder: Path
    url: str
    keys: Sequence[bytes] = field(repr=False)
    clock: Clock = field(repr=False)

    async def put(self, key: str, source: Path, *, media_type: str) -> None:  # noqa: ARG002 - its name tells it
        await _in_thread(lambda: self._store(self.folder / checked_key(key), source))

    async def link(self, key: str, *, name: str, life: timedelta = LINK_LIFE) -> FileLink:
        until = (self.clock() + life).replace(microsecond=0)
        seconds = str(int(until.timestamp()))
        query = {"expires": seconds, "name": name, "signature": _signed(self.keys[0], checked_key(key), seconds, name)}
        return FileLink(f"{self.url}/{quote(key)}?{urlencode(query)}", until)

    async def delete(self, keys: Iterable[str]) -> None:
        paths = [self.folder / checked_key(key) for key in keys]
        await _in_thread(lambda: self._delete(paths))

    async def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        folder = self.folder / checked_prefix(prefix)
        for found in await _in_thread(lambda: sorted(self._found(folder), key=lambda each: each.key)):
            yield found

    async def forget_unfinished(self, *, before: datetime) -> int:
        def forget() -> int:
            there = ((path, _status(path)) for path in _files(self.folder / _ARRIVING))
            old = [path for path, status in there if status is not None and _changed_at(status) < before]
            for path in old:
                path.unlink(missing_ok=True)
            return len(old)

        return await _in_thread(forget)

    def opened(self, key: str, query: Mapping[str, str]) -> OpenFile | None:
        """The file that a link allows to read; None for a wrong or an old link, and where there is no such file."""
        expires, name, given = (query.get(part, "") for part in ("expires", "name", "signature"))
        try:
            signatures = [_signed(each, checked_key(key), expires, name) for each in self.keys]
        except ValueError:
            return None
        if not any(hmac.compare_digest(each.encode(), given.encode()) for each in signatures):
            return None
        # What was signed is a number.
        if self.clock().timestamp() > int(expires):
            return None
        path = self.folder / key
        # A link of the file system might lead out of the folder, if somebody else has put it there.
        is_inside = path.resolve() == self.folder.resolve() / key
        return OpenFile(path, name) if is_inside and path.is_file() else None

    def _store(self, target: Path, source: Path) -> None:
        arriving = self.folder / _ARRIVING / uuid4().hex
        _make(arriving.parent)
        try:
            with source.open("rb") as read, arriving.open("xb") as written:
                os.fchmod(written.fileno(), 0o600)
                shutil.copyfileobj(read, written, 1024 * 1024)
                written.flush()
                os.fsync(written.fileno())
            _place(arriving, target)
        finally:
            arriving.unlink(missing_ok=True)

    def _delete(self, paths: Iterable[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self.folder or not _removed(folder):
                    break

    def _found(self, folder: Path) -> Iterator[StoredFile]:
        for path in _files(folder):
            key = path.relative_to(self.folder).as_posix()
            status = None if key.startswith(".") else _status(path)
            if status is not None:
                yield StoredFile(key, status.st_size, _changed_at(status))


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _status(path: Path) -> os.stat_result | None:
    """None for a file that has been deleted, or has got its name, since it was seen."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _place(arriving: Path, target: Path) -> None:
    """Gives a file its name. Whoever deletes the last one of a folder deletes the folder, perhaps just now."""
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            _make(target.parent)
            arriving.replace(target)
            return
    raise FileNotFoundError(errno.ENOENT, "The folder of the file does not stay.")


def _removed(folder: Path) -> bool:
    """Whether the folder is gone, as one is that was empty."""
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


def _changed_at(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _signed(key: bytes, *parts: str) -> str:
    # Each part is hashed by itself: no two different lists of parts are the same text.
    text = b"".join(hashlib.sha256(part.encode()).digest() for part in parts)
    return hmac.new(key, text, "sha256").hexdigest()


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        state = "is full" if error.errno in _FULL else f"cannot be used ({errno.errorcode.get(error.errno or 0, '?')})"
        raise Unavailable(f"The folder of files {state}.") from error
