"""Runs for data sets: what they store and when, and what becomes of those that go wrong or meet another one."""

import asyncio
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from analytics.periods import DateRange
from integrations.errors import Rejected, Unavailable
from integrations.storage.door import LINK_LIFE
from models.ads.ad import Ad
from models.datasets.dataset import DatasetPeriod
from models.tenants.membership import Role
from services.connections.ad_accounts import disconnect_ad_account
from services.datasets import running
from services.datasets.upkeep import delete_ended_datasets
from services.exports.upkeep import sweep_files
from services.tenants.deletion import erase_tenant
from services.toolbox import Toolbox
from tests.worlds.datasets import DatasetWorld, dataset_world
from tests.worlds.insights import LAST

NEXT = LAST + timedelta(days=1)


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> DatasetWorld:
    return await dataset_world(tools, tmp_path)


async def rename(world: DatasetWorld, name: str) -> None:
    """What a refresh does that finds another name."""
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        first = world.insights.ads[0]
        (await session.get_one(Ad, (first.tenant_id, first.id))).name = name
    await world.touch()


async def test_a_run_after_which_nothing_is_new_stores_nothing(world: DatasetWorld) -> None:
    await world.write()
    first, keys = await world.current(), await world.keys()
    assert len(keys) == len(first) == 4
    unread = world.with_files(put=None)
    world.clock.now += timedelta(hours=1)
    await unread.write()  # nothing at all has happened
    assert await world.current() == first
    await world.touch()
    world.clock.now += timedelta(hours=1)
    await unread.write()
    later = await world.current()
    assert {period: each.id for period, each in later.items()} == {period: each.id for period, each in first.items()}
    assert {each.generated_at for each in later.values()} == {world.clock.now}
    assert await world.keys() == keys


async def test_a_changed_file_takes_the_place_of_one_that_its_links_may_still_open(world: DatasetWorld) -> None:
    await world.write()
    old = await world.shown(DatasetPeriod.LAST_7_DAYS)
    assert old is not None
    await rename(world, "Another")
    await world.write()
    new = await world.shown(DatasetPeriod.LAST_7_DAYS)
    assert new is not None
    assert old["sha256"] != new["sha256"]
    assert len(await world.keys()) == 8
    world.clock.now += LINK_LIFE
    await delete_ended_datasets(world.tools)
    assert world.opened(old["url"]) is not None  # until its last moment
    world.clock.now += timedelta(minutes=1)
    await delete_ended_datasets(world.tools)
    assert set(await world.keys()) == {each.object_key for each in (await world.current()).values()}
    [found] = await world.insights.fetch("select count(*) from dataset where tenant_id = :tenant")
    assert found == {"count": 4}


async def test_only_periods_that_have_changed_get_a_new_file(world: DatasetWorld) -> None:
    await world.write()
    first = await world.current()
    rows = world.insights.random_rows(DateRange(LAST - timedelta(days=40), LAST - timedelta(days=40)), seed=11)
    await world.insights.store(DateRange(rows[0].day, rows[0].day), rows)
    await world.write()
    second = await world.current()
    assert {period for period in DatasetPeriod if second[period].id != first[period].id} == {
        DatasetPeriod.LAST_90_DAYS,
        DatasetPeriod.LAST_365_DAYS,
    }


async def test_a_refreshed_day_moves_every_period(world: DatasetWorld) -> None:
    await world.write()
    await world.insights.store(DateRange(NEXT, NEXT), world.insights.random_rows(DateRange(NEXT, NEXT)))
    await world.write()
    days = {row["day"] for row in await world.rows(DatasetPeriod.LAST_7_DAYS)}
    assert (min(days), max(days), len(days)) == (NEXT - timedelta(days=6), NEXT, 7)


async def test_a_link_needs_export_and_ends_when_it_says(world: DatasetWorld) -> None:
    await world.write()
    world.role = Role.VIEWER
    shown = await world.shown()
    assert shown is not None
    assert (shown["url"], shown["rows"]) == (None, len(world.insights.rows))
    world.role = Role.MANAGER
    shown = await world.shown()
    assert shown is not None
    assert shown["urlExpiresAt"] == (world.clock() + LINK_LIFE).isoformat()
    world.clock.now += LINK_LIFE
    assert world.opened(shown["url"]) is not None
    world.clock.now += timedelta(seconds=1)
    assert world.opened(shown["url"]) is None


async def test_a_worker_that_is_killed_between_two_files_changes_nothing_and_the_next_one_does(
    world: DatasetWorld,
) -> None:
    await world.write()
    before = await world.current()
    await rename(world, "Another")
    puts: list[str] = []

    async def put(key: str, source: Path, **given: Any) -> None:
        puts.append(key)
        if len(puts) == 3:
            raise asyncio.CancelledError
        await world.files.put(key, source, **given)

    with pytest.raises(asyncio.CancelledError):
        await world.with_files(put=put).write()
    assert await world.current() == before
    assert len(await world.keys()) == 6
    await world.write()
    named = {each.object_key for each in (await world.current()).values()}
    assert named.isdisjoint(puts)
    old = (world.clock() - timedelta(days=2)).timestamp()
    for key in await world.keys():
        os.utime(world.files.folder / key, (old, old))
    world.clock.now += LINK_LIFE + timedelta(minutes=1)
    await delete_ended_datasets(world.tools)
    await sweep_files(world.tools)
    assert set(await world.keys()) == named


