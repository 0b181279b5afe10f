"""The table of secrets that the installation itself got from vendors: encrypted, by name; it belongs to no tenant."""

from datetime import datetime

from sqlmodel import Field, col, select

from models.columns import Row, dated
from models.database import WriteSession
from models.upsert import insert_unless_there


class SealedValue(Row, table=True):
    """`value_enc` is encrypted and bound to `name`. Only the system role reads and writes it."""

    __tablename__ = "sealed_value"

    name: str = Field(primary_key=True)
    value_enc: str
    stored_at: datetime = dated()


async def sealed_value(session: WriteSession, name: str) -> SealedValue | None:
    return (await session.exec(select(SealedValue).where(SealedValue.name == name))).one_or_none()


async def insert_sealed_value_unless_known(session: WriteSession, value: SealedValue) -> bool:
    """False, and nothing is stored, when there is one of that name; waits for whoever is inserting it."""
    return await insert_unless_there(session, value, on=("name",))


async def sealed_value_for_update(session: WriteSession, name: str) -> SealedValue | None:
    """The secret, locked until the session ends."""
    query = select(SealedValue).where(SealedValue.name == name).with_for_update()
    return (await session.exec(query)).one_or_none()


async def sealed_names_with_other_keys(session: WriteSession, current: str) -> list[str]:
    """The names of those that do not begin with `current`, the current key's mark; they are few."""
    query = select(SealedValue.name).where(~col(SealedValue.value_enc).startswith(current, autoescape=True))
    return list((await session.exec(query.order_by(SealedValue.name))).all())
