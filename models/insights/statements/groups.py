"""The groups of a question: which rows of which table belong to it, by what they are grouped, and their sums.

A group is identified by account, entity and start of its period, none of which is null: the tenant, and ads whose
creative is not known, have NO_ENTITY. Columns of sums begin with the side that they are of, `now_` or `then_`.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Numeric,
    Select,
    String,
    Subquery,
    Table,
    TextClause,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.types import TIMESTAMP

from analytics.comparison import Comparison
from analytics.enums import AttributionWindow, EntityLevel, TimeGrain
from analytics.metrics.facts import FACTS_BY_NAME, WINDOWS
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.insights.statements.conditions import Compared, rendered
from models.insights.statements.conversion import joined_rates
from models.insights.statements.fact_tables import FactTable
from models.insights.statements.months import facts_of_months
from models.insights.statements.plan import GroupsPlan, Side, SumsPlan
from models.insights.statements.tags import TagColumns, tag_keys
from models.insights.tables import (
    insight,
    insight_account_day,
    insight_breakdown,
    insight_breakdown_account_day,
    insight_campaign_day,
)
from models.thin.compiled import TENANT

Column = ColumnElement[Any]

# Stands for "no entity", in rows of the tenant and of ads whose creative is not known.
NO_ENTITY = UUID(int=0)
TABLES: dict[FactTable, Table] = {
    FactTable.AD_DAYS: insight,
    FactTable.CAMPAIGN_DAYS: insight_campaign_day,
    FactTable.ACCOUNT_DAYS: insight_account_day,
    FactTable.PARTS: insight_breakdown,
    FactTable.ACCOUNT_PARTS: insight_breakdown_account_day,
}
ENTITY_TABLES: dict[EntityLevel, Table] = {
    level: row.__table__  # type: ignore[attr-defined]  # SQLModel declares it at run time
    for level, row in {
        EntityLevel.AD_ACCOUNT: AdAccount,
        EntityLevel.CAMPAIGN: Campaign,
        EntityLevel.AD_SET: AdSet,
        EntityLevel.AD: Ad,
        EntityLevel.CREATIVE: Creative,
    }.items()
}
_COLUMNS = {
    EntityLevel.AD_ACCOUNT: "ad_account_id",
    EntityLevel.CAMPAIGN: "campaign_id",
    EntityLevel.AD_SET: "ad_set_id",
    EntityLevel.AD: "ad_id",
}
RAW_LISTS = ("actions", "action_values")
# What identifies a group, with the values of breakdowns; a plan without a grain has no `period_start`.
KEYS = ("ad_account_id", "entity_id", "period_start")
_NOBODY = literal(NO_ENTITY, Uuid())


def keys_of(plan: GroupsPlan) -> tuple[str, ...]:
    """The columns that identify a group."""
    keys = KEYS[:2] if plan.grain is TimeGrain.NONE else KEYS
    return (*keys, *(part_label(number) for number in range(len(plan.broken_down_by))), *tag_keys(plan))


def part_label(number: int) -> str:
    """The column that has the value of a group's breakdown."""
    return f"part_{number}"


def groups(plan: GroupsPlan, side: Side) -> Select[Any]:
    """The sums by group; a group exists where at least one row is stored."""
    if not plan.tags:
        return _summed(plan, side)
    # Summed by what is tagged first: its tags are joined once then, and not to each of its days.
    summed: Any = _summed(plan, side, apart=(plan.tagged,)).subquery(f"by_tagged_{side}")
    tags = TagColumns(plan, summed, side)
    keys = [*(summed.c[key] for key in keys_of(plan) if key in summed.c), *tags.values]
    sums = [summed_again(column) for column in summed.c if column.key.startswith(f"{side}_")]
    query = select(*keys, *sums, *tags.sources).select_from(tags.joined(summed))
    return query.group_by(*_places(keys))


def summed_again(column: Any) -> Column:
    """The sum of a column of sums, under its name; of currencies again the first and the last one."""
    over: Any = func.sum
    if column.key.endswith("_currency_low"):
        over = func.min
    elif column.key.endswith("_currency_high"):
        over = func.max
    total: Column = over(column).label(column.key)
    return total


