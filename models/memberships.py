"""Named queries that change who belongs to a tenant; reading memberships is in tenants."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.database import WriteSession
from models.membership import Membership, Role


async def owners_and_members_for_update(session: WriteSession, user_ids: Sequence[UUID]) -> Sequence[Membership]:
    """All owners of the session's tenant and these members, held in one order until the session ends.

    Two who remove each other's ownership wait here for one another, and the second sees what the first has left.
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
    """False, and nothing is stored, when the person is a member already; two at once are settled here."""
    statement = (
        insert(Membership)
        .values(**membership.model_dump())
        .on_conflict_do_nothing(index_elements=["tenant_id", "user_id"])
        .returning(col(Membership.id))
    )
    return (await (await session.connection()).execute(statement)).first() is not None


async def delete_memberships(session: WriteSession) -> int:
    """Of everybody in the session's tenant; answers how many."""
    statement = delete(Membership).where(col(Membership.tenant_id) == session.tenant_id)
    return (await (await session.connection()).execute(statement)).rowcount
