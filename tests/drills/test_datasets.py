"""Data sets of a refresh that real workers run, one of which is killed while it uploads; and those in a bucket."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from analytics.periods import DateRange
from models.datasets.dataset import DatasetPeriod, datasets_by_account
from models.refreshes.job import RefreshStatus
from services.connections.ad_accounts import disconnect_ad_account
from services.datasets.files import AFTERLIFE
from services.datasets.upkeep import delete_ended_datasets
from services.toolbox import Toolbox
from tests.integrations.raw_server import raw_server, silence
from tests.integrations.storage.test_storage import listed, read
from tests.worlds.datasets import dataset_world
from tests.worlds.refreshes import MONTH
from tests.worlds.s3 import opened, s3_server
from tests.worlds.workers import drill_world, until

pytestmark = pytest.mark.drill


async def test_data_sets_whose_worker_was_killed_are_written_by_the_next_one(tools: Toolbox) -> None:
    async with drill_world(tools) as drill, raw_server(silence) as (nowhere, heads):
        world = drill.world
        account = await world.connected()
        job = await world.requested(account, MONTH)
        hanging = {"S3_ENDPOINT_URL": nowhere, "S3_BUCKET": "bucket", "S3_ACCESS_KEY_ID": "a1b2"}
        secret = {"S3_SECRET_ACCESS_KEY": "Vb3nM7qLz0"}

        async def found() -> dict[DatasetPeriod, tuple[str, str, int]]:
            async with world.tools.db.read(world.viewer) as session:
                rows = await datasets_by_account(session, [account.id])
            return {period: (each.object_key, each.sha256, each.rows) for (_, period), each in rows.items()}

        async with replace(drill, environment=drill.environment | hanging | secret).worker() as doomed:
            assert (await drill.ended(job)).status is RefreshStatus.SUCCEEDED

            async def is_uploading() -> bool:
                return any(head.startswith(b"PUT") for head in heads)

            await until(is_uploading)
            await doomed.kill()
        assert await found() == {}
        async with drill.hasty_worker():

            async def are_there() -> bool:
                return len(await found()) == len(DatasetPeriod)

            await until(are_there)
        folder = Path(drill.environment["DATA_DIR"]) / "files"
        sets = await found()
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")} == {
            key for key, _, _ in sets.values()
        }
        for key, sha256, rows in sets.values():
            assert hashlib.sha256((folder / key).read_bytes()).hexdigest() == sha256
            assert pq.read_metadata(folder / key).num_rows == rows
        counted = "select count(*) from insight where tenant_id = :tenant and ad_account_id = :id"
        [stored] = await world.select(counted, id=account.id)
        assert sets[DatasetPeriod.LAST_365_DAYS][2] == stored[0] > 0


async def test_data_sets_in_a_bucket_are_written_read_swapped_and_deleted(tools: Toolbox, tmp_path: Path) -> None:
    made = await dataset_world(tools, tmp_path)
    with s3_server() as server:
        async with opened(server.bucket()) as bucket:
            world = replace(made, tools=replace(made.tools, files=bucket))
            await world.write()
            shown = await world.shown()
            assert shown is not None
            _, body, headers = await read(shown["url"])
            assert hashlib.sha256(body).hexdigest() == shown["sha256"]
            assert "ad-days-last-365-days" in headers["content-disposition"]
            last = max(row.day for row in world.insights.rows)
            await world.insights.store(DateRange(last, last), [])
            await world.write()
            assert len(await listed(bucket)) == 8
            world.clock.now += AFTERLIFE
            await delete_ended_datasets(world.tools)
            assert set(await listed(bucket)) == {each.object_key for each in (await world.current()).values()}
            viewer = world.insights.entities.viewer
            await disconnect_ad_account(world.tools.db, world.clock, None, viewer, world.account.id, delete_data=True)
            await delete_ended_datasets(world.tools)
            assert await listed(bucket) == {}
