"""The tenant: a team whose data nobody else sees.

Named queries of tenants, memberships and identities as people see them.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.keyset import Listing, Ordering, Slice, Window, count_rows, load_slice
from models.people.oauth_identity import OAuthIdentity
from models.tenants.membership import Membership


class Tenant(Row, table=True):
    """Visible to its own sessions and to its members; `currency` and `time_zone` are defaults for reports."""

    __tablename__ = "tenant"
    __table_args__ = (UniqueConstraint("slug"), CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    slug: str
    currency: str
    time_zone: str
    created_at: datetime = dated()
    # From here on nobody belongs to it, and its rows are being erased.
    deleted_at: datetime | None = None


_MEMBERS = Ordering("members", col(Membership.created_at), col(Membership.id))


async def tenants_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[Tenant]:
    """Of these the session's own tenant, of which everything may be shown."""
    active = session.info["scope"].tenant_id
    return (await session.exec(select(Tenant).where(col(Tenant.id).in_(ids), Tenant.id == active))).all()


async def tenant_for_update(session: WriteSession) -> Tenant:
    """The session's own tenant, held until the session ends."""
    return (await session.exec(select(Tenant).where(Tenant.id == session.tenant_id).with_for_update())).one()


async def tenant_summaries_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[Tenant]:
    """Of these the session's own tenant and those that the person is a member of: for id, name and slug only."""
    return (await session.exec(select(Tenant).where(col(Tenant.id).in_(ids)))).all()


async def memberships_of_user(session: ReadSession | WriteSession, user_id: UUID) -> Sequence[Membership]:
    """Every tenant of one person, oldest first; at most 1000."""
    query = (
        select(Membership)
        .where(Membership.user_id == user_id)
        .order_by(col(Membership.created_at), col(Membership.id))
        .limit(1000)
    )
    return (await session.exec(query)).all()


async def memberships_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Membership]:
    return (await session.exec(select(Membership).where(col(Membership.id).in_(ids)))).all()


async def members_slice(session: ReadSession, window: Window) -> Slice[Membership]:
    """The members of the session's tenant, oldest membership first."""
    return await load_slice(session, Listing(_members(session), _MEMBERS), window)


async def count_members(session: ReadSession) -> int:
    return await count_rows(session, _members(session))


def _members(session: ReadSession) -> SelectOfScalar[Membership]:
    # The policy alone would add the viewer's own memberships elsewhere.
    return select(Membership).where(Membership.tenant_id == session.tenant_id)


async def identities_of_user(session: ReadSession | WriteSession, user_id: UUID) -> Sequence[OAuthIdentity]:
    """The accounts of one person at providers, at most one at each."""
    query = (
        select(OAuthIdentity)
        .where(OAuthIdentity.user_id == user_id)
        .order_by(col(OAuthIdentity.linked_at), col(OAuthIdentity.subject))
    )
    return (await session.exec(query)).all()
