"""When data sets are queued: at the end of a refresh and by changes of naming, with one job that waits at most."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.datasets.queueing import renew_datasets
from services.naming.overrides import remove_naming_override
from services.naming.templates import delete_naming_template
from services.toolbox import Toolbox
from tests.worlds.ads import EntityWorld
from tests.worlds.datasets import JOBS
from tests.worlds.naming import NamingWorld, naming_world, of
from tests.worlds.refreshes import WEEK, RefreshWorld, refresh_world

# What a worker does that takes a job: it passes by those that are locked.
TAKE = """
update procrastinate_jobs set status = 'doing' where id = (
  select id from procrastinate_jobs where queueing_lock = :lock and status = 'todo' for update skip locked
) returning id
"""


@pytest.fixture
async def world(tools: Toolbox) -> NamingWorld:
    return await naming_world(tools)


@pytest.fixture
async def refreshed(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def sent(entities: EntityWorld, statement: str, account_id: UUID) -> list[dict[str, Any]]:
    async with entities.db.write(entities.viewer) as session:
        found = await (await session.connection()).execute(text(statement), {"lock": f"dataset:{account_id}"})
        return [dict(row) for row in found.mappings()]


async def states(entities: EntityWorld, account_id: UUID) -> list[str]:
    return [job["status"] for job in await sent(entities, JOBS, account_id)]


async def test_a_change_of_naming_queues_the_accounts_whose_tags_it_changes(world: NamingWorld) -> None:
    entities, other = world.entities, await world.entities.account()
    template = await world.save("angle", "hook")
    assert await states(entities, world.account.id) == ["todo"]
    assert await states(entities, other.id) == []
    await sent(entities, TAKE, world.account.id)
    await world.save("angle", "hook", template=template)  # which changes nothing
    await world.say(of(world.ads[0], "angle", "told"), is_trial=True)
    assert await states(entities, world.account.id) == ["doing"]
    told = await world.say(of(world.ads[0], "angle", "told"))  # while one runs, another one waits behind it
    await delete_naming_template(world.tools.db, entities.viewer, template.id)
    assert await states(entities, world.account.id) == ["doing", "todo"]
    await sent(entities, "delete from procrastinate_jobs where queueing_lock = :lock returning id", world.account.id)
    await remove_naming_override(world.tools.db, entities.viewer, told.overrides[0].id)
    assert await states(entities, world.account.id) == ["todo"]


async def test_a_job_that_waits_is_taken_only_once_the_change_behind_which_it_is_has_been_stored(
    world: NamingWorld,
) -> None:
    """Else it would read what was there before, and nothing would be queued for the change."""
    entities, account_id = world.entities, world.account.id
    for _ in range(2):  # one that is new, and one that waits already
        async with entities.db.write(entities.viewer) as session:
            await renew_datasets(session, [account_id])
            assert await sent(entities, TAKE, account_id) == []
    assert len(await sent(entities, TAKE, account_id)) == 1
    [job] = await sent(entities, "select lock from procrastinate_jobs where queueing_lock = :lock", account_id)
    assert job["lock"] == f"dataset:{entities.tenant_id}"


async def test_a_refresh_that_ends_well_queues_its_account_and_one_that_fails_does_not(
    refreshed: RefreshWorld,
) -> None:
    account = await refreshed.connected()
    refreshed.server.admin.add_fault(FaultRule(FaultKind.TOKEN_REVOKED, path="*/insights", times=None))
    failed = await refreshed.run(await refreshed.requested(account, WEEK))
    assert (failed.status, await states(refreshed.entities, account.id)) == (RefreshStatus.FAILED, [])
    other = await refreshed.connected("act_1002")
    refreshed.server.admin.clear_faults()
    ended = await refreshed.run(await refreshed.requested(other, WEEK))
    assert (ended.status, await states(refreshed.entities, other.id)) == (RefreshStatus.SUCCEEDED, ["todo"])
