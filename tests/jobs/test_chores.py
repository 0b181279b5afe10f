"""What every worker does by itself, over the real queue."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from embedded.postgres import DatabaseUrls
from jobs.chores import CHORES, Chore
from jobs.runner import WorkerOptions, run_inline
from models.database import Database
from models.refreshes.job import RefreshStatus, RefreshTrigger
from services.refreshes.schedules import ScheduleWish, set_refresh_schedule
from services.toolbox import Toolbox
from tests.jobs.test_worker import until
from tests.worlds.refreshes import RefreshWorld, refresh_world

JOBS = "select status, trigger from refresh_job where tenant_id = :tenant"


@pytest.fixture
async def world(tools: Toolbox, idle_queue: None) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


@pytest.mark.parametrize("chore", CHORES, ids=lambda chore: chore.name)
async def test_each_chore_finds_its_tools(tools: Toolbox, chore: Chore) -> None:
    assert await chore.work(tools) >= 0


async def test_two_workers_run_what_the_schedule_says_once(world: RefreshWorld, postgres: DatabaseUrls) -> None:
    account = await world.connected()
    wish = ScheduleWish(is_enabled=True, every_hours=1, lookback_days=2)
    await set_refresh_schedule(world.tools.db, world.tools.clock, world.viewer, account.id, wish)
    [[due]] = await world.select(
        "select next_refresh_at from ad_account where tenant_id = :tenant and id = :id", id=account.id
    )
    world.moved_by = due - world.tools.clock()
    chores = tuple(replace(chore, every_s=0.3) if chore.name == "schedules" else chore for chore in CHORES)
    options = WorkerOptions(postgres.runtime, poll_s=0.1, chores=chores)

    async def has_succeeded() -> bool:
        return [row[0] for row in await world.select(JOBS)] == [RefreshStatus.SUCCEEDED]

    async with run_inline(world.tools, options), run_inline(world.tools, options):
        await until(has_succeeded)
    assert [tuple(row) for row in await world.select(JOBS)] == [(RefreshStatus.SUCCEEDED, RefreshTrigger.SCHEDULED)]


async def test_chores_over_all_tenants_are_no_news(tools: Toolbox, postgres: DatabaseUrls) -> None:
    fresh = Database(postgres.runtime, system_url=postgres.system, pool_size=1)
    with capture_logs() as logged:
        for chore in CHORES:
            await chore.work(replace(tools, db=fresh))
        async with fresh.system(reason="staff looks around"):
            pass
    await fresh.close()
    opened = [(line["log_level"], line["reason"]) for line in logged if line["event"] == "system_session_opened"]
    assert len(opened) > 5
    assert [reason for level, reason in opened if level == "info"] == ["staff looks around"]
