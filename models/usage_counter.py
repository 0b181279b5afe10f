"""How much of a plan's daily quotas a tenant has used up."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.columns import Row, owned_by_tenant


class UsageCounter(Row, table=True):
    """One row per tenant, quota and day in UTC; it only rises."""

    __tablename__ = "usage_counter"
    __table_args__ = (CheckConstraint("used >= 0", name="used"), owned_by_tenant())

    tenant_id: UUID = Field(primary_key=True)
    quota: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    used: int = 0
