"""Invitations: memberships of a tenant that are offered to an e-mail address.

The token with which an invitation is accepted is in models/people/one_time_token.py.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import TenantRow, TextEnum, one_of, owned_by_tenant
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.tenants.membership import Role
from models.thin.records import by_ids, rows


class Invitation(TenantRow, table=True):
    """An invitation is open until it is accepted, revoked or expired.

    An address has at most one in a tenant that is neither accepted nor revoked.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("role", Role),
        owned_by_tenant(),
        Index(
            "uq_invitation_open",
            "tenant_id",
            "email",
            unique=True,
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
    )

    email: str
    role: Role = Field(sa_type=TextEnum(Role))
    invited_by: UUID
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    revoked_at: datetime | None = None


_OLDEST_FIRST = Ordering("invitations", col(Invitation.created_at), col(Invitation.id))


async def insert_or_renew(session: WriteSession, wanted: Invitation) -> UUID:
    """Stores `wanted`, or gives the address's open invitation its values; answers the id of the stored invitation.

    Two callers at once end with one invitation.
    """
    statement = insert(Invitation).values(**wanted.model_dump())
    renewed = {name: statement.excluded[name] for name in ("role", "invited_by", "created_at", "expires_at")}
    stored = await (await session.connection()).execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "email"],
            index_where=col(Invitation.accepted_at).is_(None) & col(Invitation.revoked_at).is_(None),
            set_=renewed,
        ).returning(col(Invitation.id))
    )
    invitation_id: UUID = stored.scalar_one()
    return invitation_id


async def invitation_for_update(session: WriteSession, invitation_id: UUID) -> Invitation | None:
    query = select(Invitation).where(Invitation.tenant_id == session.tenant_id, Invitation.id == invitation_id)
    return (await session.exec(query.with_for_update())).one_or_none()


async def open_invitation_for_update(session: WriteSession, email: str, *, now: datetime) -> Invitation | None:
    """The invitation that the address can still accept, locked until the session ends."""
    return (await session.exec(_open(session, now).where(Invitation.email == email).with_for_update())).one_or_none()


_by_ids = by_ids(Invitation)


async def invitations_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Invitation]:
    return await rows(session, Invitation, _by_ids(), {"ids": ids})


async def open_invitations_page(session: ReadSession, window: Window, *, now: datetime) -> KeysetPage[Invitation]:
    """A page of the invitations that can still be accepted, oldest first."""
    return await load_page(session, Listing(_open(session, now), _OLDEST_FIRST), window)


async def count_open_invitations(session: ReadSession | WriteSession, *, now: datetime) -> int:
    return await count_rows(session, _open(session, now))


def _open(session: ReadSession | WriteSession, now: datetime) -> SelectOfScalar[Invitation]:
    return select(Invitation).where(
        Invitation.tenant_id == session.tenant_id,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        Invitation.expires_at > now,
    )
