"""Reads what all answers about revenue stand on: the tenant's days and currency, its channels, and exchange rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from analytics.periods import DateRange
from analytics.revenue.rates import DailyRates
from models.channels.channel import ChannelKind
from models.database import ReadSession

_TENANT = "select currency, time_zone from tenant where id = $1"
_CHANNELS = """
    select channel.id, kind, included_tax_rate, channel.created_at, orders_synced_at, disconnected_at,
        exists (select from sales_order where tenant_id = $1 and channel_id = channel.id)
    from channel where tenant_id = $1 and ($2::uuid[] is null or channel.id = any($2)) order by channel.id limit 10000
"""
_RATES = "select currency, day, per_eur from fx_rate where currency = any($1::text[]) and day between $2 and $3"
_WITH_ATTRIBUTES = "select distinct product_id from product_attribute where tenant_id = $1 and attribute_id = any($2)"


@dataclass(frozen=True, slots=True)
class SellingTenant:
    """`time_zone` is that of the days of sales."""

    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class SellingChannel:
    """What of a channel decides how its sales are told; `has_orders`: it has told of any."""

    channel_id: UUID
    kind: ChannelKind
    included_tax_rate: Decimal | None
    created_at: datetime
    orders_synced_at: datetime | None
    disconnected_at: datetime | None
    has_orders: bool


async def selling_tenant(session: ReadSession) -> SellingTenant:
    [row] = await session.fetch(_TENANT, [session.tenant_id])
    return SellingTenant(*row)


async def selling_channels(session: ReadSession, ids: Sequence[UUID] | None) -> list[SellingChannel]:
    """The channels of `ids` that the tenant has, or all of them, disconnected ones too: what they sold was sold."""
    rows = await session.fetch(_CHANNELS, [session.tenant_id, None if ids is None else [*ids]])
    return [SellingChannel(row[0], ChannelKind(row[1]), *row[2:]) for row in rows]


async def daily_rates(
    session: ReadSession, currencies: Sequence[str], days: DateRange, *, target: str | None
) -> DailyRates:
    """The rates that convert amounts of these currencies into the `target`; none are needed without one."""
    if target is None or {*currencies} <= {target}:
        return DailyRates(target, {})
    rows = await session.fetch(_RATES, [[*currencies, target], days.start, days.end])
    return DailyRates(target, {(currency, day): per_eur for currency, day, per_eur in rows})


async def products_with_attributes(session: ReadSession, attribute_ids: Sequence[UUID]) -> set[UUID]:
    """The products that have at least one of these values, as in the list of products."""
    rows = await session.fetch(_WITH_ATTRIBUTES, [session.tenant_id, [*attribute_ids]])
    return {product_id for (product_id,) in rows}
