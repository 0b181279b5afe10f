"""Who belongs to which tenant, and as what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Index, UniqueConstraint, case, literal
from sqlmodel import Field, col

from models.columns import Row, TextEnum, dated, one_of, owned_by_tenant
from models.ids import new_id


class Role(StrEnum):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    VIEWER = "VIEWER"


class Membership(Row, table=True):
    """Readable by the tenant and by the person; writable in the tenant only. Frozen: the plan has no room for it."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        one_of("role", Role),
        owned_by_tenant(),
        # The one index of a tenant table that begins otherwise: a person's tenants, before one is chosen.
        Index(None, "user_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id)
    role: Role = Field(sa_type=TextEnum(Role))
    created_at: datetime = dated()
    frozen_at: datetime | None = None

    @property
    def acts_as(self) -> Role:
        """A frozen member may read, whatever the role."""
        return Role.VIEWER if self.frozen_at is not None else self.role


def acting_role() -> ColumnElement[Role]:
    """The same in SQL; null where there is no membership."""
    reader = literal(Role.VIEWER, TextEnum(Role))
    return case((col(Membership.frozen_at).is_not(None), reader), else_=col(Membership.role))
