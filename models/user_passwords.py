"""Named queries of passwords. No session reads a hash: Postgres tells how it was made, and compares it with another."""

from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col, select

from models.database import ReadSession, WriteSession
from models.user_password import UserPassword

_RECIPE = text("select password_recipe(:user_id)")
_COMPARE = text("select is_password(:user_id, :candidate)")
# Not `excluded.hash`: reading that takes the right to read the column.
_STORE = text("""
    insert into user_password (user_id, hash) values (:user_id, :hash) on conflict (user_id) do update set hash = :hash
""")


async def password_recipe(session: ReadSession | WriteSession, user_id: UUID | None) -> str | None:
    """The parameters and the salt of the person's hash, which no two hashes share; None without a password."""
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
    """In place of whatever there was; the caller holds the account, unless it is new."""
    await (await session.connection()).execute(_STORE, {"user_id": user_id, "hash": password_hash})


async def forget_password(session: WriteSession, user_id: UUID) -> None:
    await (await session.connection()).execute(delete(UserPassword).where(col(UserPassword.user_id) == user_id))
