"""The tables of the vocabulary of products: shared values, values of a tenant's own, and which product has which.

The queries on them are in `vocabulary.py`: a list is of both kinds of values.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.ads.name_order import name_key
from models.columns import JSON, Row, TenantRow, TextEnum, dated, one_of, tenant_key
from models.ids import new_id

_KEY = "key ~ '^[a-z0-9][a-z0-9_-]{0,63}$'"


class AttributeKind(StrEnum):
    CATEGORY = "CATEGORY"
    BRAND = "BRAND"
    COLOUR = "COLOUR"
    CONDITION = "CONDITION"
    MATERIAL = "MATERIAL"
    SIZE = "SIZE"
    GENDER = "GENDER"
    SEASON = "SEASON"
    PATTERN = "PATTERN"
    FIT = "FIT"


class SharedAttribute(Row, table=True):
    """A value that every tenant of the installation may use; its staff keeps it.

    `mappings` are objects with `channel_kind`, `market`, `external_id` and `external_name`: what a channel calls it.
    """

    __tablename__ = "shared_attribute"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        one_of("kind", AttributeKind),
        CheckConstraint(_KEY, name="key"),
        Index(None, "kind", "label_key", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: AttributeKind = Field(sa_type=TextEnum(AttributeKind))
    key: str
    label: str
    parent_id: UUID | None = None
    is_active: bool = True
    mappings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = dated()
    updated_at: datetime = dated()
    label_key: str = name_key("label")

    @property
    def shared(self) -> bool:
        return True


class OwnAttribute(TenantRow, table=True):
    """A value of one tenant. `parent_id` is another of its own or a shared one, so it is no foreign key."""

    __tablename__ = "own_attribute"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "key"),
        one_of("kind", AttributeKind),
        CheckConstraint(_KEY, name="key"),
        Index(None, "tenant_id", "kind", "label_key", "id"),
    )

    kind: AttributeKind = Field(sa_type=TextEnum(AttributeKind))
    key: str
    label: str
    parent_id: UUID | None = None
    is_active: bool = True
    mappings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = dated()
    updated_at: datetime = dated()
    label_key: str = name_key("label")

    @property
    def shared(self) -> bool:
        return False


class ProductAttribute(Row, table=True):
    """A product has a value, be it shared or the tenant's own: there is no foreign key to either table."""

    __tablename__ = "product_attribute"
    __table_args__ = (
        tenant_key("product_id", "product"),
        Index(None, "tenant_id", "attribute_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    product_id: UUID = Field(primary_key=True)
    attribute_id: UUID = Field(primary_key=True)
