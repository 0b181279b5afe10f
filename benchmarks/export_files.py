"""Exports of many rows in each format: how fast, and with how much memory, beside DuckDB's COPY of the same rows.

`python -m benchmarks.export_files [ROWS]`: 1,000,000 by default, the most that a file may have. Each file is written by
a worker of its own. DuckDB has the rows in a table already, with the types of the Parquet file, and the whole machine;
we read them from ad-days under row-level security, sort them and compute every metric.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from analytics.enums import EntityLevel, Metric, TimeGrain
from analytics.periods import AskedDays
from auth.viewer import Viewer
from benchmarks.insights.warehouse import warehouse
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import NOON, Place, child, own_postgres, owner_of, peak_memory_mb, run, toolbox
from integrations.storage.local import LocalStorage
from models.exports.export import Export, ExportFormat
from models.insights.metric_values import AskedMetrics
from services.exports.requests import request_export
from services.exports.running import write_export
from services.insights.request import InsightsRequest

ROWS, DAYS = 1_000_000, 365
# As in benchmarks/insights_sql.py.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "max_wal_size": "8GB", "shared_buffers": "2GB"}
MOST_MB = 300.0
_COPIES = {"CSV": "format csv, header", "JSONL": "format json", "PARQUET": "format parquet, compression zstd"}
_LOOK_S = 0.02


async def parent(rows: int) -> None:
    with own_postgres(SETTINGS) as place, tempfile.TemporaryDirectory(prefix="adgraph-bench-") as folder:
        async with toolbox(place) as tools, warehouse(tools, place) as made:
            viewer, _ = await made.fill(sizes=[rows // DAYS], days=DAYS)
            await made.settle()
        found = {each.value: _written(place, viewer, each, Path(folder)) for each in ExportFormat}
        beside = _duckdb(Path(folder))
    readings, ratios = [], []
    for name, each in found.items():
        readings.append(Reading(f"{name}: ours", "rows/s", [each["rows"] / each["seconds"]]))
        readings.append(Reading(f"{name}: DuckDB's COPY", "rows/s", [each["rows"] / beside[name]]))
        readings.append(Reading(f"{name}: size", "MB", [each["bytes"] / 1e6]))
        peaks = [each["peak_mb"], *([each["program_mb"]] if each["program_mb"] else [])]
        readings.append(Reading(f"{name}: peak of the worker and of the program", "MB", peaks))
        ratios.append(Ratio(f"{name}: larger peak", max(peaks), f"at most {MOST_MB:.0f}", max(peaks) <= MOST_MB))
    print_table(f"Exports of {found['CSV']['rows']:,} rows of all metrics", readings, ratios)


def _written(place: Place, viewer: Viewer, wanted: ExportFormat, folder: Path) -> dict[str, Any]:
    arguments = (place.as_argument(), viewer.tenant_id, viewer.responsible_id, wanted.value, folder)
    with child("benchmarks.export_files", *arguments) as lines:
        return dict(json.loads(next(iter(lines))))


async def worker(place: Place, viewer: Viewer, wanted: ExportFormat, folder: Path) -> None:
    """One export, in a process of its own."""
    async with toolbox(place) as opened:
        files = LocalStorage(folder / "files", "http://127.0.0.1:9/files", [b"key"], opened.clock)
        tools = replace(opened, files=files, workspace=folder / "work")
        request = InsightsRequest(
            days=AskedDays(NOON.date().replace(year=NOON.year - 1), NOON.date()),
            shown=AskedMetrics(frozenset(Metric), shows_currency=True),
            level=EntityLevel.AD,
            grain=TimeGrain.DAY,
        )
        export = await request_export(tools, viewer, request, wanted)
        began = time.perf_counter()
        with program_memory() as program:
            await write_export(tools, tenant_id=export.tenant_id, export_id=export.id)
        seconds = time.perf_counter() - began
        async with tools.db.read(viewer) as session:
            done = await session.get_one(Export, (export.tenant_id, export.id))
        assert done.status == "SUCCEEDED", done.error
        assert done.object_key is not None
        (files.folder / done.object_key).rename(folder / wanted.value)
        told = {"seconds": seconds, "rows": done.rows, "bytes": done.bytes}
        print(json.dumps(told | {"peak_mb": peak_memory_mb(), "program_mb": max(program, default=0)}), flush=True)


@contextmanager
def program_memory() -> Iterator[list[float]]:
    """The peaks of programs that this process starts, in MB, as long as the block runs."""
    peaks, has_ended = list[float](), threading.Event()

    def look() -> None:
        while not has_ended.wait(_LOOK_S):
            for task in Path("/proc/self/task").iterdir():
                for program in (task / "children").read_text().split():
                    try:
                        status = Path(f"/proc/{program}/status").read_text().splitlines()
                    except OSError:
                        continue
                    peaks.extend(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield peaks
    finally:
        has_ended.set()
        looking.join()


def _duckdb(folder: Path) -> dict[str, float]:
    """The seconds that DuckDB takes to write the rows of our Parquet file in each format."""
    connection, seconds = duckdb.connect(), dict[str, float]()
    connection.execute("create table rows as select * from read_parquet(?)", [str(folder / "PARQUET")])
    for name, options in _COPIES.items():
        began = time.perf_counter()
        connection.execute(f"copy rows to '{folder / f'duck-{name}'}' ({options})")
        seconds[name] = time.perf_counter() - began
    connection.close()
    return seconds


if __name__ == "__main__":
    if len(sys.argv) > 2:
        own = Place.from_argument(sys.argv[1])
        run(worker(own, owner_of(UUID(sys.argv[2]), UUID(sys.argv[3])), ExportFormat(sys.argv[4]), Path(sys.argv[5])))
    else:
        run(parent(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