def _summed(plan: GroupsPlan, side: Side, apart: tuple[str, ...] = ()) -> Select[Any]:
    """The sums of a group that no tag parts; `apart` are columns of the facts that part it besides."""
    facts: Any = facts_of_months(plan.sums) if plan.table is FactTable.AD_MONTHS else TABLES[plan.table]
    tables: FromClause = facts
    entity_id: Column = _NOBODY
    entity: Table | None = None
    if plan.level is not EntityLevel.TENANT and (plan.has_keys or plan.needs_entity):
        tables, entity_id = entity_column(facts, plan.level)
    if plan.needs_entity:
        tables, entity = joined_entity(tables, entity_id, plan.level), ENTITY_TABLES[plan.level]
    factor = None
    if plan.sums.conversion is not None:
        tables, factor = joined_rates(tables, facts, plan.sums.conversion)
    keys = [*_keys(plan, facts, entity_id, side), *(facts.c[name] for name in apart)] if plan.has_keys else []
    # The count gives the select a column even if no metric is asked for, and says which side of a comparison has rows.
    sums = [*sums_of(plan.sums, facts, side, factor), func.count().label(f"{side}_rows")]
    query = select(*keys, *sums).select_from(tables).where(within(plan, facts, side))
    if plan.condition is not None:
        query = query.where(rendered(plan.condition, Compared(facts, entity, plan.parts)))
    # Sums without GROUP BY are always one row: of groups with constant keys HAVING leaves none where no row is stored.
    is_parted = plan.broken_down_by or apart
    has_constant_keys = plan.level is EntityLevel.TENANT and plan.grain is TimeGrain.NONE and not is_parted
    if plan.has_keys and has_constant_keys:
        return query.having(func.count() > 0)
    return query.group_by(*_places(keys))


def _places(keys: Sequence[Any]) -> Iterator[TextClause]:
    # By place: Postgres would take the same expression with other parameters for another one.
    return (text(str(place)) for place in range(1, len(keys) + 1))


def _keys(plan: GroupsPlan, facts: Any, entity_id: Column, side: Side) -> Iterator[Column]:
    account = facts.c.ad_account_id
    if plan.level is EntityLevel.TENANT:
        account = _NOBODY
    elif plan.level is EntityLevel.CREATIVE:
        # Ads without a creative are one group over all accounts, as they are one row of the answer.
        account = case((entity_id == NO_ENTITY, _NOBODY), else_=account)
    yield account.label("ad_account_id")
    yield entity_id.label("entity_id")
    if plan.grain is not TimeGrain.NONE:
        day = facts.c.day if side is Side.NOW else _standing_for(plan, facts)
        yield period_start(day, plan.grain).label("period_start")
    for number, part in enumerate(plan.broken_down_by):
        yield part.of(facts).label(part_label(number))


def entity_column(facts: Any, level: EntityLevel) -> tuple[FromClause, Column]:
    """The tables, and the column that has the entity of a row at any level below the tenant.

    Ad-days have no column for creatives: a creative's ads are those that use it now. Outer join: an ad may have no
    creative, and its numbers form the group without an entity.
    """
    if level is not EntityLevel.CREATIVE:
        return facts, facts.c[_COLUMNS[level]]
    ad = ENTITY_TABLES[EntityLevel.AD]
    same_ad = and_(ad.c.tenant_id == TENANT, ad.c.id == facts.c.ad_id)
    tables: FromClause = facts.join(ad, same_ad, isouter=True)
    return tables, func.coalesce(ad.c.creative_id, NO_ENTITY)


def joined_entity(tables: FromClause, entity_id: ColumnElement[Any], level: EntityLevel) -> FromClause:
    """`tables` joined with the entities of the level, for their names and statuses."""
    entity = ENTITY_TABLES[level]
    return tables.join(entity, and_(entity.c.tenant_id == TENANT, entity.c.id == entity_id), isouter=True)


# ---------------------------------------------------------------------------------------------------- days and periods


def within(plan: GroupsPlan, facts: Any, side: Side) -> ColumnElement[bool]:
    """The condition that a row of `facts` is the tenant's, and that its account and day are within one of the spans.

    A part is also of the set from which its account is read, so that no day is read twice. Sums of months are joined by
    their days.
    """
    if plan.table is FactTable.AD_MONTHS:
        return true()
    spanned = (_within_span(plan, facts, side, number) for number in range(plan.spans))
    return and_(facts.c.tenant_id == TENANT, or_(*spanned))


def _within_span(plan: GroupsPlan, facts: Any, side: Side, number: int) -> ColumnElement[bool]:
    is_of = and_(is_of_span(facts.c.ad_account_id, number), facts.c.day.between(*_ends(side, number)))
    if not plan.parts:
        return is_of
    return and_(is_of, facts.c.breakdown_set == bindparam(f"{side}_set_{number}", type_=String()))


def is_of_span(account: Column, number: int) -> ColumnElement[bool]:
    return account == any_(bindparam(f"accounts_{number}", type_=ARRAY(Uuid())))


def _ends(side: Side, number: int) -> tuple[Column, Column]:
    return bindparam(f"{side}_first_{number}", type_=Date()), bindparam(f"{side}_last_{number}", type_=Date())


def _standing_for(plan: GroupsPlan, facts: Any) -> Column:
    """The day of the range that a day of the comparison is paired with."""
    if plan.comparison is Comparison.YEAR:
        # 29 February becomes the 28th, in Postgres as in analytics/comparison.py.
        return cast(cast(facts.c.day, TIMESTAMP) + func.make_interval(1), Date)
    shifted: Column = facts.c.day + shift_of(plan, facts.c.ad_account_id)
    return shifted


