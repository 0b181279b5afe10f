"""Data sets of a large account: how long a worker takes, and how much memory, beside DuckDB and beside a naive reader.

`python -m benchmarks.data_sets [AD_DAYS]`: 100,000 by default, over a year, and a tenth of it, to see whether memory
grows. Each account is written by a worker of its own, then once more with nothing new. DuckDB has the rows in a table
already, with the types of the Parquet file, and writes the four files by four statements; the naive reader fetches the
same rows from Postgres into Python and makes the files with pyarrow.
"""

import json
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from auth.viewer import Viewer
from benchmarks.export_files import SETTINGS, program_memory
from benchmarks.insights.warehouse import warehouse
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, child, own_postgres, owner_of, peak_memory_mb, run, toolbox
from integrations.storage.local import LocalStorage
from models.ads.ad_account import raise_data_version
from models.datasets.dataset import DatasetPeriod, datasets_by_account
from models.insights.tables import insight
from services.datasets.running import write_datasets

AD_DAYS, DAYS = 100_000, 365
MOST_MB, MOST_GROWTH_MB = 300.0, 30.0
# One statement for the names, since a naive reader writes no more than it must.
_NAIVE = """
select i.*, a.name as ad_name, s.name as ad_set_name, c.name as campaign_name,
  (select jsonb_object_agg(t.field, t.value)::text from entity_tag t
   where t.tenant_id = i.tenant_id and t.entity_id = i.ad_id) as tags
from insight i left join ad a on a.tenant_id = i.tenant_id and a.id = i.ad_id
left join ad_set s on s.tenant_id = i.tenant_id and s.id = i.ad_set_id
left join campaign c on c.tenant_id = i.tenant_id and c.id = i.campaign_id
where i.tenant_id = $1 and i.ad_account_id = $2 order by i.day
"""


async def parent(ad_days: int) -> None:
    sizes = [max(1, ad_days // DAYS // 10), max(1, ad_days // DAYS)]
    with own_postgres(SETTINGS) as place, tempfile.TemporaryDirectory(prefix="adgraph-bench-") as folder:
        async with toolbox(place) as tools, warehouse(tools, place) as made:
            viewer, accounts = await made.fill(sizes=sizes, days=DAYS)
            await made.settle()
        small, large = (_measured("worker", place, viewer, each.id, Path(folder)) for each in accounts)
        naive = _measured("naive", place, viewer, accounts[-1].id, Path(folder))
        beside = _duckdb(Path(large["file"]), Path(folder))
    peak, program = large["peak_mb"], large["program_mb"]
    growth = max(peak - small["peak_mb"], program - small["program_mb"])
    readings = [
        Reading("ours: four files", "s", [large["seconds"]]),
        Reading("ours: nothing new", "s", [large["again_s"]]),
        Reading("DuckDB's COPY of rows it has, four files", "s", [beside]),
        Reading("naive reader, four files", "s", [naive["seconds"]]),
        Reading("ours: peak of the worker and of the program", "MB", [peak, program]),
        Reading("naive reader: peak", "MB", [naive["peak_mb"]]),
        Reading("size of the four files", "MB", [large["bytes"] / 1e6]),
    ]
    ratios = [
        Ratio("larger peak", max(peak, program), f"at most {MOST_MB:.0f}", max(peak, program) <= MOST_MB),
        Ratio("more memory for ten times the rows", growth, f"at most {MOST_GROWTH_MB:.0f}", growth <= MOST_GROWTH_MB),
    ]
    print_table(f"Data sets of {large['rows']:,} ad-days", readings, ratios)


def _measured(part: str, place: Place, viewer: Viewer, account_id: UUID, folder: Path) -> dict[str, Any]:
    arguments = (part, place.as_argument(), viewer.tenant_id, viewer.responsible_id, account_id, folder)
    with child("benchmarks.data_sets", *arguments) as lines:
        return dict(json.loads(next(iter(lines))))


async def worker(place: Place, viewer: Viewer, account_id: UUID, folder: Path) -> None:
    """Two runs for one account, in a process of their own; the second one finds nothing new."""
    assert viewer.tenant_id is not None
    async with toolbox(place) as opened:
        files = LocalStorage(folder / "files", "http://127.0.0.1:9/files", [b"key"], opened.clock)
        tools = replace(opened, files=files, workspace=folder / "work")
        began = time.perf_counter()
        with program_memory() as program:
            await write_datasets(tools, tenant_id=viewer.tenant_id, account_id=account_id)
        seconds = time.perf_counter() - began
        async with tools.db.write(viewer) as session:
            await raise_data_version(session, [account_id])
        began = time.perf_counter()
        await write_datasets(tools, tenant_id=viewer.tenant_id, account_id=account_id)
        again_s = time.perf_counter() - began
        async with tools.db.read(viewer) as session:
            made = await datasets_by_account(session, [account_id])
        assert len([each async for each in files.list("")]) % len(DatasetPeriod) == 0
        year = made[account_id, DatasetPeriod.LAST_365_DAYS]
        told = {"seconds": seconds, "again_s": again_s, "rows": year.rows, "bytes": sum(x.bytes for x in made.values())}
        peaks = {"peak_mb": peak_memory_mb(), "program_mb": max(program, default=0)}
        print(json.dumps(told | peaks | {"file": str(files.folder / year.object_key)}), flush=True)


async def naive(place: Place, viewer: Viewer, account_id: UUID, folder: Path) -> None:
    """All rows into Python, then four tables of them."""
    async with toolbox(place) as tools, tools.db.read(viewer) as session:
        began = time.perf_counter()
        driver = await session.driver()
        rows = await driver.fetch(_NAIVE, viewer.tenant_id, account_id)
        names = [*insight.columns.keys(), "ad_name", "ad_set_name", "campaign_name", "tags"]
        columns = {name: [row[name] for row in rows] for name in names}
        texts = {name for name in names if name.endswith("_id")}
        arrays = {name: [str(each) for each in of] if name in texts else of for name, of in columns.items()}
        table = pa.table(arrays)
        last = rows[-1]["day"]
        for period in DatasetPeriod:
            kept = table.filter(pa.array([row["day"] > last - timedelta(days=period.days) for row in rows]))
            pq.write_table(kept, folder / f"naive-{period.value}", compression="zstd")
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "peak_mb": peak_memory_mb()}), flush=True)


def _duckdb(file: Path, folder: Path) -> float:
    """The seconds that DuckDB takes to write the rows of our file for each period."""
    connection = duckdb.connect()
    connection.execute("create table ad_days as select * from read_parquet(?)", [str(file)])
    began = time.perf_counter()
    for period in DatasetPeriod:
        rows = f"from ad_days where day > (select max(day) from ad_days) - {period.days} order by day"
        target = folder / f"duck-{period.value}"
        connection.execute(f"copy (select * {rows}) to '{target}' (format parquet, compression zstd)")
    connection.close()
    return time.perf_counter() - began


if __name__ == "__main__":
    if len(sys.argv) > 2:
        part, own = {"worker": worker, "naive": naive}[sys.argv[1]], Place.from_argument(sys.argv[2])
        owner = owner_of(UUID(sys.argv[3]), UUID(sys.argv[4]))
        run(part(own, owner, UUID(sys.argv[5]), Path(sys.argv[6])))
    else:
        run(parent(int(sys.argv[1]) if len(sys.argv) > 1 else AD_DAYS))
