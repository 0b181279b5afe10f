"""The table of what a seller has set up at a marketplace and listings refer to: policies, locations, profiles."""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, col, select

from models.columns import Row, TextEnum, is_any, one_of, tenant_key
from models.database import ReadSession, WriteSession

# Of a channel; more than these are not kept.
MOST_POLICIES = 200


class PolicyKind(StrEnum):
    SHIPPING = "SHIPPING"
    PAYMENT = "PAYMENT"
    RETURN = "RETURN"
    LOCATION = "LOCATION"
    PROCESSING = "PROCESSING"


class ChannelPolicy(Row, table=True):
    """`market` is '' for what holds in every market. New listings refer to those with `is_default`."""

    __tablename__ = "channel_policy"
    __table_args__ = (one_of("kind", PolicyKind), tenant_key("channel_id", "channel"))

    tenant_id: UUID = Field(primary_key=True)
    channel_id: UUID = Field(primary_key=True)
    kind: PolicyKind = Field(primary_key=True, sa_type=TextEnum(PolicyKind))
    market: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    name: str
    is_default: bool = False


async def policies_by_channel(
    session: ReadSession | WriteSession, channel_ids: Sequence[UUID]
) -> list[list[ChannelPolicy]]:
    """What the sellers of these channels have set up, by kind, market and name."""
    query = select(ChannelPolicy).where(
        ChannelPolicy.tenant_id == session.tenant_id, is_any(ChannelPolicy.channel_id, channel_ids)
    )
    ordered = query.order_by(
        col(ChannelPolicy.kind), col(ChannelPolicy.market), col(ChannelPolicy.name), col(ChannelPolicy.external_id)
    )
    found: defaultdict[UUID, list[ChannelPolicy]] = defaultdict(list)
    for policy in await session.exec(ordered):
        found[policy.channel_id].append(policy)
    return [found[channel_id] for channel_id in channel_ids]


async def policies_for_update(session: WriteSession, channel_id: UUID) -> Sequence[ChannelPolicy]:
    """All of the channel, in order of kind, market and id, locked until the session ends."""
    query = select(ChannelPolicy).where(
        ChannelPolicy.tenant_id == session.tenant_id, ChannelPolicy.channel_id == channel_id
    )
    ordered = query.order_by(col(ChannelPolicy.kind), col(ChannelPolicy.market), col(ChannelPolicy.external_id))
    return (await session.exec(ordered.with_for_update())).all()
