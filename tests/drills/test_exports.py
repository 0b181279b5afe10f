"""Exports whose worker is killed while it uploads, in processes of their own: another one writes the file again."""

from dataclasses import replace
from pathlib import Path

import pytest

from analytics.enums import EntityLevel, Metric, TimeGrain
from analytics.periods import AskedDays
from models.exports.export import Export, ExportFormat, ExportStatus
from models.insights.metric_values import AskedMetrics
from services.exports.requests import request_export
from services.insights.request import InsightsRequest
from services.toolbox import Toolbox
from tests.integrations.raw_server import raw_server, silence
from tests.worlds.exports import csv_rows
from tests.worlds.insights import FIRST, LAST, InsightWorld, insight_world
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
        assert done.object_key == left.object_key
        stored = [*_files(drill).rglob("*.csv")]
        assert [each.relative_to(_files(drill)).as_posix() for each in stored] == [done.object_key]
        assert len(csv_rows(stored[0].read_bytes())) == done.rows == len(insights.rows)
        # What the killed worker had begun is of no use to anybody; a chore deletes it a day later.
        assert len([*(Path(drill.environment["DATA_DIR"]) / "work").iterdir()]) == 1


def _files(drill: Drill) -> Path:
    return Path(drill.environment["DATA_DIR"]) / "files"


async def _row(insights: InsightWorld, export: Export) -> Export:
    async with insights.db.read(insights.entities.viewer) as session:
        return await session.get_one(Export, (export.tenant_id, export.id))
