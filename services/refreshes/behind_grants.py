"""What becomes of the refreshes behind a grant: they stop when it ends and go on by themselves when it is renewed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from analytics.clock import Clock
from models.acting import Acting, TenantScope
from models.connections.access_grant import (
    ENDED_STATUSES,
    AccessGrant,
    AccessGrantStatus,
    access_grant_by_id,
    access_grant_for_update,
)
from models.database import Database, WriteSession
from models.queue.jobs import cancel_queued
from models.refreshes.behind_grants import (
    active_jobs_of_grant_for_update,
    ended_grants_with_jobs,
    jobs_without_access_for_update,
)
from models.refreshes.job import RefreshErrorCode, RefreshJob, RefreshStatus
from models.refreshes.job_queries import TwinIsActive, active_twin
from services.account_access import why_ended
from services.refreshes import states
from services.refreshes.failures import RefreshFailure
from services.refreshes.queueing import queue_next_attempt


async def stop_jobs(session: WriteSession, grant_id: UUID, *, reason: str, now: datetime) -> int:
    """Ends every refresh that reads through the grant, in the caller's transaction; answers how many.

    A run that is under way writes nothing more: its fence no longer matches the job's row.
    """
    failure = RefreshFailure(RefreshErrorCode.ACCESS_REVOKED, reason, retryable=False)
    jobs = await active_jobs_of_grant_for_update(session, grant_id)
    for job in jobs:
        await states.finish(session, job, RefreshStatus.FAILED, now=now, failure=failure)
        await session.flush()
        await cancel_queued(session, str(job.id))
    return len(jobs)


async def end_grant(session: WriteSession, refused: AccessGrant, *, reason: str, now: datetime) -> None:
    """Records that the platform no longer accepts the token of `refused`, and stops the refreshes behind the grant.

    `refused` is the grant as it was when its token was read. Nothing happens where it has got another token since.
    """
    grant = await access_grant_for_update(session, refused.id)
    if grant is not None:
        if _has_another_token(grant, refused):
            return
        if grant.status is not AccessGrantStatus.REVOKED:
            grant.status, grant.reason = AccessGrantStatus.NEEDS_REAUTH, reason
    await stop_jobs(session, refused.id, reason=reason, now=now)


async def is_token_replaced(session: WriteSession, refused: AccessGrant) -> bool:
    """Whether the grant works with another token than `refused` had; the grant is locked until the session ends."""
    grant = await access_grant_for_update(session, refused.id)
    return grant is not None and _has_another_token(grant, refused)


def _has_another_token(grant: AccessGrant, refused: AccessGrant) -> bool:
    # Ciphers differ for equal tokens too, as after a rotation of keys. Then the token is tried once more.
    return grant.status not in ENDED_STATUSES and grant.token_enc != refused.token_enc


async def resume_jobs(session: WriteSession, actor: Acting, grant_id: UUID, *, now: datetime) -> Sequence[RefreshJob]:
    """Queues refreshes that failed because the grant had ended, each as its next attempt; answers them.

    Of several with the same range one is queued, and none where a refresh of that range is not finished. All of it
    happens in the caller's transaction.
    """
    resumed = []
    for job in await jobs_without_access_for_update(session, grant_id):
        if await active_twin(session, job):
            continue
        try:
            await queue_next_attempt(session, actor, job, action="refresh.resumed", now=now)
        except TwinIsActive:
            continue
        resumed.append(job)
    return resumed


async def stop_jobs_without_access(db: Database, clock: Clock) -> int:
    """Ends refreshes that are not finished although their grant has ended, however that became known.

    Answers how many it ended, over all tenants.
    """
    async with db.sweep(reason="find refreshes without access") as session:
        ended = await ended_grants_with_jobs(session)
    stopped = 0
    for tenant_id, grant_id in ended:
        async with db.write(TenantScope(tenant_id)) as session:
            grant = await access_grant_by_id(session, grant_id)
            reason = why_ended(grant)
            stopped += await stop_jobs(session, grant_id, reason=reason, now=clock())
    return stopped
