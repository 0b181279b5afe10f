"""What finds an API key before its tenant is known: the hash of its secret; holds nothing that is shown."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from models.columns import Row


class ApiKeySecret(Row, table=True):
    __tablename__ = "api_key_secret"
    __table_args__ = (
        ForeignKeyConstraint(["in_tenant_id", "api_key_id"], ["api_key.tenant_id", "api_key.id"], ondelete="CASCADE"),
    )

    secret_hash: bytes = Field(primary_key=True)
    in_tenant_id: UUID
    api_key_id: UUID
