"""Queries of the refreshes that read through a grant: those that its end stops, those that its renewal resumes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from models.ads.ad_account import AdAccount
from models.connections.access_grant import ENDED_STATUSES, AccessGrant
from models.database import WriteSession
from models.refreshes.job import ACTIVE_STATUSES, RefreshErrorCode, RefreshJob, RefreshStatus

_MOST = 500


async def active_jobs_of_grant_for_update(session: WriteSession, grant_id: UUID) -> Sequence[RefreshJob]:
    """The grant's refreshes that are not finished, locked until the session ends.

    A job that another transaction has locked, since its run just ends, is left out.
    """
    query = (
        select(RefreshJob)
        .join(AdAccount, _is_of_account())
        .where(
            AdAccount.tenant_id == session.tenant_id,
            AdAccount.grant_id == grant_id,
            col(RefreshJob.status).in_(ACTIVE_STATUSES),
        )
        .with_for_update(of=RefreshJob, skip_locked=True)
    )
    return (await session.exec(query)).all()


async def jobs_without_access_for_update(session: WriteSession, grant_id: UUID) -> Sequence[RefreshJob]:
    """The grant's refreshes that failed because it had ended, newest first, locked until the session ends.

    Refreshes of disconnected and of frozen accounts are left out.
    """
    query = (
        select(RefreshJob)
        .join(AdAccount, _is_of_account())
        .where(
            AdAccount.tenant_id == session.tenant_id,
            AdAccount.grant_id == grant_id,
            col(AdAccount.disconnected_at).is_(None),
            col(AdAccount.frozen_at).is_(None),
            RefreshJob.status == RefreshStatus.FAILED,
            RefreshJob.error_code == RefreshErrorCode.ACCESS_REVOKED,
        )
        .order_by(col(RefreshJob.queued_at).desc(), col(RefreshJob.id).desc())
        .limit(_MOST)
        .with_for_update(of=RefreshJob)
    )
    return (await session.exec(query)).all()


async def ended_grants_with_jobs(session: WriteSession) -> list[tuple[UUID, UUID]]:
    """Tenant and grant of ended grants that have unfinished refreshes; needs a session of the system role."""
    query = (
        select(AccessGrant.tenant_id, AccessGrant.id)
        .join(
            AdAccount,
            (col(AdAccount.tenant_id) == col(AccessGrant.tenant_id)) & (col(AdAccount.grant_id) == col(AccessGrant.id)),
        )
        .join(RefreshJob, _is_of_account())
        .where(col(AccessGrant.status).in_(ENDED_STATUSES), col(RefreshJob.status).in_(ACTIVE_STATUSES))
        .distinct()
        .limit(_MOST)
    )
    return [(tenant_id, grant_id) for tenant_id, grant_id in await session.exec(query)]


def _is_of_account() -> ColumnElement[bool]:
    return (col(RefreshJob.tenant_id) == col(AdAccount.tenant_id)) & (
        col(RefreshJob.ad_account_id) == col(AdAccount.id)
    )
