"""Writes the file of an export from the pieces that Postgres sends, into a folder of this machine."""

import asyncio
import csv
import hashlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.exports.export import ExportFormat
from models.insights.statements.lines import LineColumn, LineForm
from services.exports.parquet import ParquetTarget, open_parquet

FORMS = {
    ExportFormat.CSV: LineForm.CSV,
    ExportFormat.JSONL: LineForm.JSON,
    ExportFormat.PARQUET: LineForm.TYPED,
}
# Pieces come with some kilobytes each; a thread takes so much at once.
_AT_ONCE = 1024 * 1024

Sink = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands around the lines: names and kinds of the columns, and what the file says of itself."""

    columns: Sequence[LineColumn]
    names: Sequence[str]
    metadata: Mapping[str, str] = field(default_factory=dict)
    byte_order_mark: bool = False


@dataclass(frozen=True, slots=True)
class WrittenFile:
    path: Path
    size: int
    sha256: str


@asynccontextmanager
async def open_lines(path: Path, wanted: ExportFormat, layout: Layout) -> AsyncIterator[Sink]:
    """A sink for the lines; the file is whole once the block has ended without an error."""
    if wanted is ExportFormat.PARQUET:
        columns = [(name, column.kind) for name, column in zip(layout.names, layout.columns, strict=True)]
        target = ParquetTarget(path, layout.metadata)
        async with open_parquet(path.with_suffix(".json"), columns, [target]) as lines:
            yield lines.take
        return
    file = await asyncio.to_thread(path.open, "wb")
    try:
        buffer = _Buffer(file.write)
        if wanted is ExportFormat.CSV:
            await buffer.take(_head(layout))
            ends = LineEnds()

            async def take(piece: bytes) -> None:
                await buffer.take(ends.changed(piece))

            yield take
        else:
            yield buffer.take
        await buffer.flush()
    finally:
        await asyncio.to_thread(file.close)


async def measured(path: Path) -> WrittenFile:
    """The size of a file and the SHA-256 of its bytes."""

    def measure() -> WrittenFile:
        with path.open("rb") as file:
            return WrittenFile(path, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())

    return await asyncio.to_thread(measure)


class LineEnds:
    """Ends lines of CSV as RFC 4180 has it, with CR and LF; a line break within quotes stays what it is."""

    def __init__(self) -> None:
        self._is_quoted = False

    def changed(self, piece: bytes) -> bytes:
        """The next piece; pieces may end anywhere."""
        if b'"' not in piece:
            return piece if self._is_quoted else piece.replace(b"\n", b"\r\n")
        parts = piece.split(b'"')
        # A quote that is doubled within quotes ends them and begins them again, which changes nothing in between.
        for place in range(1 if self._is_quoted else 0, len(parts), 2):
            parts[place] = parts[place].replace(b"\n", b"\r\n")
        self._is_quoted ^= len(parts) % 2 == 0
        return b'"'.join(parts)


class _Buffer:
    """Gathers pieces, and writes them in a thread."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self._write, self._pieces, self._size = write, list[bytes](), 0

    async def take(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= _AT_ONCE:
            await self.flush()

    async def flush(self) -> None:
        gathered, self._pieces, self._size = b"".join(self._pieces), [], 0
        await asyncio.to_thread(self._write, gathered)


def _head(layout: Layout) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(layout.names)
    return ("\ufeff" if layout.byte_order_mark else "").encode() + line.getvalue().encode()
