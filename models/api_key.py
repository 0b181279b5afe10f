"""A tenant's key for programs, as people see it; the hash that finds it lives in a table without a tenant."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from models.columns import TenantRow, TextEnum, dated, one_of, owned_by_tenant
from models.membership import Role


class ApiKey(TenantRow, table=True):
    __tablename__ = "api_key"
    __table_args__ = (one_of("role", Role), owned_by_tenant())

    name: str
    prefix: str
    role: Role = Field(sa_type=TextEnum(Role))
    created_by: UUID
    # The maker's membership: the key ends with it, and a later one does not revive it.
    membership_id: UUID
    created_at: datetime = dated()
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
