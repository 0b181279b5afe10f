"""Refreshes that the operator asks for: over all tenants, and with the same rules as everybody's."""

import asyncio

import pytest

from analytics.periods import AskedDays
from errors import NotFound, Refused, UserErrorCode
from models.audit.actor import ActorKind
from models.refreshes.job import RefreshStatus, RefreshTrigger
from services.refreshes.by_operator import (
    account_to_refresh,
    accounts_to_refresh,
    operator_cancel,
    operator_refresh,
    until_no_worker,
    watch_to_its_end,
)
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import NOON, RefreshWorld, refresh_world

ACCOUNTS: list[tuple[str, dict[str, object]]] = [
    ("act_1001", {}),
    ("act_1002", {}),
    ("act_1003", {"disconnected_at": NOON}),
    ("act_9000", {"frozen_at": NOON}),
]


async def slug(world: RefreshWorld) -> str:
    [[found]] = await world.select("select slug from tenant")
    return str(found)


async def test_an_account_is_found_over_all_tenants(world: RefreshWorld) -> None:
    account = await world.connected()
    found = await account_to_refresh(world.tools.db, account.external_id, await slug(world))
    assert (found.tenant_id, found.account_id) == (account.tenant_id, account.id)


async def test_of_several_tenants_one_has_to_be_named(world: RefreshWorld, tools: Toolbox) -> None:
    async with refresh_world(tools) as other:
        for each in (world, other):
            await each.connected("act_1002")
        with pytest.raises(NotFound, match="Several"):
            await account_to_refresh(world.tools.db, "act_1002", None)
        with pytest.raises(NotFound, match="No tenant has connected act_404"):
            await account_to_refresh(world.tools.db, "act_404", None)


async def test_a_number_alone_is_answered_with_the_account_that_has_it(world: RefreshWorld) -> None:
    other = await world.another_tenant()
    await other.connected()
    await other.change("update ad_account set external_id = 'act_1002001' where tenant_id = :tenant")
    with pytest.raises(NotFound, match=r"No tenant has connected 1002001\. Did you mean act_1002001\?"):
        await account_to_refresh(world.tools.db, "1002001", None)
    with pytest.raises(NotFound, match=r"No tenant has connected 1002002\.$"):
        await account_to_refresh(world.tools.db, "1002002", None)


async def test_a_tenant_without_the_account_is_told_who_has_it(world: RefreshWorld) -> None:
    other = await world.another_tenant()
    await other.connected()
    await other.change("update ad_account set external_id = 'act_1002000' where tenant_id = :tenant")
    mine, theirs = await slug(world), await slug(other)
    with pytest.raises(NotFound, match=f"The tenant {mine} has not connected act_1002000; connected by: {theirs}"):
        await account_to_refresh(world.tools.db, "act_1002000", mine)


async def test_an_unknown_tenant_is_told_with_the_slugs_that_exist(world: RefreshWorld) -> None:
    await world.change("update tenant set slug = '000-' || slug")  # among the first, which are told
    mine = await slug(world)
    with pytest.raises(NotFound, match=f"No tenant has the slug nobody. The slugs are: .*{mine}"):
        await account_to_refresh(world.tools.db, "act_404", "nobody")
    with pytest.raises(NotFound, match=f"No tenant has the slug nobody. The slugs are: .*{mine}"):
        await accounts_to_refresh(world.tools.db, "nobody")


async def test_of_many_tenants_some_are_told(world: RefreshWorld) -> None:
    for _ in range(20):
        await world.another_tenant()
    with pytest.raises(NotFound, match=r" and others\.$") as told:
        await accounts_to_refresh(world.tools.db, "nobody")
    assert str(told.value).count(", ") == 19


async def test_waiting_for_the_last_worker_ends_when_none_reports(world: RefreshWorld) -> None:
    await world.change("delete from procrastinate_workers")
    async with asyncio.timeout(1):
        await until_no_worker(world.tools.db)
    await world.change("insert into procrastinate_workers default values")
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(until_no_worker(world.tools.db), 0.2)
        await world.change("update procrastinate_workers set last_heartbeat = now() - interval '21 seconds'")
        async with asyncio.timeout(1):
            await until_no_worker(world.tools.db)
    finally:
        await world.change("delete from procrastinate_workers")


async def test_the_job_is_the_systems_and_the_same_one_when_asked_again(world: RefreshWorld) -> None:
    account = await world.connected()
    wanted = await account_to_refresh(world.tools.db, account.external_id, await slug(world))
    job, again = [
        await operator_refresh(world.tools.db, world.tools.clock, world.tools.vendors.billing, wanted, AskedDays(TODAY))
        for _ in range(2)
    ]
    assert job.id == again.id
    assert (job.trigger, job.requested_by_kind) == (RefreshTrigger.MANUAL, ActorKind.SYSTEM)
    assert (job.range_start, job.range_end) == (TODAY, TODAY)
    assert (
        await operator_refresh(world.tools.db, world.tools.clock, world.tools.vendors.billing, wanted, None)
    ).days_total == 28
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED


async def test_what_is_watched_ends_with_the_job_and_cancelling_ends_it(world: RefreshWorld) -> None:
    account = await world.connected()
    wanted = await account_to_refresh(world.tools.db, account.external_id, await slug(world))
    job = await operator_refresh(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, wanted, AskedDays(TODAY)
    )
    seen: list[RefreshStatus] = []
    async for now in watch_to_its_end(world.tools.db, world.tools.hub, job):
        if not seen:
            assert len(await operator_cancel(world.tools.db, world.tools.clock, wanted)) == 1
        seen.append(now.status)
    assert (seen[0], seen[-1]) == (RefreshStatus.QUEUED, RefreshStatus.CANCELLED)


async def test_the_operator_is_refused_as_everybody_is(world: RefreshWorld) -> None:
    account = await world.connected()
    wanted = await account_to_refresh(world.tools.db, account.external_id, await slug(world))
    await world.change("update access_grant set status = 'NEEDS_REAUTH' where tenant_id = :tenant")
    with pytest.raises(Refused) as refused:
        await operator_refresh(world.tools.db, world.tools.clock, world.tools.vendors.billing, wanted, None)
    assert refused.value.user_code is UserErrorCode.ACCESS_TOKEN_INVALID


async def test_all_accounts_of_a_tenant_are_found_but_what_is_disconnected_or_frozen(
    world: RefreshWorld, tools: Toolbox
) -> None:
    one, two, gone, frozen = [await world.connected(name, **extra) for name, extra in ACCOUNTS]
    async with refresh_world(tools) as other:
        await other.connected()
    mine = await accounts_to_refresh(world.tools.db, await slug(world))
    assert [each.account_id for each in mine] == [one.id, two.id]
    assert {each.tenant_id for each in mine} == {one.tenant_id}
    everybody = {each.account_id for each in await accounts_to_refresh(world.tools.db, None)}
    assert everybody > {one.id, two.id}
    assert not everybody & {gone.id, frozen.id}
    await world.change("update ad_account set disconnected_at = now() where tenant_id = :tenant and frozen_at is null")
    with pytest.raises(NotFound, match="has no ad account"):
        await accounts_to_refresh(world.tools.db, await slug(world))