@pytest.mark.parametrize(
    "away",
    [Unavailable("away"), Rejected("refused"), OSError(28, "No space left on device")],
    ids=["away", "refused", "full"],
)
async def test_a_storage_that_takes_nothing_is_tried_again_later_and_later(
    world: DatasetWorld, away: Exception
) -> None:
    async def put(*_: object, **__: object) -> None:
        raise away

    broken = world.with_files(put=put)
    await broken.write()
    await broken.write(attempt=1)  # while one waits, none is added
    [job] = await world.jobs()
    assert job["args"]["attempt"] == 1
    assert job["scheduled_at"] == world.clock() + timedelta(seconds=2)
    assert (await world.shown(), await world.keys()) == (None, [])
    with capture_logs() as told:
        await broken.write(attempt=running.MOST_ATTEMPTS)
    assert [each["event"] for each in told if each["log_level"] == "error"] == ["datasets_given_up"]
    await world.write()
    assert await world.shown() is not None


async def test_a_job_that_lost_its_workers_again_and_again_is_tried_three_times_more(world: DatasetWorld) -> None:
    await world.write(is_last_try=True)
    [job] = await world.jobs()
    assert (job["args"]["attempt"], job["scheduled_at"]) == (50, world.clock() + timedelta(hours=1))
    assert await world.shown() is None
    with capture_logs() as told:
        await world.write(is_last_try=True, attempt=150)
    assert "datasets_given_up" in {each["event"] for each in told}


@pytest.mark.parametrize("deletes", [True, False], ids=["deletes", "cannot_delete"])
async def test_a_worker_that_was_taken_for_dead_puts_nothing_in_place_of_what_is_newer(
    world: DatasetWorld, deletes: bool
) -> None:
    async def put(key: str, source: Path, **given: Any) -> None:
        if not await world.current():
            await rename(world, "Renamed meanwhile")
            await world.write()  # another worker
        await world.files.put(key, source, **given)

    async def delete(keys: Iterable[str]) -> None:
        if not deletes:
            raise Unavailable("away")
        await world.files.delete(keys)

    await world.with_files(put=put, delete=delete).write()
    assert "Renamed meanwhile" in {row["adName"] for row in await world.rows()}
    named = {each.object_key for each in (await world.current()).values()}
    keys = set(await world.keys())
    assert named <= keys
    assert len(keys) == (4 if deletes else 8)
    # The other one may have read less: the data sets are written once more, and that finds nothing to do.
    assert len(await world.jobs()) == 1


async def test_a_newer_reading_with_the_same_bytes_is_not_undone_by_an_older_one(world: DatasetWorld) -> None:
    await world.write()
    await rename(world, "Another")

    began = asyncio.Event()

    async def put(key: str, source: Path, **given: Any) -> None:
        if not began.is_set():
            began.set()
            await rename(world, world.insights.ads[0].name)  # back to what the files say
            await world.write()
        await world.files.put(key, source, **given)

    await world.with_files(put=put).write()
    assert "Another" not in {row["adName"] for row in await world.rows()}
    assert len(await world.keys()) == 4


async def test_a_swap_whose_answer_was_lost_keeps_its_files(
    world: DatasetWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def twice(step: Any) -> Any:
        await step()
        return await step()

    monkeypatch.setattr(running, "patiently", twice)
    await world.write()
    assert len(await world.rows()) == len(world.insights.rows)
    assert await world.jobs() == []


async def test_an_account_that_is_deleted_while_it_is_read_leaves_no_file(world: DatasetWorld) -> None:
    async def put(key: str, source: Path, **given: Any) -> None:
        await world.files.put(key, source, **given)
        if "LAST_365_DAYS" in key:
            await _disconnect(world)

    await world.with_files(put=put).write()
    assert await world.keys() == []
    await world.write()
    assert await world.keys() == []


async def test_deleting_the_data_of_an_account_deletes_its_files_and_those_that_had_ended(world: DatasetWorld) -> None:
    await world.write()
    await rename(world, "Another")
    await world.write()
    assert len(await world.keys()) == 8
    await _disconnect(world)
    await delete_ended_datasets(world.tools, batch=3)
    assert await world.keys() == []


async def test_while_the_storage_deletes_nothing_no_row_is_forgotten(world: DatasetWorld) -> None:
    await world.write()
    await _disconnect(world)

    async def delete(*_: object) -> None:
        raise Unavailable("away")

    assert await delete_ended_datasets(world.with_files(delete=delete).tools) == 0
    assert len(await world.keys()) == 4
    assert await delete_ended_datasets(world.tools) >= 4
    assert await world.keys() == []


async def _disconnect(world: DatasetWorld) -> None:
    viewer = world.insights.entities.viewer
    await disconnect_ad_account(world.tools.db, world.clock, None, viewer, world.account.id, delete_data=True)


async def test_erasing_a_tenant_erases_its_data_sets_and_those_that_come_too_late(world: DatasetWorld) -> None:
    await world.write()
    await rename(world, "Another")
    tenant_id = world.account.tenant_id

    async def put(key: str, source: Path, **given: Any) -> None:
        if "LAST_365_DAYS" in key:
            close = text("update tenant set deleted_at = now() where id = :id")
            async with world.tools.db.write(world.insights.entities.viewer) as session:
                await (await session.connection()).execute(close, {"id": tenant_id})
            await erase_tenant(world.tools.db, None, world.files, tenant_id)
            assert await world.keys() == []
        await world.files.put(key, source, **given)

    await world.with_files(put=put).write()
    assert await world.keys() == []
