"""The person who signs in; global, because one person can be a member of several tenants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, UniqueConstraint, false
from sqlmodel import Field

from models.columns import Row, dated
from models.ids import new_id


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
