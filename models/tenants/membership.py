"""Memberships: which person belongs to which tenant, in which role."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Index, UniqueConstraint, case, delete, literal, or_
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import Row, TextEnum, dated, one_of, owned_by_tenant
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.thin.records import by_ids, rows
from models.upsert import insert_unless_there


class Role(StrEnum):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    VIEWER = "VIEWER"


class Membership(Row, table=True):
    """Policies let the tenant and the person read it, and only the tenant write it.

    `frozen_at` is set while the price plan has no room for the member.
    """

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        one_of("role", Role),
        owned_by_tenant(),
        # An index of a tenant table that does not begin with the tenant: a person's tenants are read before one of
        # them is chosen.
        Index(None, "user_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id)
    role: Role = Field(sa_type=TextEnum(Role))
    created_at: datetime = dated()
    frozen_at: datetime | None = None

    @property
    def acts_as(self) -> Role:
        """The role whose permissions the member has: VIEWER while frozen, whatever the role."""
        return Role.VIEWER if self.frozen_at is not None else self.role


def acting_role() -> ColumnElement[Role]:
    """`Membership.acts_as` in SQL; null where there is no membership."""
    reader = literal(Role.VIEWER, TextEnum(Role))
    return case((col(Membership.frozen_at).is_not(None), reader), else_=col(Membership.role))


async def owners_and_members_for_update(session: WriteSession, user_ids: Sequence[UUID]) -> Sequence[Membership]:
    """All owners of the session's tenant and these members, locked until the session ends.

    They are locked in a fixed order. Two owners who remove each other's ownership at once wait here for each other, and
    the second one sees what the first has done.
    """
    query = (
        select(Membership)
        .where(
            Membership.tenant_id == session.tenant_id,
            or_(col(Membership.role) == Role.OWNER, col(Membership.user_id).in_(user_ids)),
        )
        .order_by(col(Membership.user_id))
        .with_for_update()
    )
    return (await session.exec(query)).all()


async def insert_membership_unless_known(session: WriteSession, membership: Membership) -> bool:
    """False, and nothing is stored, when the person is a member already; of two callers at once only one gets True."""
    return await insert_unless_there(session, membership, on=("tenant_id", "user_id"))


async def delete_memberships(session: WriteSession) -> int:
    """Deletes all memberships of the session's tenant; answers how many."""
    statement = delete(Membership).where(col(Membership.tenant_id) == session.tenant_id)
    return (await (await session.connection()).execute(statement)).rowcount


_MEMBERS = Ordering("members", col(Membership.created_at), col(Membership.id))


async def memberships_of_user(session: ReadSession | WriteSession, user_id: UUID) -> Sequence[Membership]:
    """The memberships of one person in all tenants, oldest first; at most 1,000."""
    query = (
        select(Membership)
        .where(Membership.user_id == user_id)
        .order_by(col(Membership.created_at), col(Membership.id))
        .limit(1000)
    )
    return (await session.exec(query)).all()


_by_ids = by_ids(Membership)


async def memberships_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Membership]:
    return await rows(session, Membership, _by_ids(), {"ids": ids})


async def members_page(session: ReadSession, window: Window) -> KeysetPage[Membership]:
    """A page of the memberships of the session's tenant, oldest first."""
    return await load_page(session, Listing(_members(session), _MEMBERS), window)


async def count_members(session: ReadSession) -> int:
    return await count_rows(session, _members(session))


def _members(session: ReadSession) -> SelectOfScalar[Membership]:
    # Without this condition the policy would add the viewer's own memberships in other tenants.
    return select(Membership).where(Membership.tenant_id == session.tenant_id)
