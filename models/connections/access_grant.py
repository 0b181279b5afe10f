"""Access grants: a platform user's encrypted token, through which ad accounts are read. Nothing here decrypts it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Index, UniqueConstraint, func
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import TEXT_LIST, TenantRow, TextEnum, dated, one_of
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.platform import Platform
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows
from models.upsert import insert_unless_there


class AccessGrantStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRING = "EXPIRING"
    NEEDS_REAUTH = "NEEDS_REAUTH"
    REVOKED = "REVOKED"


# With a grant of these statuses nothing can be read until somebody connects again.
ENDED_STATUSES = (AccessGrantStatus.NEEDS_REAUTH, AccessGrantStatus.REVOKED)


class AccessGrant(TenantRow, table=True):
    """Unless `shared`, only `connected_by` may list and connect its accounts. `reason` tells users what to do."""

    __tablename__ = "access_grant"
    __table_args__ = (
        UniqueConstraint("tenant_id", "platform", "external_user_id"),
        one_of("platform", Platform),
        one_of("status", AccessGrantStatus),
        # A platform's messages name one of its users, and no tenant of ours.
        Index(None, "platform", "external_user_id"),
    )

    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_user_id: str
    external_user_name: str | None = None
    token_enc: str
    status: AccessGrantStatus = Field(default=AccessGrantStatus.ACTIVE, sa_type=TextEnum(AccessGrantStatus))
    reason: str | None = None
    scopes: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    missing_scopes: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    connected_by: UUID
    shared: bool = False
    created_at: datetime = dated()
    # When a person last connected: messages of the platform about earlier moments are ignored.
    token_stored_at: datetime | None = None
    checked_at: datetime | None = None
    revoked_at: datetime | None = None


_OLDEST_FIRST = Ordering(name="access_grant", key=col(AccessGrant.created_at), row_id=col(AccessGrant.id))


async def list_access_grants(session: ReadSession, window: Window) -> KeysetPage[AccessGrant]:
    """One page of the tenant's grants, oldest first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_grants(session), _OLDEST_FIRST), window)


async def count_access_grants(session: ReadSession) -> int:
    return await count_rows(session, _grants(session))


_by_ids = by_ids(AccessGrant, col(AccessGrant.tenant_id) == TENANT)


async def access_grants_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[AccessGrant]:
    return await rows(session, AccessGrant, _by_ids(), {"ids": ids})


async def access_grant_by_id(session: ReadSession | WriteSession, grant_id: UUID) -> AccessGrant | None:
    return (await session.exec(_grants(session).where(AccessGrant.id == grant_id))).one_or_none()


async def access_grant_for_update(session: WriteSession, grant_id: UUID) -> AccessGrant | None:
    query = _grants(session).where(AccessGrant.id == grant_id).with_for_update()
    return (await session.exec(query)).one_or_none()


async def insert_unless_known(session: WriteSession, grant: AccessGrant) -> bool:
    """False, and nothing is stored, when the tenant has a grant of this platform user already.

    Of two callers at once only one gets True.
    """
    return await insert_unless_there(session, grant, on=("tenant_id", "platform", "external_user_id"))


async def access_grant_of_user_for_update(
    session: WriteSession, platform: Platform, external_user_id: str
) -> AccessGrant | None:
    query = _grants(session).where(AccessGrant.platform == platform, AccessGrant.external_user_id == external_user_id)
    return (await session.exec(query.with_for_update())).one_or_none()


async def grants_of_platform_user(
    session: WriteSession, platform: Platform, external_user_id: str
) -> list[tuple[UUID, UUID]]:
    """Tenant and grant of each tenant in which this platform user connected; needs a session of the system role."""
    query = select(AccessGrant.tenant_id, AccessGrant.id).where(
        AccessGrant.platform == platform, AccessGrant.external_user_id == external_user_id
    )
    return [(tenant_id, grant_id) for tenant_id, grant_id in await session.exec(query)]


async def unchecked_grants(session: WriteSession, since: datetime, *, most: int) -> list[tuple[UUID, UUID]]:
    """Tenant and grant of grants that were last checked before `since`, the longest ago first, revoked ones left out.

    Needs a session of the system role.
    """
    query = select(AccessGrant.tenant_id, AccessGrant.id).where(_is_unchecked(since))
    rows = await session.exec(query.order_by(_last_checked()).limit(most))
    return [(tenant_id, grant_id) for tenant_id, grant_id in rows]


async def claim_unchecked_grant(session: WriteSession, grant_id: UUID, since: datetime) -> AccessGrant | None:
    """The grant, locked until the session ends; None when another worker is checking it or has done so."""
    query = _grants(session).where(AccessGrant.id == grant_id, _is_unchecked(since))
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()


def _grants(session: ReadSession | WriteSession) -> SelectOfScalar[AccessGrant]:
    return select(AccessGrant).where(AccessGrant.tenant_id == session.tenant_id)


def _is_unchecked(since: datetime) -> ColumnElement[bool]:
    return (_last_checked() <= since) & (col(AccessGrant.status) != AccessGrantStatus.REVOKED)


def _last_checked() -> ColumnElement[datetime]:
    """When the grant was last checked; storing a token counts, since the token is checked before it is stored."""
    return func.greatest(col(AccessGrant.checked_at), col(AccessGrant.token_stored_at), col(AccessGrant.created_at))
