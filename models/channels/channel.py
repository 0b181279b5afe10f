"""The table of channels: seller accounts of marketplaces, and shops of the tenant's own, that sell its products."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint
from sqlmodel import Field

from models.columns import TenantRow, TextEnum, dated, one_of


class ChannelKind(StrEnum):
    EBAY = "EBAY"
    ETSY = "ETSY"
    VINTED = "VINTED"
    SHOP = "SHOP"


class ChannelStatus(StrEnum):
    PENDING = "PENDING"
    CONNECTED = "CONNECTED"
    ATTENTION = "ATTENTION"
    DISCONNECTED = "DISCONNECTED"


class ChannelIssue(StrEnum):
    REAUTHORIZE = "REAUTHORIZE"
    SIGN_IN = "SIGN_IN"
    CHALLENGE = "CHALLENGE"
    FORBIDDEN = "FORBIDDEN"
    AGENT_MISSING = "AGENT_MISSING"
    AGENT_OUTDATED = "AGENT_OUTDATED"
    CONFIGURATION = "CONFIGURATION"


class Channel(TenantRow, table=True):
    """`external_id` is the seller's lasting id at the marketplace; null for a shop of the tenant's own.

    `included_tax_rate` is the tax inside the prices as a fraction of the price without it, `frozen_at` the moment from
    which the price plan had no room for the channel.
    """

    __tablename__ = "channel"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "external_id"),
        one_of("kind", ChannelKind),
        one_of("status", ChannelStatus),
        one_of("issue", ChannelIssue),
        CheckConstraint("included_tax_rate >= 0 and included_tax_rate < 1", name="included_tax_rate"),
        CheckConstraint("(status = 'DISCONNECTED') = (disconnected_at is not null)", name="disconnected"),
        Index(None, "tenant_id", "created_at", "id"),
    )

    kind: ChannelKind = Field(sa_type=TextEnum(ChannelKind))
    name: str
    status: ChannelStatus = Field(sa_type=TextEnum(ChannelStatus))
    issue: ChannelIssue | None = Field(default=None, sa_type=TextEnum(ChannelIssue))
    reason: str | None = None
    external_id: str | None = None
    account_name: str | None = None
    market: str | None = None
    sync_every_minutes: int | None = None
    ends_elsewhere_on_sale: bool = True
    included_tax_rate: Decimal | None = Field(default=None, sa_type=Numeric(7, 6))
    connected_by_user_id: UUID | None = None
    orders_synced_at: datetime | None = None
    version: int = Field(default=1, sa_type=BigInteger)
    created_at: datetime = dated()
    updated_at: datetime = dated()
    disconnected_at: datetime | None = None
    frozen_at: datetime | None = None
