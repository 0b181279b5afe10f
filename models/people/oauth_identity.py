"""A person's account at an identity provider.

Named queries that find and change people's accounts at identity providers; listing one's own is in tenants.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, delete
from sqlmodel import Field, col, select

from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.upsert import insert_unless_there


class IdentityProvider(StrEnum):
    FACEBOOK = "FACEBOOK"
    GOOGLE = "GOOGLE"


class OAuthIdentity(Row, table=True):
    """`subject` is the provider's own id; the email is what the provider said when it was linked. One per provider."""

    __tablename__ = "oauth_identity"
    __table_args__ = (ForeignKeyConstraint(["user_id"], ["user_account.id"]), UniqueConstraint("user_id", "provider"))

    provider: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    user_id: UUID
    email: str | None = None
    linked_at: datetime = dated()


async def user_id_of_identity(
    session: ReadSession | WriteSession, provider: IdentityProvider, subject: str
) -> UUID | None:
    """Whose account it is. Nobody is known yet at a sign-in, so this needs a session of the system role."""
    query = select(OAuthIdentity.user_id).where(OAuthIdentity.provider == provider, OAuthIdentity.subject == subject)
    return (await session.exec(query)).one_or_none()


async def insert_identity_unless_taken(session: WriteSession, identity: OAuthIdentity) -> bool:
    """False, and nothing is stored, when it is somebody's, or the person has another one of the provider."""
    return await insert_unless_there(session, identity, on=None)


async def delete_identity(session: WriteSession, user_id: UUID, provider: IdentityProvider) -> None:
    statement = delete(OAuthIdentity).where(
        col(OAuthIdentity.user_id) == user_id, col(OAuthIdentity.provider) == provider
    )
    await (await session.connection()).execute(statement)


async def identities_of_user(session: ReadSession | WriteSession, user_id: UUID) -> Sequence[OAuthIdentity]:
    """The accounts of one person at providers, at most one at each."""
    query = (
        select(OAuthIdentity)
        .where(OAuthIdentity.user_id == user_id)
        .order_by(col(OAuthIdentity.linked_at), col(OAuthIdentity.subject))
    )
    return (await session.exec(query)).all()
