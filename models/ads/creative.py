"""The table of creatives; a creative is one asset of an ad account, whatever number of ads use it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.ads.name_order import by_name, name_key
from models.columns import TenantRow, TextEnum, dated, one_of, tenant_key
from models.platform import Platform


class CreativeKind(StrEnum):
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    CAROUSEL = "CAROUSEL"
    DYNAMIC = "DYNAMIC"
    OTHER = "OTHER"


class Creative(TenantRow, table=True):
    """`external_id` is the asset's key (video:ID, image:HASH, story:ID or creative:ID), unique in its account."""

    __tablename__ = "creative"
    __table_args__ = (
        UniqueConstraint("tenant_id", "platform", "ad_account_id", "external_id"),
        one_of("platform", Platform),
        one_of("kind", CreativeKind),
        tenant_key("ad_account_id", "ad_account"),
        by_name("ad_account_id"),
        by_name(),
        Index(None, "tenant_id", "created_at", "id"),
    )

    ad_account_id: UUID
    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_id: str
    name: str
    name_key: str = name_key()
    kind: CreativeKind = Field(sa_type=TextEnum(CreativeKind))
    title: str | None = None
    body: str | None = None
    thumbnail_url: str | None = None
    video_id: str | None = None
    image_hash: str | None = None
    created_at: datetime = dated()
    updated_at: datetime = dated()
    last_seen_at: datetime = dated()
    deleted_upstream_at: datetime | None = None