def ends_of_account(plan: GroupsPlan, account: Column, side: Side) -> tuple[Column, Column]:
    """The first and the last day that a side of the question has for an account."""
    ends = [_ends(side, number) for number in range(plan.spans)]
    first, last = (by_span(account, list(each)) for each in zip(*ends, strict=True))
    return first, last


def shift_of(plan: GroupsPlan, account: Column) -> Column:
    """By how many days the comparison of an account lies before its range."""
    shifts = [bindparam(f"shift_{number}", type_=Integer()) for number in range(plan.spans)]
    return by_span(account, shifts)


def by_span(account: Column, values: list[Any]) -> Column:
    """That of `values` which belongs to the account's span; the first where all accounts have one."""
    first: Column = values[0]
    return first if len(values) == 1 else case(*((is_of_span(account, n), each) for n, each in enumerate(values)))


# The lengths of periods as arguments of make_interval: years, months and weeks.
_LENGTHS = {
    TimeGrain.WEEK: (0, 0, 1),
    TimeGrain.MONTH: (0, 1, 0),
    TimeGrain.QUARTER: (0, 3, 0),
    TimeGrain.YEAR: (1, 0, 0),
}


def period_start(day: ColumnElement[Any], grain: TimeGrain) -> ColumnElement[Any]:
    """The first day of the period that the day is in; weeks begin on Monday, in Postgres as in Python."""
    if grain is TimeGrain.DAY:
        return day
    # Cast to a timestamp without time zone: of a date Postgres makes midnight in the server's time zone.
    return cast(func.date_trunc(grain.value.lower(), cast(day, TIMESTAMP)), Date)


def period_within(
    start: ColumnElement[Any], grain: TimeGrain, *, first: ColumnElement[Any], last: ColumnElement[Any]
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The first and the last day of the period that begins on `start`, cut to the range; for NONE the whole range."""
    if grain is TimeGrain.NONE:
        return first, last
    if grain is TimeGrain.DAY:
        return start, start
    end = cast(cast(start, TIMESTAMP) + func.make_interval(*_LENGTHS[grain]) - timedelta(days=1), Date)
    return func.greatest(start, first), func.least(end, last)


def period_of_group(plan: GroupsPlan, base: Subquery) -> tuple[Column, Column]:
    """The first and the last day of a group's period, cut to the range of its account."""
    first, last = ends_of_account(plan, base.c.ad_account_id, Side.NOW)
    start = first if plan.grain is TimeGrain.NONE else base.c.period_start
    return period_within(start, plan.grain, first=first, last=last)


# ------------------------------------------------------------------------------------------------------------- sums


def sums_of(plan: SumsPlan, facts: Any, side: Side = Side.NOW, factor: Column | None = None) -> Iterator[Column]:
    """The sums of the facts that are asked for, of the action types, and the first and last currency of the group.

    Amounts of money are multiplied by `factor`, if there is one.
    """
    for name in plan.facts:
        column = FACTS_BY_NAME[name].column(plan.attribution)
        amount = facts.c[column] if factor is None or not FACTS_BY_NAME[name].is_money else facts.c[column] * factor
        yield func.sum(amount).label(f"{side}_{column}")
    for name in plan.unconverted:
        column = FACTS_BY_NAME[name].column(plan.attribution)
        yield func.sum(facts.c[column]).label(f"{side}_{unconverted_label(column)}")
    yield from _action_sums(plan, facts, side, factor)
    if plan.has_currency:
        yield func.min(facts.c.currency).label(f"{side}_currency_low")
        yield func.max(facts.c.currency).label(f"{side}_currency_high")


def unconverted_label(column: str) -> str:
    return f"unconverted_{column}"


def _action_sums(plan: SumsPlan, facts: Any, side: Side, factor: Column | None) -> Iterator[Column]:
    """Count and value of each selected action type, summed over the rows of a group from the raw JSON lists."""
    # An entry has the key of a window only where its number is not zero; `value`, the default window, is always there.
    key = WINDOWS.get(plan.attribution.value.lower(), "value")
    for number in range(plan.actions):
        for raw in RAW_LISTS:
            label = f"{side}_{action_label(raw, number, plan.attribution)}"
            if raw not in facts.c:
                # Parts are stored without the raw lists.
                yield cast(null(), Numeric()).label(label)
                continue
            entry = func.jsonb_array_elements(facts.c[raw]).table_valued(name=f"entry_{label}")
            amount = cast(func.coalesce(func.jsonb_extract_path_text(entry.column, key), "0"), Numeric)
            wanted = bindparam(f"action_{number}", type_=String())
            is_type = func.jsonb_extract_path_text(entry.column, "action_type") == wanted
            of_row: Any = select(func.sum(amount)).select_from(entry).where(is_type).scalar_subquery()
            is_converted = factor is not None and raw == "action_values"
            yield func.sum(of_row * factor if is_converted else of_row).label(label)


def action_label(raw: str, number: int, attribution: AttributionWindow) -> str:
    return f"{raw}_{number}_{attribution.value.lower()}"
