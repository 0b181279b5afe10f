"""Refreshes that the operator asks for from a terminal: over all tenants, without a person behind them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from analytics.clock import Clock
from analytics.periods import AskedRange
from errors import NotFound
from models.acting import TenantScope
from models.ads.ad_account import AdAccount, all_refreshable_accounts, tenants_of_account
from models.database import Database, WriteSession
from models.listener import Hub
from models.queue.jobs import has_worker
from models.refreshes.job import RefreshJob, RefreshTrigger
from models.refreshes.job_queries import FINISHED, refresh_job_by_id
from models.tenants.tenant import has_tenant, tenant_slugs
from services.refreshes.cancelling import cancel_active_jobs
from services.refreshes.requests import check_access, insert_refresh_job
from services.tools import Billing

# A worker reports every five seconds; one that was silent for so long is not there any more.
_WORKER_SILENT_S = 20.0
# A change of the job wakes this process. Where that notification is lost, the job is read after this time all the same.
_LOOK_EVERY_S = 1.0
# How often the workers are looked at; as often as each of them reports.
_LOOK_AT_WORKERS_EVERY_S = 5.0

_MOST_SLUGS_TOLD = 20
# Meta's own pages show the number of an account without it.
_PREFIX = "act_"


@dataclass(frozen=True, slots=True)
class OperatedAccount:
    tenant_id: UUID
    account_id: UUID
    tenant_slug: str
    external_id: str

    @property
    def label(self) -> str:
        """The account's name at a terminal; with its tenant, since several tenants may have connected one account."""
        return f"{self.tenant_slug} {self.external_id}"


async def account_to_refresh(db: Database, external_id: str, tenant_slug: str | None) -> OperatedAccount:
    """The account of the named tenant, or of the only one that has connected it.

    Raises NotFound for an account that nobody, or not this tenant, has connected, for one that several have when no
    tenant is named, and for a tenant that does not exist.
    """
    async with db.system(reason="operator looks for an ad account") as session:
        await _require_tenant(session, tenant_slug)
        connected = [OperatedAccount(*row, external_id) for row in await tenants_of_account(session, external_id)]
        if not connected:
            meant = f"{_PREFIX}{external_id}"
            hint = f" Did you mean {meant}?" if await tenants_of_account(session, meant) else ""
            raise NotFound(f"No tenant has connected {external_id}.{hint}")
    slugs = ", ".join(each.tenant_slug for each in connected)
    found = [each for each in connected if tenant_slug in (None, each.tenant_slug)]
    if not found:
        raise NotFound(f"The tenant {tenant_slug} has not connected {external_id}; connected by: {slugs}.")
    if len(found) > 1:
        raise NotFound(f"Several tenants have connected {external_id}: name one with --tenant ({slugs}).")
    return found[0]


async def accounts_to_refresh(db: Database, tenant_slug: str | None) -> list[OperatedAccount]:
    """Every connected account that its tenant's price plan has room for.

    Raises NotFound where there is none, and for a tenant that does not exist.
    """
    async with db.system(reason="operator refreshes all ad accounts") as session:
        await _require_tenant(session, tenant_slug)
        found = [OperatedAccount(*row) for row in await all_refreshable_accounts(session, tenant_slug)]
    if not found:
        raise NotFound("No ad account is connected." if tenant_slug is None else f"{tenant_slug} has no ad account.")
    return found


async def _require_tenant(session: WriteSession, slug: str | None) -> None:
    if slug is None or await has_tenant(session, slug):
        return
    slugs = await tenant_slugs(session, _MOST_SLUGS_TOLD + 1)
    told = ", ".join(slugs[:_MOST_SLUGS_TOLD]) + (" and others" if len(slugs) > _MOST_SLUGS_TOLD else "")
    raise NotFound(f"No tenant has the slug {slug}. The slugs are: {told}." if slugs else "There is no tenant yet.")


async def operator_refresh(
    db: Database, clock: Clock, billing: Billing | None, wanted: OperatedAccount, days: AskedRange | None
) -> RefreshJob:
    """Queues a refresh of the days, or of the account's look-back when they are None.

    Answers the same refresh where it is not finished yet. Raises Refused as request_refresh does.
    """
    async with db.write(TenantScope(wanted.tenant_id)) as session:
        account = await session.get_one(AdAccount, (wanted.tenant_id, wanted.account_id))
        await check_access(session, account)
        return await insert_refresh_job(
            clock,
            billing,
            session,
            TenantScope(wanted.tenant_id),
            ad_account=account,
            trigger=RefreshTrigger.MANUAL,
            days=days,
        )


async def operator_cancel(db: Database, clock: Clock, wanted: OperatedAccount) -> Sequence[RefreshJob]:
    """Ends every refresh of the account that is not finished; answers them."""
    async with db.write(TenantScope(wanted.tenant_id)) as session:
        return await cancel_active_jobs(
            session, TenantScope(wanted.tenant_id), ad_account_id=wanted.account_id, clock=clock
        )


async def watch_to_its_end(db: Database, hub: Hub, job: RefreshJob) -> AsyncIterator[RefreshJob]:
    """The job now, after each change, and when it has ended. The iteration also ends when the job is deleted."""
    async with hub.watch(job.id) as watch:
        while True:
            async with db.read(TenantScope(job.tenant_id)) as session:
                now = await refresh_job_by_id(session, job.id)
            if now is None:
                return
            yield now
            if now.status in FINISHED:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(watch.changed(), _LOOK_EVERY_S)


async def is_worker_there(db: Database) -> bool:
    """Whether any worker takes jobs from the queue just now."""
    async with db.read(None) as session:
        return await has_worker(session, silent_s=_WORKER_SILENT_S)


async def until_no_worker(db: Database) -> None:
    """Returns when no worker takes jobs from the queue any more. Raises DatabaseUnavailable."""
    while True:
        if not await is_worker_there(db):
            return
        await asyncio.sleep(_LOOK_AT_WORKERS_EVERY_S)
