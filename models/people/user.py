"""Users: the persons who sign in. The table belongs to no tenant, because a person can be a member of several.

Which users a viewer may see is decided here and by the policies, not by callers.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, UniqueConstraint, Uuid, bindparam, false, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col, select

from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.shards import violates
from models.tenants.membership import Membership
from models.thin.records import by_ids, rows
from models.upsert import insert_unless_there


class User(Row, table=True):
    """A user is never deleted but made a tombstone by `deleted_at`: tenant tables have user ids without a foreign key.

    `token_version` is raised when every access token of the person must stop working.
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


# The columns that the runtime role may insert: no account begins as staff, disabled or deleted.
INSERTED = {"id", "email", "email_verified_at", "name", "token_version", "created_at"}


async def user_by_email(session: ReadSession | WriteSession, email: str) -> User | None:
    """The account with this e-mail address, in lower case; for sign-in only."""
    return (await session.exec(select(User).where(User.email == email))).one_or_none()


async def user_by_id(session: ReadSession | WriteSession, user_id: UUID) -> User | None:
    """Any account; for sign-in and sessions, never for what a viewer asks to see."""
    return (await session.exec(select(User).where(User.id == user_id))).one_or_none()


async def user_for_update(session: WriteSession, user_id: UUID) -> User | None:
    """The account, locked until the session ends; inserting rows that refer to the account does not wait for it."""
    query = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return (await session.exec(query)).one_or_none()


_seen_by_ids = by_ids(
    User,
    or_(col(User.id) == bindparam("oneself", type_=Uuid()), col(User.id).in_(select(Membership.user_id))),
)


async def users_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[User]:
    """Those of these users whom the viewer may see: the viewer, and the members of the active tenant.

    The policies show no other memberships than theirs.
    """
    return await rows(session, User, _seen_by_ids(), {"ids": ids, "oneself": session.scope.user_id})


async def insert_user_unless_email_taken(session: WriteSession, user: User) -> bool:
    """False, and nothing is stored, when the address has an account; of two callers at once only one gets True."""
    return await insert_unless_there(
        session, user, on=("email",), values=user.model_dump(include=INSERTED, exclude_none=True)
    )


async def change_email_unless_taken(session: WriteSession, user: User, email: str) -> bool:
    """False, and nothing changes, when another account has the address; of two at once only one gets True."""
    try:
        async with session.begin_nested():
            user.email = email
    except IntegrityError as error:
        if not violates(error, "uq_user_account_email"):
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
