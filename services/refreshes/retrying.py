"""Repeating a refresh that failed or was cancelled, as the next attempt of the same job."""

from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.database import Database, WriteSession
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import TwinIsActive, active_twin
from services.billing.plans import QuotaKind
from services.billing.quotas import spend, writable_entitlement
from services.refreshes.jobs import job_there, lock_job
from services.refreshes.queueing import queue_next_attempt
from services.refreshes.requests import check_access
from services.tools import Billing

_TWIN = "A refresh of the same days is queued, running or waiting already."


async def retry_refresh_job(
    db: Database, clock: Clock, billing: Billing | None, viewer: Viewer, *, job_id: UUID | None
) -> RefreshJob:
    """Queues a job that failed or was cancelled as its next attempt, which counts as a refresh; needs REFRESH.

    Raises Refused: NOT_FOUND; NOT_RETRYABLE for a job that is not finished, that succeeded or that failed for a reason
    which a retry cannot mend, and while another refresh of the same range is not finished; for access and quota as
    request_refresh does.
    """
    require(viewer, Permission.REFRESH)
    async with db.write(viewer) as session:
        known = await job_there(session, job_id)
        account = await session.get_one(AdAccount, (known.tenant_id, known.ad_account_id))
        await _check_retryable(session, known)
        await check_access(session, account, field="job_id")
        # The counter is locked before the row, as for a new request: else the two could wait for each other. So the
        # row is looked at twice: what cannot be retried is told first, whatever the plan has left.
        await spend(
            clock,
            session,
            await writable_entitlement(clock, billing, session),
            QuotaKind.REFRESHES_PER_DAY,
        )
        job = await lock_job(session, job_id)
        await _check_retryable(session, job)
        try:
            await queue_next_attempt(session, viewer, job, action="refresh.retried", now=clock())
        except TwinIsActive as error:
            raise Refused(UserErrorCode.NOT_RETRYABLE, _TWIN, field="job_id") from error
    return job


async def _check_retryable(session: WriteSession, job: RefreshJob) -> None:
    problem = None
    if job.status not in (RefreshStatus.FAILED, RefreshStatus.CANCELLED):
        problem = f"Only a refresh that failed or was cancelled can be repeated; this one is {job.status}."
    elif job.status is RefreshStatus.FAILED and not job.error_retryable:
        problem = f"Repeating this refresh does not help. {job.error_message} Then ask for a new refresh."
    elif await active_twin(session, job):
        problem = _TWIN
    if problem:
        raise Refused(UserErrorCode.NOT_RETRYABLE, problem, field="job_id")
