"""Imports of files as large as they may be: memory stays small, and the event loop answers others meanwhile."""

import asyncio
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from io import BytesIO
from tempfile import TemporaryFile

import pytest

from analytics.reports.lines import FileFault
from analytics.reports.rows import ReportBounds
from execution.transport.uploads import MAX_UPLOAD_BYTES
from services.imports.reading import read_report
from services.toolbox import Toolbox
from tests.worlds.imports import HEADINGS, import_world, line, report

pytestmark = pytest.mark.drill

MEMORY = 64 * 1024 * 1024
BOUNDS = ReportBounds("act_1", "EUR", date(2026, 11, 22))
HEAD = f"{HEADINGS}\n".encode()


def rows(count: int, ads: int) -> Iterator[bytes]:
    first = date(2010, 1, 1)
    for number in range(count):
        day = first + timedelta(days=number // ads)
        yield (
            line(str(day), str(1_000 + number % ads), names=(f"C{number % 9}", "S", f"A{number % ads}")) + "\n"
        ).encode()


def filled(piece: bytes, head: bytes = HEAD) -> bytes:
    return head + piece * ((MAX_UPLOAD_BYTES - len(head)) // len(piece))


ODD = {
    "commas": filled(b",", b""),
    "commas below headings": filled(b","),
    "lines of commas": filled(b",,,,,,,,\n"),
    "empty lines": filled(b"\n"),
    "quotes": filled(b'"'),
    "lines of quotes": filled(b'"\n'),
    "an open name": filled(b"a\n", HEAD + b'"'),
    "zeros": filled(b"\0"),
    "no UTF-8": filled(b"\xff"),
    "UTF-16": b"\xff\xfe" + filled(b",\0", b""),
    "ragged": filled(b"a,b\n"),
}


@pytest.mark.parametrize("content", ODD.values(), ids=list(ODD))
def test_a_file_of_32_mib_of_one_thing_takes_little_memory(content: bytes) -> None:
    tracemalloc.start()
    try:
        with TemporaryFile() as rows_file, suppress(FileFault):
            found = read_report(BytesIO(content), rows_file, BOUNDS, lambda: False)
            assert found.rows == 0
            assert len(found.problems.told) <= 100
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The file itself is in memory here, since the test has made it; a request has it on the disk.
    assert peak < MEMORY


async def test_others_are_answered_while_a_large_report_is_imported(tools: Toolbox) -> None:
    world, ticks = await import_world(tools), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    content = HEAD + b"".join(rows(100_000, ads=200))
    assert await world.done(content) == (100_000, 0)
    ticking.cancel()
    # The import takes some seconds, in which the loop gets its turns.
    assert ticks > 100
    sums = (
        "select sum(impressions) as impressions, sum(spend) as spend from insight_account_day where tenant_id = :tenant"
    )
    [summed] = await world.insights.fetch(sums)
    assert (summed["impressions"], float(summed["spend"])) == (10_000_000, 150_000)
    version = await world.version()
    assert await world.done(content) == (100_000, 0)
    assert await world.version() == version
    assert await world.done(report(line("2026-11-01"))) == (1, 0)
