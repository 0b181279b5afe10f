"""Identities: a person's accounts at identity providers, with which they sign in."""

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
    """`subject` is the provider's own id of the person, `email` what the provider said when the identity was linked.

    A person has at most one identity at each provider.
    """

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
    """The user whose identity it is. At a sign-in nobody is known yet, so this needs a session of the system role."""
    query = select(OAuthIdentity.user_id).where(OAuthIdentity.provider == provider, OAuthIdentity.subject == subject)
    return (await session.exec(query)).one_or_none()


async def insert_identity_unless_taken(session: WriteSession, identity: OAuthIdentity) -> bool:
    """False, and nothing is stored, when the identity is somebody's or the person has another one at the provider."""
    return await insert_unless_there(session, identity, on=None)


async def delete_identity(session: WriteSession, user_id: UUID, provider: IdentityProvider) -> None:
    statement = delete(OAuthIdentity).where(
        col(OAuthIdentity.user_id) == user_id, col(OAuthIdentity.provider) == provider
    )
    await (await session.connection()).execute(statement)


async def identities_of_user(session: ReadSession | WriteSession, user_id: UUID) -> Sequence[OAuthIdentity]:
    """The identities of one person, in the order in which they were linked."""
    query = (
        select(OAuthIdentity)
        .where(OAuthIdentity.user_id == user_id)
        .order_by(col(OAuthIdentity.linked_at), col(OAuthIdentity.subject))
    )
    return (await session.exec(query)).all()
