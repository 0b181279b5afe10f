"""The questions that are measured, each as the API asks it and as SQL for DuckDB with the same answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from analytics.comparison import ComparisonPreset
from analytics.enums import Breakdown, EntityLevel, Metric, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.periods import AskedDays
from auth.viewer import Viewer
from benchmarks.graph_pages import LAST_DAY
from benchmarks.insights.warehouse import CONVERTED_TO, TAGS, Account
from models.insights.groups_shown import InsightsRow
from models.insights.having import Having, MetricCondition
from models.insights.metric_values import AskedMetrics
from models.insights.question import SortKey
from models.insights.rows import ShownMetrics
from services.insights.request import InsightsRequest

_ATTRIBUTES = {
    Metric.SPEND: "spend",
    Metric.IMPRESSIONS: "impressions",
    Metric.CTR_ALL: "ctr_all",
    Metric.CPM: "cpm",
    Metric.ROAS: "roas",
}
_SHOWN = AskedMetrics(frozenset(_ATTRIBUTES))
_BY_SPEND = SortKey(MEASURES[Metric.SPEND], SortOrder.DESC)
_BY_ROAS = SortKey(MEASURES[Metric.ROAS], SortOrder.DESC)
_LEAST_SPEND = 2_000
# The facts that DuckDB has: those that the questions need.
FACTS = ("spend", "impressions", "clicks_all", "purchase_value")
_ROAS = "sum(purchase_value) / nullif(sum(spend), 0)"
_SUMS = f"""sum(spend) as spend, sum(impressions) as impressions,
  sum(clicks_all)::double / nullif(sum(impressions), 0) as ctr, 1000 * sum(spend) / nullif(sum(impressions), 0) as cpm,
  {_ROAS} as roas"""


@dataclass(frozen=True, slots=True)
class Question:
    """`goal` is how long ours may take, of DuckDB's time or, if `of` names a question, of that question's."""

    name: str
    request: InsightsRequest
    duck: str
    parameters: Sequence[Any]
    goal: float
    first: int = 50
    of: str | None = None
    then: AskedMetrics = field(default_factory=AskedMetrics)

    @property
    def shown(self) -> ShownMetrics:
        return ShownMetrics(_SHOWN, self.then)

    def cells(self, row: InsightsRow) -> list[Any]:
        """A row as DuckDB answers it: what it is about, then the metrics of both sides."""
        request = self.request
        about: list[Any] = [] if request.level is EntityLevel.TENANT else [row.entity_id]
        about += [row.period.start] if request.grain is not TimeGrain.NONE else []
        about += [getattr(row.dimensions, each.lower()) for each in request.breakdowns]
        about += [tag.value for tag in row.dimensions.tags]
        sides = [row.metrics, row.previous] if request.compare_to is not None else [row.metrics]
        return about + [
            None if side is None else getattr(side, name) for side in sides for name in _ATTRIBUTES.values()
        ]


def _last(days: int) -> AskedDays:
    return AskedDays(LAST_DAY - timedelta(days=days - 1), LAST_DAY)


def questions(viewer: Viewer, accounts: Sequence[Account]) -> list[Question]:
    """The questions about one tenant and its largest accounts, each also in another currency."""
    best = _best_ads(viewer)
    plain = [
        _by_campaign(viewer, accounts[0]),
        _by_month(viewer),
        best,
        _compared(best),
        _by_country(viewer, accounts[:2]),
        _by_tags(viewer),
    ]
    return [each for question in plain for each in (question, _converted(question))]


def _by_campaign(viewer: Viewer, account: Account) -> Question:
    days = _last(30)
    return Question(
        "account, 30 days by campaign",
        InsightsRequest(
            days=days, shown=_SHOWN, ad_account_ids=(account.id,), level=EntityLevel.CAMPAIGN, sort=(_BY_SPEND,)
        ),
        f"""select campaign_id, {_SUMS} from insight where tenant_id = ? and ad_account_id = ?
          and day between ? and ? group by campaign_id order by spend desc, campaign_id limit 51""",
        (viewer.tenant_id, account.id, days.start, days.end),
        1.0,
    )


def _by_month(viewer: Viewer) -> Question:
    days = _last(365)
    return Question(
        "tenant, 365 days by month",
        InsightsRequest(days=days, shown=_SHOWN, grain=TimeGrain.MONTH),
        f"""select greatest(date_trunc('month', day)::date, ?) as month, {_SUMS} from insight where tenant_id = ?
          and day between ? and ? group by month order by month limit 51""",
        (days.start, viewer.tenant_id, days.start, days.end),
        1.2,
    )


def _best_ads(viewer: Viewer) -> Question:
    days = _last(90)
    spent = MetricCondition(MEASURES[Metric.SPEND], gte=Decimal(_LEAST_SPEND))
    return Question(
        "tenant, top 10 ads by roas, 90 days, having",
        InsightsRequest(days=days, shown=_SHOWN, level=EntityLevel.AD, sort=(_BY_ROAS,), having=Having(where=spent)),
        f"""select ad_id, {_SUMS} from insight where tenant_id = ? and day between ? and ? group by ad_id
          having sum(spend) >= {_LEAST_SPEND} order by roas desc nulls last, ad_id limit 11""",
        (viewer.tenant_id, days.start, days.end),
        1.0,
        first=10,
    )


def _compared(asked: Question) -> Question:
    """The same beside as many days before; the other side of the group has no condition."""
    tenant, start, end = asked.parameters
    before = start - (end - start) - timedelta(days=1)
    side = f"select ad_id, {_SUMS} from insight where tenant_id = ? and day between ? and ? group by ad_id"
    names = ("spend", "impressions", "ctr", "cpm", "roas")
    columns = ", ".join(f"{of}.{name}" for of in ("now", "before") for name in names)
    return replace(
        asked,
        name=f"{asked.name}, compareTo",
        request=replace(asked.request, compare_to=ComparisonPreset.PREVIOUS_PERIOD),
        duck=f"""select coalesce(now.ad_id, before.ad_id), {columns}
          from ({side}) now full join ({side}) before on now.ad_id = before.ad_id
          where now.spend >= {_LEAST_SPEND} order by now.roas desc nulls last, 1 limit 11""",
        parameters=(tenant, start, end, tenant, before, start - timedelta(days=1)),
        goal=2.2,
        of=asked.name,
        then=_SHOWN,
    )


def _by_country(viewer: Viewer, accounts: Sequence[Account]) -> Question:
    days, ids = _last(30), tuple(account.id for account in accounts)
    return Question(
        "two accounts, 30 days by day and country",
        InsightsRequest(
            days=days,
            shown=_SHOWN,
            ad_account_ids=ids,
            grain=TimeGrain.DAY,
            breakdowns=(Breakdown.COUNTRY,),
        ),
        f"""select day, first_value, {_SUMS} from insight_breakdown where tenant_id = ?
          and ad_account_id in (?, ?) and day between ? and ? group by day, first_value order by day, first_value
          limit 201""",
        (viewer.tenant_id, *ids, days.start, days.end),
        1.0,
        first=200,
    )


def _by_tags(viewer: Viewer) -> Question:
    days = _last(365)
    tags = "(select entity_id, value as {0} from entity_tag where tenant_id = ? and field = '{0}')"
    joins = " ".join(f"left join {tags.format(name)} of_{name} on of_{name}.entity_id = ad_id" for name in TAGS)
    return Question(
        "tenant, 365 days by two tags of ads",
        InsightsRequest(days=days, shown=_SHOWN, tags=tuple(TAGS), sort=(_BY_SPEND,)),
        f"""select {", ".join(TAGS)}, {_SUMS} from insight {joins}
          where tenant_id = ? and day between ? and ? group by all order by spend desc limit 51""",
        (*(viewer.tenant_id for _ in TAGS), viewer.tenant_id, days.start, days.end),
        3.0,
    )


def _converted(asked: Question) -> Question:
    """The same with amounts of each day at its rate; DuckDB joins the rates to the rows."""
    duck = re.sub(r"from (insight\w*)", r"from \1 join rate using (day)", asked.duck)
    # A group of one currency keeps its own ratio of money to money.
    duck = duck.replace(_ROAS, "ROAS").replace("sum(spend)", "sum(spend * per_eur)").replace("ROAS", _ROAS)
    return replace(
        asked,
        name=f"{asked.name}, currency",
        request=replace(asked.request, currency=CONVERTED_TO),
        duck=duck,
        goal=1.5,
        of=asked.name,
    )
