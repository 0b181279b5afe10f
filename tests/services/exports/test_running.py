"""Files of exports: what is in them in each format, what is told of them, and what becomes of runs that go wrong."""

import asyncio
import csv
import dataclasses
import hashlib
import io
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from integrations.errors import Rejected, Unavailable
from integrations.storage.door import LINK_LIFE
from models.ads.ad import Ad
from models.tenants.membership import Membership, Role
from services.exports import running
from services.exports.requests import EXPORT_TASK
from services.exports.upkeep import resume_exports
from services.toolbox import Toolbox
from tests.worlds.exports import RANGE, ExportWorld, csv_rows, export_world, json_rows, parquet_rows, total

BY_AD_AND_DAY = {"groupBy": {"level": "AD"}, "grain": "DAY"}
FORMATS: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {
    "CSV": csv_rows,
    "JSONL": json_rows,
    "PARQUET": parquet_rows,
}
# In a process of its own: at its end the library complains of itself.
DUCKDB = """
import sys, duckdb
query = "select count(*), sum(spend)::decimal(18, 2), sum(impressions)::bigint, count(distinct name) from %s(?)"
print(duckdb.execute(query % sys.argv[1], [sys.argv[2]]).fetchone())
"""
COUNTED = """
query ($input: InsightsInput!) { insights(input: $input) {
  rows { totalCount } totals { spend impressions }
} }
"""


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> ExportWorld:
    return await export_world(tools, tmp_path)


