"""What to know of the ad spend in an answer about revenue: days that are missing or may change, and whose they are."""

from datetime import datetime

from analytics.enums import InsightsWarningCode, Metric
from models.database import ReadSession
from models.insights.days import stored_days
from models.insights.metric_values import AskedMetrics
from models.insights.question import AccountDays, InsightsQuestion
from services.insights.provenance import InsightsWarning, describe
from services.insights.questions import Insights
from services.revenue.ground import Ground

_MOST_ZONES = 5


async def spend_warnings(session: ReadSession, ground: Ground, *, now: datetime) -> list[InsightsWarning]:
    """The warnings of insights about these accounts and days, and one where days of sales are not days of spend."""
    spans = (AccountDays(tuple(ground.account_ids), ground.days),)
    insights = Insights(
        question=InsightsQuestion(spans=spans, currency=""),
        sort=(),
        shown=AskedMetrics(frozenset({Metric.SPEND})),
        accounts=ground.accounts,
        stored=await stored_days(session, spans),
        customs=(),
    )
    meta = await describe(session, insights, now=now)
    own = [each for each in meta.warnings if each.code is not InsightsWarningCode.MIXED_TIME_ZONES]
    return [*own, *_of_zones(ground)]


def _of_zones(ground: Ground) -> list[InsightsWarning]:
    zones = sorted({account.time_zone for account in ground.accounts})
    if not {*zones} - {ground.tenant.time_zone}:
        return []
    listed = ", ".join(zones[:_MOST_ZONES]) + (" and others" if len(zones) > _MOST_ZONES else "")
    message = (
        f"A day of sales is one in {ground.tenant.time_zone}, a day of ad spend one of its ad account ({listed}):"
        " sales and spend of the same night may be on different days."
    )
    return [InsightsWarning(InsightsWarningCode.MIXED_TIME_ZONES, message, [])]
