"""A place in a tenant that is offered to an address; the token that takes it is among the one-time tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from models.columns import TenantRow, TextEnum, one_of, owned_by_tenant
from models.membership import Role


class Invitation(TenantRow, table=True):
    """Open until it is accepted, withdrawn or expired; an address has at most one that is neither of the first two."""

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("role", Role),
        owned_by_tenant(),
        Index(
            "uq_invitation_open",
            "tenant_id",
            "email",
            unique=True,
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
    )

    email: str
    role: Role = Field(sa_type=TextEnum(Role))
    invited_by: UUID
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    revoked_at: datetime | None = None
