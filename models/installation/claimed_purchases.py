"""Reads what ads claim to have sold that lead to given pages: what the orders of the demo's shop are made to fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.periods import DateRange
from models.database import ReadSession

_CLAIMED = """
    select facts.day, ad.external_id, ad.landing_urls, facts.purchases
    from ad join insight as facts
        on facts.tenant_id = $1 and facts.ad_account_id = ad.ad_account_id and facts.ad_id = ad.id
    where ad.tenant_id = $1 and ad.landing_urls::text[] && $2::text[]
        and facts.day between $3 and $4 and facts.purchases > 0
    order by 1, 2
"""
_AWAITED = """
    select exists (
        select from ad_account
        where tenant_id = $1 and last_refreshed_at is null and disconnected_at is null and frozen_at is null
    )
"""


@dataclass(frozen=True, slots=True)
class ClaimedPurchases:
    """How many whole purchases the platform counts for an ad on a day of its account; `ad_id` is the platform's."""

    day: date
    ad_id: str
    landing_urls: tuple[str, ...]
    purchases: int


async def claimed_purchases(session: ReadSession, pages: Sequence[str], days: DateRange) -> list[ClaimedPurchases]:
    """Those of the tenant's ads that lead to any of the pages, as they are written, in order of day and ad."""
    values = [session.tenant_id, [*pages], days.start, days.end]
    return [
        ClaimedPurchases(day, ad_id, tuple(landing_urls), int(purchases))
        for day, ad_id, landing_urls, purchases in await session.fetch(_CLAIMED, values)
    ]


async def awaits_first_refresh(session: ReadSession) -> bool:
    """Whether an ad account of the tenant was never read, and will be."""
    [(is_awaited,)] = await session.fetch(_AWAITED, [session.tenant_id])
    return bool(is_awaited)
