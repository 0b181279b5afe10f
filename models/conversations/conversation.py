"""The table of conversations with buyers, as the channels tell them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import TenantRow, tenant_key


class Conversation(TenantRow, table=True):
    """`updated_at` is when the channel changed it last: an older one never replaces a newer one.

    What it is about is known by the channel's own ids, since a listing or an order may be read later than the
    conversation, or never. `is_unread` is false too once somebody has marked it as read here, at `marked_read_at`, and
    the buyer has written nothing since. With `erased_at` it is shown to nobody: its buyer was forgotten, its name is
    empty and its messages are gone; the row stays, so that no reading brings it back.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        tenant_key("channel_id", "channel"),
        UniqueConstraint("tenant_id", "channel_id", "external_id"),
        Index(None, "tenant_id", "last_message_at", "id"),
        # For a buyer who is to be forgotten, over all tenants.
        Index("ix_conversation_with", "with_name", postgresql_where="erased_at is null"),
    )

    channel_id: UUID
    external_id: str
    with_name: str
    listing_external_id: str | None = None
    order_external_id: str | None = None
    is_unread: bool
    updated_at: datetime
    last_message_at: datetime
    marked_read_at: datetime | None = None
    erased_at: datetime | None = None
    version: int = Field(default=1, sa_type=BigInteger)
