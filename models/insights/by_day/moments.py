"""Sums over the days of each ad, with squares and products: what ads are like, and by how much their days differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Double, cast, func, select

from analytics.creative_tests.rates import FEWEST_DAYS, FEWEST_EVENTS, DayMoments
from models.database import ReadSession
from models.insights.question import AccountDays
from models.insights.spans import within
from models.insights.tables import insight
from models.thin.compiled import fetched

# The ads with the most events: more say nothing more of what ads are like.
_MOST_ADS = 1_000


@dataclass(frozen=True, slots=True)
class CountedFacts:
    """Names of base facts: what is counted, out of what, and the count that says how much is known.

    With a `currency` only days in it count.
    """

    outcomes: str
    exposures: str
    events: str
    currency: str | None = None


async def moments_of_ads(session: ReadSession, spans: Sequence[AccountDays], facts: CountedFacts) -> list[DayMoments]:
    """The moments of each ad within the spans that has days and events enough, those with the most events first."""
    # As floats: a square of a count is beyond Postgres' integers.
    outcomes, exposures = (cast(insight.c[name], Double) for name in (facts.outcomes, facts.exposures))
    events = func.sum(insight.c[facts.events])
    query = (
        select(
            func.count(),
            func.sum(outcomes),
            func.sum(exposures),
            func.sum(outcomes * outcomes),
            func.sum(outcomes * exposures),
            func.sum(exposures * exposures),
        )
        .where(within(spans, insight), insight.c[facts.exposures] > 0, insight.c[facts.outcomes].is_not(None))
        .group_by(insight.c.ad_id)
        .having(func.count() >= FEWEST_DAYS, events >= FEWEST_EVENTS, func.sum(outcomes) > 0)
        .order_by(events.desc(), insight.c.ad_id)
        .limit(_MOST_ADS)
    )
    if facts.currency is not None:
        query = query.where(insight.c.currency == facts.currency)
    return [DayMoments(*row) for row in await fetched(session, query)]
