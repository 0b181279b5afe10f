"""The person who signs in; global, because one person can be a member of several tenants.

Named queries of people; which of them a viewer may see is settled here and by the policies, not by callers.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, UniqueConstraint, false, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col, select

from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.tenants.membership import Membership
from models.upsert import insert_unless_there


class User(Row, table=True):
    """Never deleted, only tombstoned by `deleted_at`: tenant tables hold user ids without a foreign key.

    `token_version` rises when every access token of the person must die.
    """

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("email"), CheckConstraint("email = lower(email)", name="email"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str | None = None
    email_verified_at: datetime | None = None
    name: str
    token_version: int = 0
    is_staff: bool = Field(default=False, sa_column=Column(Boolean, server_default=false(), nullable=False))
    disabled_at: datetime | None = None
    deleted_at: datetime | None = None
    created_at: datetime = dated()


# All that the runtime role may: nobody begins as staff, disabled or deleted.
INSERTED = {"id", "email", "email_verified_at", "name", "token_version", "created_at"}


async def user_by_email(session: ReadSession | WriteSession, email: str) -> User | None:
    """The account of an address in lower case; for sign-in only."""
    return (await session.exec(select(User).where(User.email == email))).one_or_none()


async def user_by_id(session: ReadSession | WriteSession, user_id: UUID) -> User | None:
    """Any account; for sign-in and sessions, never for what a viewer asks to see."""
    return (await session.exec(select(User).where(User.id == user_id))).one_or_none()


async def user_for_update(session: WriteSession, user_id: UUID) -> User | None:
    """As `user_by_id`, held until the session ends; rows that only refer to the person do not wait."""
    query = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return (await session.exec(query)).one_or_none()


async def users_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[User]:
    """Of these people, the viewer and the colleagues in the active tenant: the memberships that the policies show."""
    oneself = col(User.id) == session.info["scope"].user_id
    visible = or_(oneself, col(User.id).in_(select(Membership.user_id)))
    return (await session.exec(select(User).where(col(User.id).in_(ids), visible))).all()


async def insert_user_unless_email_taken(session: WriteSession, user: User) -> bool:
    """False, and nothing is stored, when the address has an account; two at once are settled by the index."""
    return await insert_unless_there(
        session, user, on=("email",), values=user.model_dump(include=INSERTED, exclude_none=True)
    )


async def change_email_unless_taken(session: WriteSession, user: User, email: str) -> bool:
    """False, and nothing changes, when another account has the address; two at once are settled by the index."""
    try:
        async with session.begin_nested():
            user.email = email
    except IntegrityError as error:
        if "uq_user_account_email" not in str(error.orig):
            raise
        await session.refresh(user)
        return False
    return True


async def has_member_with_email(session: WriteSession, email: str) -> bool:
    """Whether an account with this address is a member of the session's tenant."""
    query = (
        select(Membership.user_id)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(Membership.tenant_id == session.tenant_id, User.email == email)
    )
    return (await session.exec(query)).first() is not None
