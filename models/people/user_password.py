"""The hash of a person's password, in a table of its own: the runtime role may write hashes but not read them.

Functions of Postgres tell how a hash was made (parameters and salt), and compare it with another one.
"""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, delete, text
from sqlmodel import Field, col, select

from models.columns import Row
from models.database import ReadSession, WriteSession


class UserPassword(Row, table=True):
    """A person without a password has no row. Only functions of the owner read `hash`."""

    __tablename__ = "user_password"
    __table_args__ = (ForeignKeyConstraint(["user_id"], ["user_account.id"]),)

    user_id: UUID = Field(primary_key=True)
    hash: str


_RECIPE = text("select password_recipe(:user_id)")
_COMPARE = text("select is_password(:user_id, :candidate)")
# `:hash` and not `excluded.hash`: reading the latter takes the right to read the column.
_STORE = text("""
    insert into user_password (user_id, hash) values (:user_id, :hash) on conflict (user_id) do update set hash = :hash
""")


async def password_recipe(session: ReadSession | WriteSession, user_id: UUID | None) -> str | None:
    """The parameters and the salt that the person's hash was made with; None without a password.

    No two hashes have the same salt.
    """
    found: str | None = (await (await session.connection()).execute(_RECIPE, {"user_id": user_id})).scalar_one()
    return found


async def is_password(session: ReadSession | WriteSession, user_id: UUID | None, candidate: str) -> bool:
    """Whether the person's hash is `candidate`."""
    values = {"user_id": user_id, "candidate": candidate}
    return bool((await (await session.connection()).execute(_COMPARE, values)).scalar_one())


async def has_password(session: ReadSession | WriteSession, user_id: UUID) -> bool:
    query = select(UserPassword.user_id).where(UserPassword.user_id == user_id)
    return (await session.exec(query)).one_or_none() is not None


async def store_password(session: WriteSession, user_id: UUID, password_hash: str) -> None:
    """Stores the hash in place of an older one; the caller has locked the account, unless it is new."""
    await (await session.connection()).execute(_STORE, {"user_id": user_id, "hash": password_hash})


async def forget_password(session: WriteSession, user_id: UUID) -> None:
    await (await session.connection()).execute(delete(UserPassword).where(col(UserPassword.user_id) == user_id))
