"""Named queries of access grants; the token column is carried, never read here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.access_grant import AccessGrant, AccessGrantStatus
from models.ad_account import Platform
from models.database import ReadSession, WriteSession
from models.keyset import Listing, Ordering, Slice, Window, count_rows, load_slice

_LISTING = Listing(
    select(AccessGrant),
    Ordering(name="access_grant", key=col(AccessGrant.created_at), row_id=col(AccessGrant.id)),
)


async def list_access_grants(session: ReadSession, window: Window) -> Slice[AccessGrant]:
    """One page of the tenant's grants, oldest first; raises BadInput for a cursor of another list."""
    return await load_slice(session, _LISTING, window)


async def count_access_grants(session: ReadSession) -> int:
    return await count_rows(session, _LISTING.rows)


async def access_grants_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[AccessGrant]:
    return (await session.exec(select(AccessGrant).where(col(AccessGrant.id).in_(ids)))).all()


async def access_grant_by_id(session: ReadSession | WriteSession, grant_id: UUID) -> AccessGrant | None:
    return (await session.exec(select(AccessGrant).where(AccessGrant.id == grant_id))).one_or_none()


async def access_grant_for_update(session: WriteSession, grant_id: UUID) -> AccessGrant | None:
    query = select(AccessGrant).where(AccessGrant.id == grant_id).with_for_update()
    return (await session.exec(query)).one_or_none()


async def insert_unless_known(session: WriteSession, grant: AccessGrant) -> bool:
    """False, and nothing is stored, when the tenant has a grant of this platform user; two at once are settled here."""
    statement = (
        insert(AccessGrant)
        .values(**grant.model_dump())
        .on_conflict_do_nothing(index_elements=["tenant_id", "platform", "external_user_id"])
        .returning(col(AccessGrant.id))
    )
    return (await (await session.connection()).execute(statement)).first() is not None


async def access_grant_of_user_for_update(
    session: WriteSession, platform: Platform, external_user_id: str
) -> AccessGrant | None:
    query = select(AccessGrant).where(
        AccessGrant.platform == platform, AccessGrant.external_user_id == external_user_id
    )
    return (await session.exec(query.with_for_update())).one_or_none()


async def grants_of_platform_user(
    session: WriteSession, platform: Platform, external_user_id: str
) -> list[tuple[UUID, UUID]]:
    """Tenant and grant wherever this person was connected; needs a session of the system role."""
    query = select(AccessGrant.tenant_id, AccessGrant.id).where(
        AccessGrant.platform == platform, AccessGrant.external_user_id == external_user_id
    )
    return [(tenant_id, grant_id) for tenant_id, grant_id in await session.exec(query)]


async def unchecked_grants(session: WriteSession, since: datetime, *, most: int) -> list[tuple[UUID, UUID]]:
    """Tenant and grant of those that were not looked at since then, the longest first; needs the system role."""
    query = select(AccessGrant.tenant_id, AccessGrant.id).where(_is_unchecked(since))
    rows = await session.exec(query.order_by(_last_checked()).limit(most))
    return [(tenant_id, grant_id) for tenant_id, grant_id in rows]


async def claim_unchecked_grant(session: WriteSession, grant_id: UUID, since: datetime) -> AccessGrant | None:
    """The grant, held until the session ends; None when somebody else looks at it or has done so."""
    query = select(AccessGrant).where(AccessGrant.id == grant_id, _is_unchecked(since))
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()


def _is_unchecked(since: datetime) -> ColumnElement[bool]:
    return (_last_checked() <= since) & (col(AccessGrant.status) != AccessGrantStatus.REVOKED)


def _last_checked() -> ColumnElement[datetime]:
    """Storing a token looks at it as well."""
    return func.greatest(col(AccessGrant.checked_at), col(AccessGrant.token_stored_at), col(AccessGrant.created_at))
