"""Exports whose worker is killed while it uploads, and the life of files in a bucket of a real S3 server."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from analytics.enums import EntityLevel, Metric, TimeGrain
from analytics.periods import AskedDays
from models.exports.export import Export, ExportFormat, ExportStatus
from models.insights.metric_values import AskedMetrics
from services.exports.files import FILE_LIFE
from services.exports.requests import request_export
from services.exports.upkeep import expire_exports
from services.insights.request import InsightsRequest
from services.tenants.deletion import erase_tenant
from services.toolbox import Toolbox
from tests.integrations.raw_server import raw_server, silence
from tests.integrations.storage.test_storage import listed, read
from tests.worlds.exports import ExportWorld, csv_rows, export_world
from tests.worlds.insights import FIRST, LAST, InsightWorld, insight_world
from tests.worlds.s3 import opened, s3_server
from tests.worlds.workers import Drill, drill_world, until

pytestmark = pytest.mark.drill
QUESTION = InsightsRequest(
    days=AskedDays(FIRST, LAST),
    shown=AskedMetrics(frozenset(Metric), shows_currency=True),
    level=EntityLevel.AD,
    grain=TimeGrain.DAY,
)


async def test_a_file_whose_worker_was_killed_is_written_by_the_next_one(tools: Toolbox) -> None:
    async with drill_world(tools) as drill, raw_server(silence) as (nowhere, heads):
        own = drill.world.tools
        insights = await insight_world(own.db)
        asked = await request_export(own, insights.entities.viewer, QUESTION, ExportFormat.CSV)
        hanging = {"S3_ENDPOINT_URL": nowhere, "S3_BUCKET": "bucket", "S3_ACCESS_KEY_ID": "a1b2"}
        secret = {"S3_SECRET_ACCESS_KEY": "Vb3nM7qLz0"}
        async with replace(drill, environment=drill.environment | hanging | secret).worker() as doomed:

            async def is_uploading() -> bool:
                return any(head.startswith(b"PUT") for head in heads)

            await until(is_uploading)
            await doomed.kill()
        left = await _row(insights, asked)
        assert (left.status, left.rows, left.sha256) == (ExportStatus.RUNNING, None, None)
        async with drill.hasty_worker():

            async def has_ended() -> bool:
                return (await _row(insights, asked)).status is ExportStatus.SUCCEEDED

            await until(has_ended)
        done = await _row(insights, asked)
        assert done.object_key != left.object_key
        stored = [*_files(drill).rglob("*.csv")]
        assert [each.relative_to(_files(drill)).as_posix() for each in stored] == [done.object_key]
        assert len(csv_rows(stored[0].read_bytes())) == done.rows == len(insights.rows)
        # What the killed worker had begun is of no use to anybody; a chore deletes it a day later.
        assert len([*(Path(drill.environment["DATA_DIR"]) / "work").iterdir()]) == 1


async def test_files_in_a_bucket_are_written_read_forgotten_and_erased(tools: Toolbox, tmp_path: Path) -> None:
    made = await export_world(tools, tmp_path)
    with s3_server() as server:
        async with opened(server.bucket()) as bucket:
            world = replace(made, tools=replace(made.tools, files=bucket))
            ids = [await world.ask(each, groupBy={"level": "AD"}, grain="DAY") for each in ("CSV", "PARQUET", "JSONL")]
            for export_id in ids:
                await world.write(export_id)
            shown = [await world.shown(export_id) for export_id in ids]
            read_back = [await read(each["url"]) for each in shown]
            assert [hashlib.sha256(body).hexdigest() for _, body, _ in read_back] == [each["sha256"] for each in shown]
            assert "attachment" in read_back[0][2]["content-disposition"]
            assert len(await listed(bucket)) == 3
            world.clock.now += FILE_LIFE
            await expire_exports(world.tools)
            assert await listed(bucket) == {}
            last = await world.ask()
            await world.write(last)
            assert len(await listed(bucket)) == 1
            tenant_id = world.insights.entities.tenant_id
            await _close(world)
            await erase_tenant(world.tools.db, None, bucket, tenant_id)
            assert await listed(bucket) == {}


async def _close(world: ExportWorld) -> None:
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        statement = text("update tenant set deleted_at = now() where id = :id")
        await (await session.connection()).execute(statement, {"id": world.insights.entities.tenant_id})


def _files(drill: Drill) -> Path:
    return Path(drill.environment["DATA_DIR"]) / "files"


async def _row(insights: InsightWorld, export: Export) -> Export:
    async with insights.db.read(insights.entities.viewer) as session:
        return await session.get_one(Export, (export.tenant_id, export.id))
