"""The table of channels: seller accounts of marketplaces, and shops of the tenant's own, that sell its products."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy import delete as delete_from
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import TenantRow, TextEnum, dated, one_of
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows


class ChannelKind(StrEnum):
    EBAY = "EBAY"
    ETSY = "ETSY"
    VINTED = "VINTED"
    SHOP = "SHOP"

    @property
    def shown(self) -> str:
        """What people call it, for the middle of a sentence."""
        return _SHOWN[self]


_SHOWN: Mapping[ChannelKind, str] = MappingProxyType(
    {
        ChannelKind.EBAY: "eBay",
        ChannelKind.ETSY: "Etsy",
        ChannelKind.VINTED: "Vinted",
        ChannelKind.SHOP: "a shop of your own",
    }
)


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
        # For the chores, which look over all tenants.
        Index("ix_channel_next_sync", "next_sync_at", postgresql_where="next_sync_at is not null"),
        Index("ix_channel_next_check", "next_check_at", postgresql_where="next_check_at is not null"),
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
    # The newest change of an order that a complete reading has stored: the next one begins shortly before it.
    orders_read_to: datetime | None = None
    # Up to when all orders of the last weeks were compared with what is stored, at a marketplace that tells not of
    # every change.
    orders_looked_over_at: datetime | None = None
    # The same of conversations.
    conversations_read_to: datetime | None = None
    next_sync_at: datetime | None = None
    # When it is asked next whether the seller's consent holds.
    next_check_at: datetime | None = None
    version: int = Field(default=1, sa_type=BigInteger)
    created_at: datetime = dated()
    updated_at: datetime = dated()
    disconnected_at: datetime | None = None
    frozen_at: datetime | None = None


_OLDEST_FIRST = Ordering("channel", key=col(Channel.created_at), row_id=col(Channel.id))
_by_ids = by_ids(Channel, col(Channel.tenant_id) == TENANT)


def _rows(session: ReadSession | WriteSession) -> SelectOfScalar[Channel]:
    return select(Channel).where(Channel.tenant_id == session.tenant_id)


async def list_channels(session: ReadSession, window: Window) -> KeysetPage[Channel]:
    """One page, the oldest first, disconnected ones included; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session), _OLDEST_FIRST), window)


async def count_all_channels(session: ReadSession) -> int:
    return await count_rows(session, _rows(session))


async def channels_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[Channel]:
    return await rows(session, Channel, _by_ids(), {"ids": ids})


async def channel_for_update(session: WriteSession, channel_id: UUID) -> Channel | None:
    """The channel, locked until the session ends; rows that refer to it can be stored meanwhile.

    So a sale that has locked products may queue a job for another channel whose run waits for these products.
    """
    query = _rows(session).where(Channel.id == channel_id).with_for_update(key_share=True)
    return (await session.exec(query)).one_or_none()


async def channel_of_seller_for_update(session: WriteSession, kind: ChannelKind, external_id: str) -> Channel | None:
    """The channel of the seller with this lasting id, disconnected or not, locked until the session ends."""
    is_theirs = (Channel.kind == kind, Channel.external_id == external_id)
    return (await session.exec(_rows(session).where(*is_theirs).with_for_update())).one_or_none()


async def has_channel_of_kind(session: WriteSession, kind: ChannelKind) -> bool:
    """Whether there is one that is not disconnected."""
    is_it = (Channel.kind == kind, Channel.status != ChannelStatus.DISCONNECTED)
    return (await session.exec(_rows(session).where(*is_it).limit(1))).first() is not None


async def delete_channel(session: WriteSession, channel_id: UUID) -> None:
    """Deletes the channel, and by foreign keys all that is of it: tokens, policies, jobs, listings and orders."""
    is_it = (col(Channel.tenant_id) == session.tenant_id, col(Channel.id) == channel_id)
    await (await session.connection()).execute(delete_from(Channel).where(*is_it))
