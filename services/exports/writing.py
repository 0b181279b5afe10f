"""Writes the file of an export from the pieces that Postgres sends, into a folder of this machine."""

import asyncio
import csv
import hashlib
import io
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from errors import InternalError, QueryTooComplex
from models.exports.export import ExportFormat
from models.insights.statements.lines import LineColumn, LineForm

_log = structlog.get_logger(__name__)

FORMS = {
    ExportFormat.CSV: LineForm.CSV,
    ExportFormat.JSONL: LineForm.JSON,
    ExportFormat.PARQUET: LineForm.TYPED,
}
# Pieces come with some kilobytes each; a thread takes so much at once.
_AT_ONCE = 1024 * 1024
_PROGRAM = Path(__file__).parent / "parquet_file.py"
_LONGEST_SAID = 2_000
# What the Parquet library says of a number that has no place in a column.
_TOO_LARGE = ("decimal", "int64", "precision")

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
        async with _program(path, layout) as sink:
            yield sink
        return
    target = await asyncio.to_thread(path.open, "wb")
    try:
        buffer = _Buffer(target.write)
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
        await asyncio.to_thread(target.close)


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


@asynccontextmanager
async def _program(path: Path, layout: Layout) -> AsyncIterator[Sink]:
    """The program that makes Parquet, until it has ended; killed where the block ends by an error."""
    pairs = [(name, column.kind.value) for name, column in zip(layout.names, layout.columns, strict=True)]
    specification = path.with_suffix(".json")
    text = json.dumps({"columns": pairs, "metadata": dict(layout.metadata)})
    await asyncio.to_thread(specification.write_text, text, encoding="utf-8")
    # -I: nothing of the environment or of the folder that the worker was started in changes what it imports.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PROGRAM), str(specification), str(path), stdin=PIPE, stderr=PIPE
    )
    said = asyncio.ensure_future(_read(process))
    try:
        yield _pipe(process)
        assert process.stdin is not None
        process.stdin.close()
        await _ended(process, said)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        said.cancel()


def _pipe(process: Process) -> Sink:
    async def take(piece: bytes) -> None:
        assert process.stdin is not None
        # A program that has ended is told by its exit code.
        with suppress(ConnectionError):
            process.stdin.write(piece)
            await process.stdin.drain()

    return take


async def _read(process: Process) -> str:
    assert process.stderr is not None
    said = (await process.stderr.read()).decode(errors="replace")
    return said[-_LONGEST_SAID:]


async def _ended(process: Process, said: "asyncio.Future[str]") -> None:
    code = await process.wait()
    if code == 0:
        return
    last = (await said).strip().rpartition("\n")[2]
    _log.warning("parquet_failed", code=code, said=last)
    if any(word in last.lower() for word in _TOO_LARGE):
        raise QueryTooComplex("A number is too large for a column of Parquet: choose another format for this question.")
    raise InternalError("The program that writes Parquet has failed.")
