"""Finds the ad accounts whose scheduled refresh is due, over all tenants, and locks one while it is taken care of."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.ads.ad_account import AdAccount
from models.database import WriteSession

MOST_DUE = 500


def _is_due(now: datetime) -> tuple[object, ...]:
    return (
        col(AdAccount.next_refresh_at) <= now,
        col(AdAccount.refresh_every_hours).is_not(None),
        col(AdAccount.disconnected_at).is_(None),
    )


async def due_accounts(session: WriteSession, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and account, the longest overdue first, at most MOST_DUE; needs a session of the system role."""
    query = select(AdAccount.tenant_id, AdAccount.id).where(*_is_due(now))  # type: ignore[arg-type]  # the conditions' own types say less than they are
    rows = await session.exec(query.order_by(col(AdAccount.next_refresh_at)).limit(MOST_DUE))
    return [(tenant_id, account_id) for tenant_id, account_id in rows]


async def claim_due_account(session: WriteSession, account_id: UUID, now: datetime) -> AdAccount | None:
    """The account, locked until the session ends; None when it is not due any more or another worker has locked it."""
    is_it = (AdAccount.tenant_id == session.tenant_id, AdAccount.id == account_id)
    query = select(AdAccount).where(*is_it, *_is_due(now))  # type: ignore[arg-type]  # see above
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()
