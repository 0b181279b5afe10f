"""InsightsInput and its parts: what clients write, and the request for services/ that it becomes."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import strawberry

from analytics.comparison import ComparisonPreset
from analytics.enums import AttributionWindow, Breakdown, EntityLevel, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.measure import Measure
from analytics.periods import AskedDays
from errors import BadInput
from execution.limits.list_sizes import ListLength
from models.ads.campaign import DeliveryStatus
from models.insights.filter import BreakdownMatch, InsightsFilter, check_depth
from models.insights.having import Having, MetricCondition, check_having_depth
from models.insights.metric_values import AskedMetrics
from models.insights.question import RowKey, SortKey, TagKey
from resolvers.ads.filters import TagFilterInput, checked_field, tag_match
from resolvers.inputs.date_ranges import DateRangeInput, DateSpanInput, asked_range
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.text_match import TextMatchInput, text_match
from resolvers.insights.custom_measures import no_custom_metric
from resolvers.insights.metrics import MetricRefInput
from resolvers.insights.selection import Customs
from resolvers.scalars import Currency
from services.insights.request import InsightsRequest
from services.insights.tags import MOST_TAGS

_MOST_SORTS = 5


@strawberry.input
class GroupByInput:
    level: EntityLevel | None = strawberry.field(
        default=strawberry.UNSET, description="What a row is about; absent is TENANT: all accounts together."
    )
    breakdowns: list[Breakdown] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 2, in the combinations that `refreshAdAccount` reads; see `InsightsRow.dimensions`.",
    )
    tags: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Fields of tags, at most 3: a row for each of their values, which are those of ads. "
        "What has no value in a field is a row of its own.",
    )


@strawberry.input(description="Parts whose value the platform left out match `isNull` alone.")
class BreakdownFilterInput:
    breakdown: Breakdown
    value: TextMatchInput


@strawberry.input(description="All given parts must hold; an empty list of ids matches nothing.")
class InsightsFilterInput:
    all: "list[InsightsFilterInput] | None" = strawberry.UNSET
    any: "list[InsightsFilterInput] | None" = strawberry.UNSET
    not_: "InsightsFilterInput | None" = strawberry.field(name="not", default=strawberry.UNSET)
    campaign_ids: list[strawberry.ID] | None = strawberry.UNSET
    ad_set_ids: list[strawberry.ID] | None = strawberry.UNSET
    ad_ids: list[strawberry.ID] | None = strawberry.UNSET
    creative_ids: list[strawberry.ID] | None = strawberry.UNSET
    name: TextMatchInput | None = strawberry.field(
        default=strawberry.UNSET, description="Matches the name at the level of groupBy."
    )
    status: list[DeliveryStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Of campaigns, ad sets or ads, at the level of groupBy."
    )
    tag: TagFilterInput | None = strawberry.field(
        default=strawberry.UNSET, description="Of the ads whose numbers are added up, whatever the level is."
    )
    breakdown: BreakdownFilterInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only these parts of the numbers; it takes no groupBy, but goes together with that of groupBy.",
    )


@strawberry.input(
    description="All given parts must hold. A comparison with a metric without a value is false; isNull asks for that."
)
class MetricConditionInput:
    of: MetricRefInput
    gt: Decimal | None = strawberry.UNSET
    gte: Decimal | None = strawberry.UNSET
    lt: Decimal | None = strawberry.UNSET
    lte: Decimal | None = strawberry.UNSET
    is_null: bool | None = strawberry.UNSET


@strawberry.input(one_of=True, description="Which groups are left, by their metrics before rounding.")
class HavingInput:
    all: "list[HavingInput] | None" = strawberry.UNSET
    any: "list[HavingInput] | None" = strawberry.UNSET
    not_: "HavingInput | None" = strawberry.field(name="not", default=strawberry.UNSET)
    where: MetricConditionInput | None = strawberry.UNSET


@strawberry.input(
    one_of=True, description="With a grain `between` has as many days as the range: each is compared with one of them."
)
class CompareInput:
    preset: ComparisonPreset | None = strawberry.UNSET
    between: DateSpanInput | None = strawberry.UNSET


@strawberry.input
class MetricSortInput:
    of: MetricRefInput
    order: SortOrder = SortOrder.DESC


@strawberry.input
class TagSortInput:
    field: str = strawberry.field(description="One of `groupBy.tags`.")
    order: SortOrder = SortOrder.ASC


@strawberry.input(one_of=True)
class InsightsSortInput:
    metric: MetricSortInput | None = strawberry.UNSET
    change: MetricSortInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="By how much the metric differs from that of `compareTo`: metric - previous.",
    )
    period: SortOrder | None = strawberry.UNSET
    name: SortOrder | None = strawberry.UNSET
    tag: TagSortInput | None = strawberry.field(default=strawberry.UNSET, description="In the order of names.")


@strawberry.input
class InsightsInput:
    range: DateRangeInput
    ad_account_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="All connected accounts when absent; disconnected ones only by id."
    )
    grain: TimeGrain = TimeGrain.NONE
    group_by: GroupByInput | None = strawberry.UNSET
    compare_to: CompareInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="The days of the past that the range is compared with, day by day: see `InsightsRow.previous`.",
    )
    filter: InsightsFilterInput | None = strawberry.UNSET
    having: HavingInput | None = strawberry.field(
        default=strawberry.UNSET, description="After aggregation; totals and totalCount are over the groups it leaves."
    )
    sort: list[InsightsSortInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 5. Nulls last in both directions; period, entity and tags break ties.",
    )
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT
    currency: Currency | None = strawberry.field(
        default=strawberry.UNSET,
        description="All money is converted into it, each row by the rate of its day, before it is summed. Required"
        " where the answer would add or compare money of several currencies, else MIXED_CURRENCY. The ratio of two"
        " amounts, as roas, is the same in every currency where a group has one. Without a rate: null, NO_FX_RATE.",
    )
    fill_gaps: bool = strawberry.field(
        default=False, description="With a grain: also rows, without numbers, for periods that have no stored day."
    )


TAGS_LENGTH = ListLength(MOST_TAGS)


def custom_keys_of(asked: InsightsInput) -> list[str]:
    """The keys of custom metrics that a question is sorted by or that its groups are left out by, in each place."""
    sorts = given_list(asked.sort, "sort") or ()
    refs = [by.of for each in sorts for by in (given(each.metric), given(each.change)) if by is not None]
    refs += _compared(given(asked.having))
    return [key for key in (given(ref.custom) for ref in refs) if key is not None]


def _compared(asked: HavingInput | None, depth: int = 1) -> Iterator[MetricRefInput]:
    """The metrics that a condition is about."""
    if asked is None:
        return
    check_having_depth(depth)
    where = given(asked.where)
    if where is not None:
        yield where.of
    for part in (*(given(asked.all) or ()), *(given(asked.any) or ()), given(asked.not_)):
        yield from _compared(part, depth + 1)


def request_of(asked: InsightsInput, customs: Customs, *, shown: AskedMetrics, has_rows: bool) -> InsightsRequest:
    """The request for services/; raises BadInput for invalid input, and for metrics that are not among `customs`."""
    group_by = given(asked.group_by)
    level = given(group_by.level) if group_by is not None else None
    tags = (given_list(group_by.tags, "tags") or ()) if group_by is not None else ()
    return InsightsRequest(
        days=asked_range(asked.range),
        shown=shown,
        has_rows=has_rows,
        ad_account_ids=given_ids(asked.ad_account_ids, "adAccountIds", of="AdAccount"),
        level=level or EntityLevel.TENANT,
        grain=asked.grain,
        breakdowns=given_list(group_by.breakdowns, "breakdowns") or () if group_by is not None else (),
        wanted=_filter(given(asked.filter)),
        having=_having(given(asked.having), customs),
        tags=tuple(map(checked_field, tags)),
        compare_to=_compare_to(given(asked.compare_to)),
        fills_gaps=asked.fill_gaps,
        sort=_sort(given_list(asked.sort, "sort"), customs, tags),
        attribution=asked.attribution,
        currency=given(asked.currency),
    )


def _filter(asked: InsightsFilterInput | None, depth: int = 1) -> InsightsFilter | None:
    if asked is None:
        return None
    # Checked at each level, before the next one is built.
    check_depth(depth)
    return InsightsFilter(
        all_of=_filters(given_list(asked.all, "all"), depth),
        any_of=_filters(given_list(asked.any, "any"), depth),
        none_of=_filter(given(asked.not_), depth + 1),
        campaign_ids=given_ids(asked.campaign_ids, "campaignIds", of="Campaign"),
        ad_set_ids=given_ids(asked.ad_set_ids, "adSetIds", of="AdSet"),
        ad_ids=given_ids(asked.ad_ids, "adIds", of="Ad"),
        creative_ids=given_ids(asked.creative_ids, "creativeIds", of="Creative"),
        name=text_match(given(asked.name)),
        status=given_list(asked.status, "status"),
        breakdown=_breakdown(given(asked.breakdown)),
        tag=tag_match(asked.tag),
    )


def _breakdown(asked: BreakdownFilterInput | None) -> BreakdownMatch | None:
    value = text_match(asked.value) if asked is not None else None
    return None if asked is None or value is None else BreakdownMatch(asked.breakdown, value)


def _filters(asked: tuple[InsightsFilterInput, ...] | None, depth: int) -> tuple[InsightsFilter, ...] | None:
    if asked is None:
        return None
    return tuple(each for each in (_filter(part, depth + 1) for part in asked) if each is not None)


def _sort(asked: tuple[InsightsSortInput, ...] | None, customs: Customs, tags: Sequence[str]) -> tuple[SortKey, ...]:
    if asked is not None and len(asked) > _MOST_SORTS:
        raise BadInput(f"`sort` takes at most {_MOST_SORTS} keys.")
    return tuple(_sort_key(each, customs, tags) for each in asked or ())


def _sort_key(asked: InsightsSortInput, customs: Customs, tags: Sequence[str]) -> SortKey:
    metric, change = given(asked.metric), given(asked.change)
    if metric is not None:
        return SortKey(_measure(metric.of, customs), metric.order)
    if change is not None:
        return SortKey(_measure(change.of, customs), change.order, is_change=True)
    tag = given(asked.tag)
    if tag is not None:
        if tag.field not in tags:
            raise BadInput("Rows are sorted by tags that they are grouped by: name the field in `groupBy.tags` too.")
        return SortKey(TagKey(tags.index(tag.field)), tag.order)
    period = given(asked.period)
    if period is not None:
        return SortKey(RowKey.PERIOD, period)
    name = given(asked.name)
    assert name is not None  # @oneOf lets nothing else pass
    return SortKey(RowKey.NAME, name)


def _having(asked: HavingInput | None, customs: Customs, depth: int = 1) -> Having | None:
    if asked is None:
        return None
    # Checked at each level, before the next one is built.
    check_having_depth(depth)
    where = given(asked.where)
    return Having(
        all_of=_havings(given_list(asked.all, "all"), customs, depth),
        any_of=_havings(given_list(asked.any, "any"), customs, depth),
        none_of=_having(given(asked.not_), customs, depth + 1),
        where=None if where is None else _condition(where, customs),
    )


def _havings(asked: tuple[HavingInput, ...] | None, customs: Customs, depth: int) -> tuple[Having, ...] | None:
    if asked is None:
        return None
    return tuple(each for each in (_having(part, customs, depth + 1) for part in asked) if each is not None)


def _condition(asked: MetricConditionInput, customs: Customs) -> MetricCondition:
    return MetricCondition(
        of=_measure(asked.of, customs),
        gt=given(asked.gt),
        gte=given(asked.gte),
        lt=given(asked.lt),
        lte=given(asked.lte),
        is_null=given(asked.is_null),
    )


def _compare_to(asked: CompareInput | None) -> ComparisonPreset | AskedDays | None:
    if asked is None:
        return None
    span = given(asked.between)
    return given(asked.preset) if span is None else AskedDays(span.from_, span.to)


def _measure(asked: MetricRefInput, customs: Customs) -> Measure:
    metric, custom = given(asked.metric), given(asked.custom)
    if custom is not None:
        return customs.get(custom) or no_custom_metric(custom)
    assert metric is not None  # @oneOf lets nothing else pass
    return MEASURES[metric]