@pytest.mark.parametrize("format_", FORMATS)
async def test_a_file_has_all_rows_of_the_answer_and_their_sums(world: ExportWorld, format_: str) -> None:
    shown, content = await world.made(format_, **BY_AD_AND_DAY)
    answer = await world.door.ask(COUNTED, input={"range": RANGE, **BY_AD_AND_DAY})
    insights = answer.data["insights"]
    rows = FORMATS[format_](content)
    assert len(rows) == shown["rows"] == insights["rows"]["totalCount"] > 300
    assert total(rows, "spend") == Decimal(str(insights["totals"]["spend"]))
    assert total(rows, "impressions") == insights["totals"]["impressions"]
    assert (shown["bytes"], shown["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert (shown["progress"], shown["error"]) == (1, None)
    assert list(rows[0])[:9] == [
        "key", "level", "entityId", "externalId", "name", "periodStart", "periodEnd", "currency", "spend",
    ]  # fmt: skip
    assert list(world.tools.workspace.iterdir()) == []


async def test_others_read_the_file_of_each_format_alike(world: ExportWorld, tmp_path: Path) -> None:
    sums = []
    for format_, function in (("CSV", "read_csv"), ("JSONL", "read_json"), ("PARQUET", "read_parquet")):
        _, content = await world.made(format_, **BY_AD_AND_DAY)
        (tmp_path / format_).write_bytes(content)
        command = [sys.executable, "-c", DUCKDB, function, str(tmp_path / format_)]
        sums.append(await asyncio.to_thread(subprocess.check_output, command))
    assert sums[0] == sums[1] == sums[2]
    assert sums[0].startswith(b"(408, Decimal(")


async def test_parquet_has_types_and_says_of_what_it_is(world: ExportWorld) -> None:
    _, content = await world.made("PARQUET", **BY_AD_AND_DAY)
    schema = pq.read_schema(io.BytesIO(content))
    assert schema.field("periodStart").type == pa.date32()
    assert schema.field("impressions").type == pa.int64()
    assert schema.field("spend").type == pa.decimal128(38, 6)
    assert schema.field("roas").type == pa.float64()
    metadata = schema.metadata
    assert metadata[b"adgraph.schema_version"] == b"1"
    assert len(metadata[b"adgraph.data_version"]) == 16
    assert b"InsightsRequest" in metadata[b"adgraph.question"]


async def test_csv_is_as_rfc_4180_has_it_and_harmless_in_a_spreadsheet(world: ExportWorld) -> None:
    odd = "=cmd|' /C calc'!A0\n\"quoted\", \U0001f600"
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        first = world.insights.ads[0]
        (await session.get_one(Ad, (first.tenant_id, first.id))).name = odd
    _, content = await world.made(groupBy={"level": "AD"}, metrics=[{"metric": "SPEND"}], bom=True)
    assert content.startswith(b"\xef\xbb\xbfkey,level,")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert len(lines) == 1 + len(world.insights.ads) + 1
    assert lines[-1] == ""
    assert content.count(b"\n") == content.count(b"\r\n") + 1  # the one within the name
    assert f"'{odd}" in {row["name"] for row in csv_rows(content)}
    strict = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    assert {len(row) for row in strict} == {9}


async def test_an_answer_without_rows_is_a_file_without_lines(world: ExportWorld) -> None:
    nothing = {"filter": {"campaignIds": []}, "groupBy": {"level": "CAMPAIGN"}}
    for format_, read in FORMATS.items():
        shown, content = await world.made(format_, **nothing)
        assert (shown["rows"], read(content)) == (0, [])
    assert pq.read_schema(io.BytesIO(content)).names[:2] == ["key", "level"]


async def test_a_comparison_has_the_numbers_of_both_sides(world: ExportWorld) -> None:
    days = {"range": {"between": {"from": "2026-11-01", "to": "2026-11-10"}}}
    before = {"compareTo": {"preset": "PREVIOUS_PERIOD"}}
    _, content = await world.made("JSONL", **days, **before, groupBy={"level": "AD"}, metrics=[{"metric": "SPEND"}])
    rows = json_rows(content)
    assert list(rows[0])[-2:] == ["spend", "previous.spend"]
    assert total(rows, "previous.spend") > 0


async def test_a_link_ends_and_the_next_one_works(world: ExportWorld) -> None:
    shown, _ = await world.made()
    assert world.opened(shown["url"]) is not None
    world.clock.now += LINK_LIFE + timedelta(seconds=1)
    assert world.opened(shown["url"]) is None
    again = (await world.shown(shown["id"]))["url"]
    assert world.opened(again) is not None


async def test_a_run_that_was_killed_is_repeated_by_another_one(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = await world.ask()
    killed = _interrupted(monkeypatch, world, asyncio.CancelledError)
    # As after kill -9: nothing was recorded.
    with monkeypatch.context() as patch:
        patch.setattr(running, "_hand_back", _nothing)
        with pytest.raises(asyncio.CancelledError):
            await killed.write(export_id)
    row = await world.row(export_id)
    assert row is not None
    assert (row.status, row.rows) == ("RUNNING", None)
    assert (await world.shown(export_id))["url"] is None
    await world.write(export_id)
    shown = await world.shown(export_id)
    assert (shown["status"], len(await world.keys())) == ("SUCCEEDED", 1)


@pytest.mark.parametrize("deletes", [True, False], ids=["deletes", "cannot_delete"])
async def test_a_worker_that_was_taken_for_dead_spoils_neither_row_nor_file(world: ExportWorld, deletes: bool) -> None:
    export_id, told = await world.ask(groupBy={"level": "AD"}), list[Any]()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.files, name)

        async def put(self, *args: Any, **options: Any) -> None:
            async with world.tools.db.write(world.insights.entities.viewer) as session:
                first = world.insights.ads[0]
                (await session.get_one(Ad, (first.tenant_id, first.id))).name = "Renamed meanwhile"
            await world.write(export_id)  # another worker, meanwhile
            told.append(await world.row(export_id))
            await world.files.put(*args, **options)

        async def delete(self, keys: Iterable[str]) -> None:
            if not deletes:
                raise Unavailable("away")
            await world.files.delete(keys)

    slow: Any = Slow()
    await dataclasses.replace(world, tools=dataclasses.replace(world.tools, files=slow)).write(export_id)
    after = await world.row(export_id)
    assert after is not None
    assert (after.status, after.version, after.object_key) == ("SUCCEEDED", told[0].version, told[0].object_key)
    path = world.opened((await world.shown(export_id))["url"])
    assert path is not None
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == after.sha256
    assert b"Renamed meanwhile" in content
    # A file that could not be deleted is named by no row: the sweep finds it.
    keys = await world.keys()
    assert after.object_key in keys
    assert len(keys) == (1 if deletes else 2)


async def test_a_file_whose_end_was_stored_without_an_answer_stays(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def twice(once: Callable[[], Awaitable[bool]]) -> bool:
        """As when the connection is lost behind the commit: what had been stored is tried again."""
        await once()
        return await once()

    monkeypatch.setattr(running, "patiently", twice)
    shown, content = await world.made()
    assert hashlib.sha256(content).hexdigest() == shown["sha256"]


async def test_a_worker_that_stops_hands_the_export_back(world: ExportWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    export_id = await world.ask()
    with pytest.raises(asyncio.CancelledError):
        await _interrupted(monkeypatch, world, asyncio.CancelledError).write(export_id)
    assert (await world.shown(export_id))["status"] == "QUEUED"
    await world.write(export_id)
    assert (await world.shown(export_id))["status"] == "SUCCEEDED"


@pytest.mark.parametrize("away", [Unavailable("away"), OSError(28, "No space left on device")], ids=["away", "full"])
async def test_a_storage_that_does_not_answer_is_asked_again_and_at_last_told(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch, away: Exception
) -> None:
    export_id = await world.ask()
    broken = _interrupted(monkeypatch, world, away)
    with pytest.raises(type(away)):
        await broken.write(export_id)
    assert (await world.shown(export_id))["status"] == "QUEUED"
    with pytest.raises(type(away)):
        await broken.write(export_id, is_last_try=True)
    shown = await world.shown(export_id)
    assert (shown["status"], shown["url"], shown["rows"]) == ("FAILED", None, None)
    assert "did not answer" in shown["error"]


async def test_a_storage_that_refuses_and_a_fault_of_ours_end_the_export_in_words_of_ours(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, words in ((Rejected("key-of-the-tests"), "refuses the file"), (ValueError("secret"), "on our side")):
        export_id = await world.ask()
        broken = _interrupted(monkeypatch, world, error)
        await broken.write(export_id)
        shown = await world.shown(export_id)
        assert shown["status"] == "FAILED"
        assert words in shown["error"]
        assert str(error) not in shown["error"]


async def test_a_number_too_large_for_parquet_is_told_and_fits_the_others(world: ExportWorld) -> None:
    large = "impressions * 999999999999999 * 999999999999999 * 999999999999999"
    save = """mutation ($formula: String!) { saveCustomMetric(input: {key: "large", name: "Large", formula: $formula,
      unit: COUNT}) { userErrors { message } } }"""
    answer = await world.door.ask(save, formula=large)
    assert answer.data["saveCustomMetric"]["userErrors"] == []
    export_id = await world.ask("PARQUET", metrics=[{"custom": "large"}])
    await world.write(export_id)
    shown = await world.shown(export_id)
    assert (shown["status"], shown["url"]) == ("FAILED", None)
    assert "too large for a column of Parquet" in shown["error"]
    _, content = await world.made("JSONL", metrics=[{"custom": "large"}])
    assert json_rows(content)[0]["large"] > 10**36


async def test_a_question_that_takes_too_long_is_told(world: ExportWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    export_id = await world.ask(groupBy={"level": "AD"}, grain="DAY")
    monkeypatch.setattr(running, "LONGEST", timedelta(milliseconds=1))
    await world.write(export_id)
    shown = await world.shown(export_id)
    assert (shown["status"], await world.keys()) == ("FAILED", [])
    assert "takes too long" in shown["error"]


async def test_who_may_no_longer_export_gets_no_file(world: ExportWorld) -> None:
    export_id = await world.ask()
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        entities = world.insights.entities
        (await session.get_one(Membership, (entities.tenant_id, entities.user_id))).role = Role.VIEWER
    await world.write(export_id)
    shown = await world.shown(export_id)
    assert (shown["status"], await world.keys()) == ("FAILED", [])
    assert "may no longer export" in shown["error"]


async def test_a_custom_metric_that_is_gone_fails_the_export_by_name(world: ExportWorld) -> None:
    save = """mutation { saveCustomMetric(input: {key: "half", name: "Half", formula: "impressions / 2", unit: COUNT}) {
      userErrors { message } } }"""
    await world.door.ask(save)
    export_id = await world.ask(metrics=[{"custom": "half"}])
    await world.door.ask('mutation { deleteCustomMetric(key: "half") { userErrors { message } } }')
    await world.write(export_id)
    assert "The custom metric half was deleted" in (await world.shown(export_id))["error"]


async def test_a_job_that_killed_its_workers_is_given_up(world: ExportWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    export_id = await world.ask()
    with monkeypatch.context() as patch:
        patch.setattr(running, "_hand_back", _nothing)
        with pytest.raises(asyncio.CancelledError):
            await _interrupted(monkeypatch, world, asyncio.CancelledError).write(export_id)
    await world.write(export_id, is_last_try=True)
    assert "worker was lost" in (await world.shown(export_id))["error"]


async def test_an_export_that_lost_its_job_is_queued_again_once(world: ExportWorld) -> None:
    export_id = await world.ask()
    clock = world.clock
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        row = await world.row(export_id)
        assert row is not None
        await (await session.connection()).execute(
            text("delete from procrastinate_jobs where queueing_lock = :lock"), {"lock": str(row.id)}
        )
        await (await session.connection()).execute(
            text("update export set heartbeat_at = :then where tenant_id = :tenant and id = :id"),
            {"then": clock() - timedelta(hours=1), "id": row.id, "tenant": row.tenant_id},
        )
    for _ in range(2):
        await resume_exports(world.tools.db, clock)
    jobs = "select count(*) from procrastinate_jobs where queueing_lock = :lock and task_name = :task"
    [found] = await world.insights.fetch(jobs, lock=str(row.id), task=EXPORT_TASK)
    assert found == {"count": 1}


async def _nothing(*_: object) -> None:
    """What a process that was killed does."""


def _interrupted(
    monkeypatch: pytest.MonkeyPatch, world: ExportWorld, error: Exception | type[BaseException]
) -> ExportWorld:
    """The world with a storage that takes no file."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.files, name)

        async def put(self, *_: object, **__: object) -> None:
            raise error

    broken: Any = Broken()
    return dataclasses.replace(world, tools=dataclasses.replace(world.tools, files=broken))
