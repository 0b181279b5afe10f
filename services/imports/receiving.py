"""What every import does: takes a seat, keeps the file on disk, reads it in a thread, and says what came of its lines.

Knows nothing of what the lines are about.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO, Protocol, TypeVar
from uuid import UUID

from analytics.reports.lines import FileFault
from errors import Refused, UserErrorCode
from services.imports.problems import Problem
from services.imports.text_files import Stopped
from services.seats import Seats

T = TypeVar("T")

_BUSY = "An import of the team is running, or the server has as many as it can do at once."
_RETRY_S = 10


class HasImports(Protocol):
    @property
    def imports(self) -> Seats: ...


class SentFile(Protocol):
    """A file that somebody has sent."""

    def chunks(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class ImportedLines:
    """What came of a file, in its lines; of a trial the same numbers, and nothing is stored."""

    rows_imported: int
    rows_skipped: int
    problems: Sequence[Problem]
    notes: Sequence[str]


@asynccontextmanager
async def received(tools: HasImports, tenant_id: UUID, file: SentFile) -> AsyncIterator[BinaryIO]:
    """The whole file on disk, with a seat, while the block runs; raises RateLimited while another import runs.

    A FileFault of the block becomes Refused FILE_INVALID of the parameter `file`.
    """
    with tools.imports.taken(tenant_id, refusal=_BUSY, retry_after_s=_RETRY_S), TemporaryFile() as source:
        async for chunk in file.chunks():
            await asyncio.to_thread(source.write, chunk)
        try:
            yield source
        except FileFault as fault:
            raise Refused(UserErrorCode.FILE_INVALID, fault.message, field="file") from fault


async def read_in_thread(read: Callable[[Callable[[], bool]], T]) -> T:
    """What `read` answers; it is told whether to stop, and ends soon after nobody waits for it any more."""
    stop = threading.Event()
    reading = asyncio.ensure_future(asyncio.to_thread(read, stop.is_set))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        stop.set()
        with suppress(Stopped, FileFault):
            await reading
        raise
