"""What it costs to compress an answer of 1,000 rows, and how small it gets: each coding by its levels."""

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import brotli
import zstandard

from auth.limits.limiter import Limiter
from auth.viewer import Viewer
from benchmarks.insights.warehouse import ADS_PER_CAMPAIGN, warehouse
from benchmarks.long_answers import DAYS, NINE, ROWS, rows
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import own_postgres, run, toolbox
from execution.transport.json_text import encode_json
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox

ROUNDS = 15


def zstd(level: int, body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=level).compress(body)


def brotlied(level: int, body: bytes) -> bytes:
    packed: bytes = brotli.compress(body, quality=level)
    return packed


def gzipped(level: int, body: bytes) -> bytes:
    return gzip.compress(body, level, mtime=0)


CODINGS: dict[str, tuple[Callable[[int, bytes], bytes], tuple[int, ...]]] = {
    "gzip": (gzipped, (1, 4, 6, 9)),
    "br": (brotlied, (1, 2, 3, 4, 5, 7, 9, 11)),
    "zstd": (zstd, (-3, 1, 2, 3, 4, 5, 7, 9, 12)),
}


async def answer_of(tools: Toolbox, viewer: Viewer) -> bytes:
    context = Context(viewer, tools, tools.db.bounded(4), viewer.origin)
    result = await build_schema().execute(f"{{ {rows(NINE)} }}", context_value=context)
    assert result.errors is None, result.errors
    return encode_json({"data": result.data}).encode()


def measure(body: bytes) -> None:
    readings = [Reading("not compressed", "KB", [len(body) / 1000])]
    for name, (pack, levels) in CODINGS.items():
        for level in levels:
            took = [_cpu_ms(partial(pack, level, body)) for _ in range(2 if level > 9 else ROUNDS)]
            size = len(pack(level, body)) / 1000
            readings += [Reading(f"{name} {level}, CPU", "ms", took), Reading(f"{name} {level}, size", "KB", [size])]
    smallest = [reading for reading in readings if reading.unit == "KB"]
    ratios = [
        Ratio(f"{each.name}: of it", each.median / smallest[0].median, "for comparison", None) for each in smallest
    ]
    print_table(f"compression: an answer of {ROWS} rows of 9 metrics", readings, ratios)


def _cpu_ms(work: Callable[[], bytes]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


async def main() -> None:
    with own_postgres() as place:
        async with toolbox(place) as tools, warehouse(tools, place) as stock:
            viewer, _ = await stock.fill(sizes=[ROWS * ADS_PER_CAMPAIGN], days=DAYS)
            await stock.settle()
            measure(await answer_of(replace(tools, limiter=Limiter.off(tools.clock)), viewer))


if __name__ == "__main__":
    run(main())
