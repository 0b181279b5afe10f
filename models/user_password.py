"""The hash of a person's password, apart from the person: the runtime role may write it and not read it."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from models.columns import Row


class UserPassword(Row, table=True):
    """No row where a person has no password. `hash` is read by functions of the owner alone."""

    __tablename__ = "user_password"
    __table_args__ = (ForeignKeyConstraint(["user_id"], ["user_account.id"]),)

    user_id: UUID = Field(primary_key=True)
    hash: str
