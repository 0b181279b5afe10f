"""The tenant: a team whose data nobody else sees."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from models.columns import Row, dated
from models.ids import new_id


class Tenant(Row, table=True):
    """Visible to its own sessions and to its members; `currency` and `time_zone` are defaults for reports."""

    __tablename__ = "tenant"
    __table_args__ = (UniqueConstraint("slug"), CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    slug: str
    currency: str
    time_zone: str
    created_at: datetime = dated()
    # From here on nobody belongs to it, and its rows are being erased.
    deleted_at: datetime | None = None
