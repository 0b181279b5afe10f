"""The tenant: a team whose data nobody else sees.

Named queries of tenants.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, col, select

from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.ids import new_id


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
