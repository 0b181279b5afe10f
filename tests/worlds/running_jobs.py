"""Jobs as workers hold them, their changes, and subscribers who come and go."""

import asyncio
from datetime import date
from typing import Any

from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.ids import new_id
from models.refreshes.fenced_writes import Fence, advance_run
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.worlds.ads import EntityWorld
from tests.worlds.tenants import Team

PROGRESS = "subscription ($id: ID!) { refreshProgress(jobId: $id) { version rowsFetched } }"
_DAY = date(2026, 11, 20)


async def running_job(team: Team, **values: Any) -> Fence:
    entities = EntityWorld(team.world.db, team.tenant_id, team.owner.viewer.responsible_id)
    account = await entities.account()
    job = RefreshJob(
        tenant_id=team.tenant_id,
        id=new_id(),
        ad_account_id=account.id,
        status=RefreshStatus.RUNNING,
        trigger=RefreshTrigger.MANUAL,
        range_start=_DAY,
        range_end=_DAY,
        days_total=1,
        run_id=new_id(),
        **{"requested_by_kind": ActorKind.SYSTEM} | values,
    )
    assert job.run_id is not None
    fence = Fence(team.tenant_id, job.id, 1, job.run_id)
    await entities.keep(job)
    return fence


async def change(team: Team, fence: Fence, rows: int) -> None:
    async with team.world.db.write(TenantScope(fence.tenant_id)) as session:
        assert await advance_run(session, fence, progress=0.5, rows_fetched=rows, api_calls=1)


async def come_and_go(client: GraphQLClient, fence: Fence, number: int, *, at_once: int) -> None:
    """Subscribers who hear the state and leave: by closing, by an abort, before they hear it, or before they ask."""
    gate = asyncio.Semaphore(at_once)

    async def one(how: int) -> None:
        async with gate, client.socket() as socket:
            if how == 3:
                return
            await socket.introduce({"authorization": f"Bearer {client.token}"})
            await socket.start("1", PROGRESS, {"id": encode_id("RefreshJob", fence.job_id)})
            if how != 2:
                assert (await socket.hear())["type"] == "next"
            if how != 0:
                socket.connection.transport.abort()

    await asyncio.gather(*(one(each % 4) for each in range(number)))


async def nothing_is_left(tools: Toolbox, tasks: int) -> None:
    """Waits until neither a task, nor a watch, nor a session of the database is left of them."""
    pool: Any = tools.db.engine.pool
    async with asyncio.timeout(30):
        # What ends with a connection is done by tasks of the server, of which nobody tells.
        while tools.hub.watchers or pool.checkedout() or len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
