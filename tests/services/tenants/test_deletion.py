"""Deleting a tenant with a row in every table: nothing of it stays but its audit log, and nobody else loses a row."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from embedded.postgres import DatabaseUrls
from jobs.runner import WorkerOptions, run_inline
from models.acting import TenantScope
from models.audit.entry import AuditEntry, AuditFilter, audit_entries
from models.ids import new_id
from models.queue.enqueue import enqueue
from models.tables import metadata
from services.tenants.deletion import delete_tenant, erase_tenant, resume_erasures
from services.toolbox import Toolbox
from tests.isolation.canaries import NOT_SHOWN, CanaryTenant, canary_tenant, stored

TRIES = 400


@pytest.fixture
async def doomed(tools: Toolbox) -> CanaryTenant:
    return await a_tenant(tools)


async def a_tenant(tools: Toolbox) -> CanaryTenant:
    made = await canary_tenant(tools.db, tools.cipher, platform_token="token", password_hash="")
    async with tools.db.write(made.scope) as session:
        await (await session.connection()).execute(
            text("update billing_subscription set status = 'CANCELED' where tenant_id = :id"),
            {"id": made.id_of("tenant")},
        )
    return made


async def remains(tools: Toolbox, tenant: CanaryTenant) -> dict[str, int]:
    """How many rows of each table name the tenant, seen as itself and as its person.

    Those of passwords name none, and nobody but their owner reads them.
    """
    found = {}
    async with tools.db.read(tenant.scope) as session:
        connection = await session.connection()
        for table in metadata.sorted_tables:
            if table.name in NOT_SHOWN:
                continue
            query = text(f'select count(*) from "{table.name}" t where to_jsonb(t)::text like :name')
            found[table.name] = (await connection.execute(query, {"name": f"%{tenant.id_of('tenant')}%"})).scalar_one()
    return {name: number for name, number in found.items() if number}


async def queued(tools: Toolbox, tenant_id: UUID, *, task: str | None = None) -> int:
    query = "select count(*) from procrastinate_jobs where args ->> 'tenant_id' = :id and task_name like :task"
    async with tools.db.read(None) as session:
        answer = await (await session.connection()).execute(text(query), {"id": str(tenant_id), "task": task or "%"})
        return int(answer.scalar_one())


async def log(tools: Toolbox, tenant: CanaryTenant) -> list[tuple[str, dict[str, object] | None]]:
    own = audit_entries(AuditFilter(action="tenant.")).where(AuditEntry.tenant_id == tenant.id_of("tenant"))
    async with tools.db.read(tenant.scope) as session:
        entries = (await session.exec(own)).all()
    return [(entry.action, entry.after) for entry in sorted(entries, key=lambda entry: entry.id)]


async def test_a_deleted_tenant_is_closed_at_once_with_its_tokens_first(tools: Toolbox, doomed: CanaryTenant) -> None:
    await delete_tenant(tools, doomed.viewer())
    async with tools.db.read(doomed.scope) as session:
        connection = await session.connection()
        own, tenant = "where tenant_id = :tenant", {"tenant": doomed.id_of("tenant")}
        grant = (await connection.execute(text(f"select token_enc, status from access_grant {own}"), tenant)).one()
        members = (await connection.execute(text("select count(*) from membership"))).scalar_one()
        due = (
            await connection.execute(text(f"select count(next_refresh_at) from ad_account {own}"), tenant)
        ).scalar_one()
    assert tuple(grant) == ("", "REVOKED")
    assert (members, due) == (0, 0)
    assert await queued(tools, doomed.id_of("tenant"), task="tenant.erase") == 1


async def test_an_erasure_leaves_the_audit_log_alone_and_nobody_else_s_rows(
    tools: Toolbox, doomed: CanaryTenant
) -> None:
    other = await a_tenant(tools)
    before = await stored(tools.db, other)
    tables = set(await remains(tools, doomed))
    assert {"insight", "refresh_job", "auth_session", "invitation", "one_time_token", "api_key_secret"} <= tables
    async with tools.db.write(doomed.scope) as session:
        await enqueue(session, "refresh.run", tenant_id=str(doomed.id_of("tenant")))
    await delete_tenant(tools, doomed.viewer())
    await erase_tenant(tools.db, tools.vendors.billing, tools.files, doomed.id_of("tenant"))
    assert set(await remains(tools, doomed)) == {"audit_log"}
    assert await queued(tools, doomed.id_of("tenant"), task="refresh.run") == 0
    assert await stored(tools.db, other) == before
    said = await log(tools, doomed)
    assert [said[0][0], said[-1][0]] == ["tenant.deleted", "tenant.erased"]
    assert {"table": "insight", "rows": 1} in [after for _, after in said]


@pytest.mark.usefixtures("idle_queue")
async def test_a_worker_erases_what_was_deleted(tools: Toolbox, postgres: DatabaseUrls, doomed: CanaryTenant) -> None:
    async with run_inline(tools, WorkerOptions(postgres.runtime, poll_s=0.1, chores=())):
        await delete_tenant(tools, doomed.viewer())
        async with asyncio.timeout(20):
            while (await log(tools, doomed))[-1][0] != "tenant.erased":  # noqa: ASYNC110 - a worker's rows tell no event
                await asyncio.sleep(0.02)
    assert set(await remains(tools, doomed)) == {"audit_log"}


async def test_an_erasure_that_is_stopped_and_run_twice_ends_all_the_same(tools: Toolbox, doomed: CanaryTenant) -> None:
    tenant_id = doomed.id_of("tenant")
    await delete_tenant(tools, doomed.viewer())
    stopped = asyncio.create_task(erase_tenant(tools.db, tools.vendors.billing, tools.files, tenant_id, batch=1))
    for _ in range(TRIES):
        if len(await log(tools, doomed)) > 3:
            break
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert len(await remains(tools, doomed)) > 1
    await asyncio.gather(
        *(erase_tenant(tools.db, tools.vendors.billing, tools.files, tenant_id, batch=1) for _ in range(2))
    )
    assert set(await remains(tools, doomed)) == {"audit_log"}
    said = await log(tools, doomed)
    assert [action for action, _ in said].count("tenant.erased") == 1
    erased = [str(after) for action, after in said if action == "tenant.rows_erased"]
    # Nothing twice: of ads, and of them alone, there were two.
    assert len(erased) - 1 == len(set(erased)) >= 20
    assert erased.count(str({"rows": 1, "table": "ad"})) == 2


async def test_an_erasure_without_a_job_gets_one_and_a_living_tenant_none(tools: Toolbox, doomed: CanaryTenant) -> None:
    tenant_id, living = doomed.id_of("tenant"), await a_tenant(tools)
    await erase_tenant(tools.db, tools.vendors.billing, tools.files, living.id_of("tenant"))
    assert len(await remains(tools, living)) >= 20
    await delete_tenant(tools, doomed.viewer())
    async with tools.db.write(TenantScope(None)) as session:
        await (await session.connection()).execute(
            text("delete from procrastinate_jobs where task_name = 'tenant.erase'")
        )
    await resume_erasures(tools.db, tools.clock)  # finds those of other tests, if they are older
    assert await queued(tools, tenant_id, task="tenant.erase") == 0
    later = replace(tools, clock=lambda: tools.clock() + timedelta(minutes=11))
    assert await resume_erasures(later.db, later.clock) >= 1
    assert await queued(tools, tenant_id, task="tenant.erase") == 1
    await erase_tenant(tools.db, tools.vendors.billing, tools.files, new_id())
