"""Deletes a tenant: one transaction ends all access to it, and a job deletes its rows in batches afterwards.

The tokens of its grants are deleted in that first transaction. Every batch commits with an entry of the audit log, so
the log says at any time how far the job is. A job that was stopped goes on where it ended.
"""

from datetime import timedelta
from uuid import UUID

import structlog

from analytics.clock import Clock
from auth.permissions import Permission, person_id_of, require, require_recent_sign_in
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.storage.door import FileStorage
from models.acting import TenantScope
from models.audit.entry import record
from models.billing.subscription import billing_for_update
from models.database import Database, WriteSession
from models.erasure.tenant import (
    clear_queue,
    close_accounts,
    delete_batch,
    delete_tenant_row,
    delete_what_leads_into,
    erased_tables,
    is_to_be_erased,
    tenants_deleted_before,
)
from models.people.auth_session import auth_session_for_update
from models.people.one_time_token import void_tokens_of_tenant
from models.queue.enqueue import enqueue
from models.tenants.membership import delete_memberships
from models.tenants.tenant import tenant_for_update
from services.billing.checkout import close_page
from services.billing.stripe_sync import is_live
from services.people.tools import SessionTools
from services.stored_files import erase_files
from services.tenants.members import lock_memberships
from services.tools import Billing

_log = structlog.get_logger(__name__)

ERASE_TENANT_TASK = "tenant.erase"
# Rows of one transaction.
BATCH = 10_000
# A tenant that still has rows after this time has probably lost its job, which is queued again.
_PATIENCE = timedelta(minutes=10)
_REASON = "The tenant was deleted."


async def delete_tenant(tools: SessionTools, viewer: Viewer) -> UUID:
    """Ends all access to the tenant and queues the deletion of its rows; needs MANAGE_TENANT and a recent sign-in.

    The viewer stays signed in, without a tenant. Raises Refused CONFLICT while the tenant has a subscription that has
    not ended.
    """
    require(viewer, Permission.MANAGE_TENANT)
    await tools.credentials.authenticator.recheck(require_recent_sign_in(viewer, tools.clock()))
    async with tools.db.write(viewer) as session:
        tenant = await tenant_for_update(session)
        # The viewer's role is read again under the lock: it may have been taken away a moment ago.
        locked = await lock_memberships(session, viewer, person_id_of(viewer))
        require(locked.actor, Permission.MANAGE_TENANT)
        if is_live(await billing_for_update(session)):
            raise Refused(UserErrorCode.CONFLICT, "Cancel the subscription in the billing portal first.")
        tenant.deleted_at = tools.clock()
        await _close(tools.clock, session, viewer)
        await _enqueue(session)
    if viewer.session_id is not None:
        tools.credentials.authenticator.forget(viewer.session_id)
    return tenant.id


async def erase_tenant(
    db: Database, billing: Billing | None, files: FileStorage, tenant_id: UUID, *, batch: int = BATCH
) -> None:
    """Deletes the rows and files of a tenant that was deleted; may be repeated, stopped and run twice at once.

    Raises IntegrationError, before any row is deleted, while Stripe does not close a page that could still be paid, and
    after the last row but the tenant's own while the storage of files does not answer.
    """
    scope = TenantScope(tenant_id)
    async with db.read(scope) as reading:
        if not await is_to_be_erased(reading):
            return
    await close_page(db, billing, scope)
    # Other jobs of the tenant are taken off the queue or told to stop, since they would go on to add rows.
    async with db.write(scope) as session:
        await clear_queue(session, but=ERASE_TENANT_TASK)
    async with db.system(reason="erase the ways into a deleted tenant") as session:
        await delete_what_leads_into(session, tenant_id)
    # Repeated until a round finds no row: a request that began before access ended may have added one meanwhile.
    while sum([await _erase_table(db, scope, table, batch=batch) for table in erased_tables()]):
        pass
    # Behind the rows: a run that stores a file afterwards finds its export gone, and deletes the file.
    while await _erase_files(db, scope, files):
        pass
    async with db.write(scope) as session:
        if await delete_tenant_row(session):
            record(session, TenantScope(tenant_id), action="tenant.erased", target_type="Tenant", target_id=tenant_id)
    _log.info("tenant_erased", tenant_id=str(tenant_id))


async def resume_erasures(db: Database, clock: Clock) -> int:
    """Queues the job again for tenants that still have rows after _PATIENCE; answers how many."""
    async with db.sweep(reason="find tenants that are not erased yet") as session:
        waiting = await tenants_deleted_before(session, clock() - _PATIENCE)
    for tenant_id in waiting:
        async with db.write(TenantScope(tenant_id)) as session:
            await _enqueue(session)
    return len(waiting)


async def _close(clock: Clock, session: WriteSession, viewer: Viewer) -> None:
    """Ends memberships, invitations, grants' tokens and schedules, and takes the viewer's session out of the tenant."""
    now = clock()
    grants = await close_accounts(session, reason=_REASON, now=now)
    await void_tokens_of_tenant(session, now=now)
    members = await delete_memberships(session)
    family = await auth_session_for_update(session, viewer.session_id) if viewer.session_id else None
    if family is not None:
        family.tenant_id = None
    record(
        session,
        viewer,
        action="tenant.deleted",
        target_type="Tenant",
        target_id=session.tenant_id,
        before={"members": members, "access_grants": grants},
    )


async def _erase_table(db: Database, scope: TenantScope, table: str, *, batch: int) -> int:
    """Deletes all of the tenant's rows in one table, a batch a transaction; answers how many there were."""
    erased = 0
    while True:
        async with db.write(scope) as session:
            rows = await delete_batch(session, table, most=batch)
            if rows:
                after = {"table": table, "rows": rows}
                record(session, TenantScope(session.tenant_id), action="tenant.rows_erased", after=after)
        erased += rows
        if rows < batch:
            return erased


async def _erase_files(db: Database, scope: TenantScope, files: FileStorage) -> int:
    """Deletes some of the tenant's files; answers how many."""
    assert scope.tenant_id is not None
    erased = await erase_files(files, scope.tenant_id)
    if erased:
        async with db.write(scope) as session:
            record(session, scope, action="tenant.files_erased", after={"files": erased})
    return erased


async def _enqueue(session: WriteSession) -> None:
    """Queues the job for the session's tenant: one of them runs at a time, and at most one waits."""
    tenant_id = str(session.tenant_id)
    name = f"erase:{tenant_id}"
    await enqueue(session, ERASE_TENANT_TASK, lock=name, queueing_lock=name, tenant_id=tenant_id)
