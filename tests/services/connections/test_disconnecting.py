"""Disconnecting an account that has numbers and refreshes: what is left, and who waits for whom."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from analytics.enums import Breakdown
from models.refreshes.job import RefreshStatus
from models.refreshes.job_queries import refresh_job_by_id, refresh_job_for_update
from models.tables import metadata
from services.connections.ad_accounts import disconnect_ad_account
from services.naming.templates import TemplateWish, save_naming_template
from services.toolbox import Toolbox
from tests.worlds.naming import position
from tests.worlds.refreshes import WEEK, RefreshWorld, refresh_world

_TABLES = sorted(table.name for table in metadata.tables.values() if "ad_account_id" in table.c)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def test_deleting_an_accounts_data_leaves_no_row_in_any_table(world: RefreshWorld) -> None:
    account = await world.connected()
    template = TemplateWish(position("angle", "hook"))
    await save_naming_template(world.tools.db, world.tools.clock, world.viewer, template)
    await world.refreshed(account)
    await world.refreshed(account, WEEK, Breakdown.AGE)
    count = "select count(*) from {} where tenant_id = :tenant and ad_account_id = :account"

    async def filled() -> set[str]:
        rows = {table: await world.select(count.format(table), account=account.id) for table in _TABLES}
        return {table for table, found in rows.items() if found[0][0]}

    assert await filled() >= {"insight", "insight_campaign_day", "unique_insight", "insight_breakdown", "entity_tag"}
    await disconnect_ad_account(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id, delete_data=True
    )
    assert await filled() == set()


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_whoever_waits_for_the_account_holds_none_of_its_refreshes(world: RefreshWorld) -> None:
    """A run stores days under the account's lock and then its job's: the other way round the two would deadlock."""
    account = await world.connected()
    job = await world.requested(account)
    waiting = (
        "select count(*) from pg_locks where not granted"
        " and pid in (select pid from pg_stat_activity where datname = current_database())"
    )
    async with world.tools.db.write(world.viewer) as session:
        connection = await session.connection()
        row = {"tenant": account.tenant_id, "id": account.id}
        await connection.execute(
            text("select 1 from ad_account where tenant_id = :tenant and id = :id for update"), row
        )
        disconnecting = asyncio.create_task(
            disconnect_ad_account(
                world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, account.id
            )
        )
        async with asyncio.timeout(10):
            while not (await connection.execute(text(waiting))).scalar():
                await connection.execute(text("select pg_sleep(0.01)"))
        free = text("select 1 from refresh_job where tenant_id = :tenant and id = :id for update nowait")
        await connection.execute(free, row | {"id": job.id})
    await disconnecting
    assert (await world.row(job)).status is RefreshStatus.CANCELLED


async def test_a_job_that_is_taken_is_as_it_is_now(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    async with world.tools.db.write(world.viewer) as session:
        read = await refresh_job_by_id(session, job.id)  # what was read before must not be believed
        await world.change(
            "update refresh_job set status = 'CANCELLED' where tenant_id = :tenant and id = :id", id=job.id
        )
        taken = await refresh_job_for_update(session, job.id)
        assert read is not None
        assert taken is read
        assert read.status is RefreshStatus.CANCELLED
