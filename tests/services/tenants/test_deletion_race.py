"""A tenant that is deleted while others write for it leaves no row: not all tables have a foreign key to `tenant`.

A viewer is remembered for some seconds, and a run goes on until it is told to stop, so that both write for a tenant
that is closed already.
"""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from errors import NotFound
from integrations.ads.records import TokenInfo
from models.ads.ad_account import AdAccount, AdAccountStatus, insert_ad_account_unless_known
from models.audit.actor import ActorKind
from models.audit.entry import record
from models.ids import new_id
from models.platform import Platform
from models.refreshes.job import RefreshJob, RefreshTrigger
from models.refreshes.job_queries import refresh_job_for_update
from models.tables import metadata
from models.tenants.tenant import hold_tenant
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.connections.grant_tokens import VouchedToken, store_grant
from services.idempotency import KeyedCall, once
from services.tenants.deletion import delete_tenant, erase_tenant
from services.toolbox import Toolbox
from tests.isolation.canaries import CanaryTenant
from tests.services.tenants.test_deletion import a_tenant, remains

Write = Callable[[Toolbox, CanaryTenant], Awaitable[object]]


async def claim_a_key(tools: Toolbox, tenant: CanaryTenant) -> None:
    async def run() -> dict[str, object]:
        return {"done": True}

    await once(tools.db, tools.clock, tenant.viewer(), KeyedCall("race", str(new_id()), {}), run)


async def connect_a_grant(tools: Toolbox, tenant: CanaryTenant) -> None:
    info = TokenInfo(
        is_ours=True,
        is_of_system=False,
        is_valid=True,
        external_user_id=str(new_id()),
        external_user_name=None,
        scopes=(),
        expires_at=None,
        data_access_expires_at=None,
    )
    await store_grant(tools, tenant.viewer(), VouchedToken(Platform.META, "token", info), is_shared=True)


async def connect_an_account(tools: Toolbox, tenant: CanaryTenant) -> None:
    async with tools.db.write(tenant.scope) as session:
        await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.AD_ACCOUNTS)
        account = AdAccount(
            tenant_id=session.tenant_id,
            platform=Platform.META,
            external_id=f"act_{new_id()}",
            name="Shop",
            currency="EUR",
            time_zone="UTC",
            status=AdAccountStatus.ACTIVE,
            created_at=tools.clock(),
        )
        await insert_ad_account_unless_known(session, account)
        session.add(job_of(tenant, account.id))


async def refresh(tools: Toolbox, tenant: CanaryTenant) -> None:
    async with tools.db.write(tenant.scope) as session:
        session.add(job_of(tenant, tenant.id_of("ad_account")))


def job_of(tenant: CanaryTenant, account_id: UUID) -> RefreshJob:
    fixed = {"status": "SUCCEEDED", "trigger": RefreshTrigger.MANUAL, "requested_by_kind": ActorKind.USER}
    return RefreshJob(**tenant.rows["refresh_job"] | fixed | {"id": new_id(), "ad_account_id": account_id})


async def store_insights(tools: Toolbox, tenant: CanaryTenant) -> None:
    """As a run does: only while its job is there, and locked."""
    async with tools.db.write(tenant.scope) as session:
        if await refresh_job_for_update(session, tenant.id_of("refresh_job")) is None:
            return
        table = metadata.tables["insight"]
        row = {**tenant.rows["insight"], "ad_id": new_id()}
        await (await session.connection()).execute(insert(table).values(row))


async def note(tools: Toolbox, tenant: CanaryTenant) -> None:
    async with tools.db.write(tenant.scope) as session:
        record(session, tenant.viewer(), action="race.noted", target_type="Tenant", target_id=session.tenant_id)


WRITES: tuple[Write, ...] = (claim_a_key, connect_a_grant, connect_an_account, refresh, store_insights, note)


async def test_a_tenant_that_is_deleted_while_others_write_leaves_no_row(tools: Toolbox) -> None:
    doomed, is_erased = await a_tenant(tools), asyncio.Event()
    written = dict.fromkeys((write.__name__ for write in WRITES), 0)

    async def go_on(write: Write) -> None:
        while not is_erased.is_set():
            try:
                await write(tools, doomed)
            except (NotFound, IntegrityError):
                await asyncio.sleep(0)
            else:
                written[write.__name__] += 1

    # Rows that are added again and again would keep the erasure from ever ending.
    async with asyncio.timeout(60), asyncio.TaskGroup() as writers:
        for write in WRITES:
            writers.create_task(go_on(write))
        while min(written.values()) < 3:  # noqa: ASYNC110 - the writers tell no event
            await asyncio.sleep(0.01)
        await delete_tenant(tools, doomed.viewer())
        await erase_tenant(tools.db, tools.vendors.billing, tools.files, doomed.id_of("tenant"), batch=5)
        is_erased.set()
    assert set(await remains(tools, doomed)) == {"audit_log"}


@pytest.mark.parametrize("write", [claim_a_key, connect_a_grant, connect_an_account])
async def test_nothing_is_added_to_a_tenant_that_was_deleted(tools: Toolbox, write: Write) -> None:
    doomed = await a_tenant(tools)
    await delete_tenant(tools, doomed.viewer())
    before = await remains(tools, doomed)
    with pytest.raises(NotFound):
        await write(tools, doomed)
    assert await remains(tools, doomed) == before


async def test_deleting_a_tenant_waits_for_who_holds_it(tools: Toolbox) -> None:
    doomed = await a_tenant(tools)
    async with tools.db.write(doomed.scope) as session:
        await hold_tenant(session)
        deletion = asyncio.create_task(delete_tenant(tools, doomed.viewer()))
        waiting = text("select 1 from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid)) and not granted")
        while not (await (await session.connection()).execute(waiting)).first():  # noqa: ASYNC110 - locks tell no event
            await asyncio.sleep(0.01)
        assert not deletion.done()
    await deletion
