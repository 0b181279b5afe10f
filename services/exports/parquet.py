"""Runs the program that makes Parquet files: hands it the lines, and tells what went wrong in words of ours."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import structlog

from errors import InternalError, QueryTooComplex
from models.insights.statements.lines import ColumnKind

_log = structlog.get_logger(__name__)

_PROGRAM = Path(__file__).parent / "parquet_file.py"
_LONGEST_SAID = 2_000
# What the Parquet library says of a number that has no place in a column.
_TOO_LARGE = ("decimal", "int64", "precision")


@dataclass(frozen=True, slots=True)
class ParquetTarget:
    """A file to be made, and what it says of itself; with `first_day` it has the rows from that day on alone."""

    path: Path
    metadata: Mapping[str, str]
    first_day: date | None = None


@dataclass(slots=True)
class ParquetLines:
    """Takes lines of CSV; `rows` are the numbers of rows of the files, known once the program has ended."""

    process: Process
    rows: list[int] = field(default_factory=list)

    async def take(self, piece: bytes) -> None:
        assert self.process.stdin is not None
        # A program that has ended is told by its exit code.
        with suppress(ConnectionError):
            self.process.stdin.write(piece)
            await self.process.stdin.drain()


@asynccontextmanager
async def open_parquet(
    specification: Path,
    columns: Sequence[tuple[str, ColumnKind]],
    targets: Sequence[ParquetTarget],
    *,
    cut_by: str | None = None,
) -> AsyncIterator[ParquetLines]:
    """The program until it has ended; killed where the block ends by an error. The files are whole after the block.

    `specification` is a path of this run's own. `cut_by` is the column by whose days the lines are sorted. Raises
    QueryTooComplex for a number that no column can hold.
    """
    given = {
        "columns": [(name, kind.value) for name, kind in columns],
        "cut_by": cut_by,
        "files": [_told(each) for each in targets],
    }
    await asyncio.to_thread(specification.write_text, json.dumps(given), encoding="utf-8")
    # -I: nothing of the environment or of the folder that the worker was started in changes what it imports.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PROGRAM), str(specification), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    lines = ParquetLines(process)
    said = [asyncio.ensure_future(_read(each)) for each in (process.stdout, process.stderr)]
    try:
        yield lines
        assert process.stdin is not None
        process.stdin.close()
        await _ended(process, said[1])
        lines.rows = json.loads(await said[0])
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        for each in said:
            each.cancel()


def _told(target: ParquetTarget) -> dict[str, object]:
    first = None if target.first_day is None else target.first_day.isoformat()
    return {"path": str(target.path), "metadata": dict(target.metadata), "first_day": first}


async def _read(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    said = (await stream.read()).decode(errors="replace")
    return said[-_LONGEST_SAID:]


async def _ended(process: Process, said: Awaitable[str]) -> None:
    code = await process.wait()
    if code == 0:
        return
    last = (await said).strip().rpartition("\n")[2]
    _log.warning("parquet_failed", code=code, said=last)
    if any(word in last.lower() for word in _TOO_LARGE):
        raise QueryTooComplex("A number is too large for a column of Parquet: choose another format for this question.")
    raise InternalError("The program that writes Parquet has failed.")
