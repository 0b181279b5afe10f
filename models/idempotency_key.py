"""Remembers what a mutation answered, so that a repeated call gets the same answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.columns import JSON, Row, dated, owned_by_tenant


class IdempotencyKey(Row, table=True):
    """`answer` is null while the first call runs; `input_hash` tells a repeated call from a reused key."""

    __tablename__ = "idempotency_key"
    __table_args__ = (owned_by_tenant(), Index(None, "tenant_id", "created_at"))

    tenant_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    operation: str
    input_hash: bytes
    answer: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    created_at: datetime = dated()
