"""What all answers about revenue stand on: their days, channels and ad accounts, and since when sales are not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from analytics.enums import TimeGrain
from analytics.periods import AskedRange, DateRange, day_end, local_day, period_start
from analytics.revenue.terms import RefundBooking
from errors import NotFound
from models.ads.ad_account import AdAccount
from models.channels.channel import ChannelKind
from models.database import ReadSession
from models.revenue.ground import SellingChannel, SellingTenant, selling_channels, selling_tenant
from models.revenue.sales_by_day import SalesDays
from services.insights.questions import load_accounts, resolved_days

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ground:
    """`days` are those of the tenant's time zone; today is the last of which sales can be known.

    `channel_ids` is None where the sales of all channels are asked for.
    """

    tenant: SellingTenant
    days: DateRange
    today: date
    channels: Sequence[SellingChannel]
    channel_ids: tuple[UUID, ...] | None
    accounts: Sequence[AdAccount]

    @property
    def account_ids(self) -> list[UUID]:
        return [account.id for account in self.accounts]

    def sales_days(self, grain: TimeGrain, booking: RefundBooking) -> SalesDays:
        """The days as statements take them."""
        days, zone = self.days.every_day(), self.tenant.time_zone
        starts = [self.days.start if grain is TimeGrain.NONE else period_start(day, grain) for day in days]
        places = {start: place for place, start in enumerate(dict.fromkeys(starts))}
        return SalesDays(
            days=days,
            instants=[day_end(days[0] - _DAY, zone), *(day_end(day, zone) for day in days)],
            periods=[places[start] for start in starts],
            booking=booking,
            channel_ids=self.channel_ids,
        )

    def unsynced_days(self, within: DateRange) -> int:
        """On how many of these days the sales of some channel are not known.

        A shop pushes its sales, and nobody knows whether it pushed all: only one that has never told of any sale is
        said to lack them. A channel that is read lacks those since it was read last.
        """
        first = min(filter(None, map(self._first_unsynced, self.channels)), default=None)
        if first is None:
            return 0
        return max(0, (min(within.end, self.today) - max(within.start, first)).days + 1)

    def _first_unsynced(self, channel: SellingChannel) -> date | None:
        if channel.disconnected_at is not None:
            return None
        if channel.kind is ChannelKind.SHOP:
            return None if channel.has_orders else self.days.start
        read_at = channel.orders_synced_at
        return self.days.start if read_at is None else local_day(read_at, self.tenant.time_zone) + _DAY


async def load_ground(
    session: ReadSession,
    asked: AskedRange,
    *,
    channel_ids: tuple[UUID, ...] | None = None,
    ad_account_ids: tuple[UUID, ...] | None = None,
    now: datetime,
) -> Ground:
    """Raises NotFound for channels and ad accounts that are not the tenant's, BadInput for a range without days."""
    tenant = await selling_tenant(session)
    today = local_day(now, tenant.time_zone)
    days = resolved_days(asked, today)
    channels = await selling_channels(session, channel_ids)
    if channel_ids is not None and len(channels) < len({*channel_ids}):
        raise NotFound("One of the channels that were asked for does not exist in this tenant.")
    accounts = await load_accounts(session, ad_account_ids)
    return Ground(tenant, days, today, channels, channel_ids, accounts)
