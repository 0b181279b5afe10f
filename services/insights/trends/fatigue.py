"""Creative fatigue: which ads or creatives of the asked accounts are tired; analytics/trends says how it is judged."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from analytics.enums import ArmLevel, EntityLevel, FatigueState
from analytics.periods import DateRange
from analytics.trends.fatigue import AdSeries, FatigueFinding, findings
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput
from models.database import Database
from models.insights.by_day.daily_facts import DailyFacts, daily_facts
from models.insights.by_day.known_days import known_days
from models.insights.by_day.ranked_pages import RankedPage, Ranking, ranked_page
from models.keyset import Window
from services.insights.questions import load_accounts
from services.insights.trends.looked_at import KnownDays, check_amount, series_of, spans_of, yesterday_of

DEFAULT_LOOKBACK = 28
# Shorter ranges show no trend; over longer ones seasons and changes of the offer are taken for fatigue.
FEWEST_DAYS, MOST_DAYS = 14, 90
# As many as an account of 10,000 ads has in seven weeks.
_MOST_AD_DAYS = 500_000
_FACTS = ("impressions", "link_clicks", "video_views_3s", "reach")
_WORST_FIRST = tuple(FatigueState)


@dataclass(frozen=True, slots=True)
class FatigueRequest:
    """What a client asks for: the days are the last ones that are over, each account's own."""

    ad_account_ids: tuple[UUID, ...] | None = None
    level: ArmLevel = ArmLevel.AD
    lookback_days: int = DEFAULT_LOOKBACK


async def creative_fatigue(
    db: Database, viewer: Viewer, asked: FatigueRequest, window: Window, *, now: datetime
) -> RankedPage[FatigueFinding]:
    """A page of all ads or creatives that delivered, the worst state and the deepest fall first; needs READ.

    Raises NotFound for accounts that are not the tenant's, BadInput, QueryTooComplex.
    """
    require(viewer, Permission.READ)
    if not FEWEST_DAYS <= asked.lookback_days <= MOST_DAYS:
        raise BadInput(f"The days to look back on are {FEWEST_DAYS} to {MOST_DAYS}, not {asked.lookback_days}.")
    level = EntityLevel(asked.level.value)
    async with db.read(viewer, is_snapshot=True) as session:
        accounts = await load_accounts(session, asked.ad_account_ids)
        ends = {account.id: yesterday_of(account, now) for account in accounts}
        back = timedelta(days=asked.lookback_days - 1)
        days = {account_id: DateRange(end - back, end) for account_id, end in ends.items()}
        spans = spans_of(days)
        known = await known_days(session, spans) if spans else {}
        check_amount(sum(sum(rows.values()) for rows in known.values()), _MOST_AD_DAYS)
        facts = await daily_facts(session, spans, level, _FACTS) if known else []
    # Of some thousand ads this takes tenths of a second, in which the loop answers others.
    found = await asyncio.to_thread(_found, level, facts, days, known)
    question = ("fatigue", asked.level, asked.lookback_days, asked.ad_account_ids)
    return ranked_page(found, Ranking(question, _place, (int, float, UUID)), window)


def _place(finding: FatigueFinding) -> tuple[int, float, UUID]:
    return _WORST_FIRST.index(finding.state), finding.ctr_change or 0.0, finding.entity_id


def _found(
    level: EntityLevel, facts: Sequence[DailyFacts], days: Mapping[UUID, DateRange], known: Mapping[UUID, KnownDays]
) -> list[FatigueFinding]:
    by_account: dict[UUID, list[DailyFacts]] = defaultdict(list)
    for each in facts:
        by_account[each.ad_account_id].append(each)
    found: list[FatigueFinding] = []
    for account_id, own in by_account.items():
        ads = _series(level, own, days[account_id], known.get(account_id, {}))
        found += findings(ads, days[account_id].start)
    return found


def _series(level: EntityLevel, facts: Sequence[DailyFacts], days: DateRange, known: KnownDays) -> AdSeries:
    nothing, series = np.full(days.days, np.nan), [series_of(each, days, known) for each in facts]
    # Creatives have no people.
    impressions, link_clicks, views, reach = (np.array([each.get(name, nothing) for each in series]) for name in _FACTS)
    return AdSeries(level, [each.entity_id for each in facts], impressions, link_clicks, views, reach)
