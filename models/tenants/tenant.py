"""Tenants: teams whose data nobody else sees."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint, Uuid, bindparam, update
from sqlmodel import Field, col, select

from errors import NotFound
from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.thin.records import by_ids, rows

NO_TENANT = "There is no such tenant any more."


class Tenant(Row, table=True):
    """Policies show a tenant to its own sessions and to its members.

    `currency` and `time_zone` are the tenant's defaults where no account rules. `naming_version` rises with every
    change of naming templates and overrides. `product_tag` is the naming field whose value is a SKU.
    """

    __tablename__ = "tenant"
    __table_args__ = (UniqueConstraint("slug"), CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    slug: str
    currency: str
    time_zone: str
    created_at: datetime = dated()
    # From this instant on nobody belongs to the tenant, and a job erases its rows.
    deleted_at: datetime | None = None
    naming_version: int = Field(default=0, sa_type=BigInteger)
    product_tag: str | None = None


_own_by_ids = by_ids(Tenant, col(Tenant.id) == bindparam("active", type_=Uuid()))
_by_ids = by_ids(Tenant)


async def tenants_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[Tenant]:
    """The session's own tenant, if it is among these; everything of it may be shown."""
    return await rows(session, Tenant, _own_by_ids(), {"ids": ids, "active": session.scope.tenant_id})


async def tenant_for_update(session: WriteSession) -> Tenant:
    """The session's own tenant, locked until the session ends."""
    return (await session.exec(select(Tenant).where(Tenant.id == session.tenant_id).with_for_update())).one()


async def product_tag(session: ReadSession | WriteSession) -> str | None:
    """The naming field whose value is a SKU, if the tenant has said so."""
    return (await session.exec(select(Tenant.product_tag).where(Tenant.id == session.tenant_id))).one_or_none()


async def raise_naming_version(session: WriteSession) -> None:
    """Says that names mean something else from now on; whoever changes templates or overrides calls this."""
    raised = update(Tenant).where(col(Tenant.id) == session.tenant_id)
    await (await session.connection()).execute(raised.values(naming_version=Tenant.naming_version + 1))


async def hold_tenant(session: WriteSession) -> None:
    """Keeps the session's tenant from being deleted until the session ends; raises NotFound when it was deleted.

    To be called, before any other lock is taken, by whoever adds a row that no foreign key ties to a tenant, a grant or
    a job: the tables of such rows may lie on other nodes than `tenant`. Deleting a tenant waits for those who hold it.
    """
    query = select(Tenant.id).where(Tenant.id == session.tenant_id, col(Tenant.deleted_at).is_(None))
    if (await session.exec(query.with_for_update(read=True, key_share=True))).one_or_none() is None:
        raise NotFound(NO_TENANT)


async def tenant_summaries_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[Tenant]:
    """Those of these tenants that the person is a member of, and the session's own; show only id, name and slug."""
    return await rows(session, Tenant, _by_ids(), {"ids": ids})


async def has_tenant(session: WriteSession, slug: str) -> bool:
    """Whether a tenant with this slug exists and is not deleted. Needs a session of the system role."""
    query = select(Tenant.id).where(Tenant.slug == slug, col(Tenant.deleted_at).is_(None))
    return (await session.exec(query)).first() is not None


async def tenant_slugs(session: WriteSession, limit: int) -> Sequence[str]:
    """The first slugs, by alphabet, of tenants that are not deleted. Needs a session of the system role."""
    query = select(Tenant.slug).where(col(Tenant.deleted_at).is_(None)).order_by(Tenant.slug).limit(limit)
    return (await session.exec(query)).all()
