"""Decides how a question is answered: plans, which have neither SQL nor values.

A plan is the shape of a statement. Questions that differ in days, ids, texts and numbers alone have equal plans, so
that a statement is made once for all of them; what differs is bound, under the names that the plan has.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from analytics.comparison import Comparison
from analytics.enums import AttributionWindow, EntityLevel, TimeGrain
from analytics.metrics.facts import FACTS_BY_NAME
from analytics.metrics.measure import Measure
from models.insights.having import Having
from models.insights.metric_values import NOTHING, AskedMetrics
from models.insights.question import InsightsQuestion, RowKey, SortKey, SummedMonths
from models.insights.statements.conditions import Condition, condition_of
from models.insights.statements.conversion import ConversionShape, rates_values, shape_of
from models.insights.statements.fact_tables import FactTable, table_of
from models.insights.statements.parts import PartColumn, part_columns
from models.insights.statements.values import Values


class Side(StrEnum):
    """Whose numbers a column has: those of the range, or of the days that it is compared with."""

    NOW = "now"
    THEN = "then"


@dataclass(frozen=True, slots=True)
class SumsPlan:
    """Which sums a group has, under which attribution; `actions` is the number of action types.

    With a `conversion` amounts of money are converted; `unconverted` are those that are summed in the rows' own
    currency too, for ratios that are free of it. `has_currency`: the group's currencies are told.
    """

    facts: tuple[str, ...]
    attribution: AttributionWindow
    actions: int = 0
    has_currency: bool = False
    conversion: ConversionShape | None = None
    unconverted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HavingShape:
    """A Having: `limits` are pairs of an operator and the name of a number."""

    all_of: "tuple[HavingShape, ...] | None" = None
    any_of: "tuple[HavingShape, ...] | None" = None
    none_of: "HavingShape | None" = None
    of: Measure | None = None
    limits: tuple[tuple[str, str], ...] = ()
    is_null: bool | None = None


@dataclass(frozen=True, slots=True)
class GroupsPlan:
    """The groups of a question and their sums.

    `spans` is how many groups of accounts have days of their own. Without `has_keys` all rows are one group, as for
    totals. `people`: the sides whose deduplicated people are joined. `parts` are the columns of all breakdowns that are
    needed, `broken_down_by` those that are keys of groups. `tags` is how many fields of tags part the groups, `tagged`
    the column of the facts that names whose tags these are.
    """

    table: FactTable
    level: EntityLevel
    grain: TimeGrain
    spans: int
    sums: SumsPlan
    condition: Condition | None = None
    needs_entity: bool = False
    has_keys: bool = True
    comparison: Comparison | None = None
    people: tuple[Side, ...] = ()
    having: HavingShape | None = None
    fills_gaps: bool = False
    parts: tuple[PartColumn, ...] = ()
    broken_down_by: tuple[PartColumn, ...] = ()
    tags: int = 0
    tagged: str = "ad_id"

    @property
    def sides(self) -> tuple[Side, ...]:
        return (Side.NOW,) if self.comparison is None else (Side.NOW, Side.THEN)


@dataclass(frozen=True, slots=True)
class Shown:
    """The columns of one side of an answer.

    `explained` are facts, `unconverted` those of them that are told in the rows' own currency besides.
    """

    measures: tuple[Measure, ...]
    explained: tuple[str, ...]
    actions: int
    has_currency: bool
    unconverted: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """The number of columns: an action type has count, value and cost."""
        facts = len(self.explained) + len(self.unconverted)
        return len(self.measures) + facts + 3 * self.actions + self.has_currency


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """Rows of groups: what is shown of each side, their order, and for each value of a cursor whether it is null."""

    groups: GroupsPlan
    now: Shown
    then: Shown | None
    order: tuple[SortKey, ...]
    cursor: tuple[bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class TotalsPlan:
    """The sums over all groups.

    `has_count`: how many groups there are is told besides; they are those of `counted` if the sums are over others.
    """

    groups: GroupsPlan
    now: Shown
    then: Shown | None
    has_count: bool = False
    counted: GroupsPlan | None = None


def _parts(question: InsightsQuestion) -> tuple[PartColumn, ...]:
    """The columns of the breakdowns that the question needs, in the sets from which any account is read."""
    sides = [(span.breakdown_set, span.compared_set) for span in question.spans]
    return part_columns(sorted(question.needed_breakdowns), (each for side in sides for each in side if each))


def groups_plan(
    question: InsightsQuestion,
    asked: AskedMetrics,
    values: Values,
    *,
    others: Iterable[Measure] = (),
    is_total: bool = False,
) -> GroupsPlan:
    """The groups of a question with the sums of `asked`, and of `others` such as those that rows are sorted by.

    `is_total`: what the groups have is summed once more. Without a condition on them nothing has to be grouped then.
    """
    has_keys = not is_total or question.having is not None
    compared = (*others, *(question.having.measures if question.having is not None else ()))
    _bind_spans(question, values)
    for number, action_type in enumerate(asked.action_types):
        values.name(f"action_{number}", action_type)
    needs_people = has_keys and (asked.needs_people or any(measure.needs_people for measure in compared))
    parts = _parts(question)
    tags = len(question.tags) if has_keys else 0
    tagged = "campaign_id" if question.has_tags_of_campaigns else "ad_id"
    for number in range(tags):
        values.name(tag_name(number), question.tags[number])
    table = table_of(question, has_tags=bool(tags), needs_raw=bool(asked.actions))
    if table is FactTable.AD_MONTHS and question.summed is not None:
        _bind_months(question.summed, values)
    return GroupsPlan(
        table=table,
        level=question.level,
        grain=question.grain,
        spans=len(question.spans),
        sums=_sums_plan(question, asked, compared, values, is_total=is_total),
        condition=None if question.wanted is None else condition_of(question.wanted, values, tagged=tagged),
        needs_entity=question.wanted is not None and question.wanted.needs_entity,
        has_keys=has_keys,
        comparison=question.comparison,
        people=tuple(_sides_with_people(question)) if needs_people else (),
        having=having_shape(question.having, values) if question.having is not None else None,
        fills_gaps=question.fills_gaps,
        parts=parts,
        broken_down_by=tuple(each for by in question.breakdowns for each in parts if each.breakdown is by),
        tags=tags,
        tagged=tagged,
    )


def tag_name(number: int) -> str:
    """Under which name the field of a tag is bound, and that of the column with its value."""
    return f"tag_{number}"


def _sums_plan(
    question: InsightsQuestion, asked: AskedMetrics, compared: Iterable[Measure], values: Values, *, is_total: bool
) -> SumsPlan:
    measures, facts, actions = (*asked.measures, *compared), asked.facts(compared), len(asked.actions)
    is_money = asked.needs_currency or any(measure.is_money for measure in measures)
    conversion = question.conversion
    if not is_money or conversion is None or not conversion.is_needed:
        return SumsPlan(facts, question.attribution, actions, is_money)
    is_of_accounts = question.level not in (EntityLevel.TENANT, EntityLevel.CREATIVE) and not is_total
    has_one = is_of_accounts and not conversion.has_mixed_accounts
    shape = shape_of(conversion, is_mixed=len(conversion.sources) > 1 and not has_one)
    values.by_name |= rates_values(conversion, question.read_days)
    free = [measure for measure in measures if measure.is_free_of_currency]
    own = _money(free)
    # A ratio that is free of currencies needs converted amounts only where a group may have several.
    needs = [each for each in measures if shape.is_mixed or each not in free or each.key in asked.explained]
    converted = _money(needs) | ({"spend"} if actions else set())
    return SumsPlan(
        facts=tuple(name for name in facts if not FACTS_BY_NAME[name].is_money or name in converted),
        attribution=question.attribution,
        actions=actions,
        has_currency=shape.is_mixed and bool(own),
        conversion=shape,
        unconverted=tuple(name for name in facts if name in own),
    )


def _money(measures: Iterable[Measure]) -> set[str]:
    """The facts of these measures that are amounts of money."""
    return {name for measure in measures for name in measure.facts if FACTS_BY_NAME[name].is_money}


def _sides_with_people(question: InsightsQuestion) -> Iterable[Side]:
    if question.has_people:
        yield Side.NOW
    if question.compared_has_people:
        yield Side.THEN


def _bind_spans(question: InsightsQuestion, values: Values) -> None:
    for number, span in enumerate(question.spans):
        values.name(f"accounts_{number}", list(span.ad_account_ids))
        values.name(f"now_first_{number}", span.days.start)
        values.name(f"now_last_{number}", span.days.end)
        if span.breakdown_set is not None:
            values.name(f"now_set_{number}", span.breakdown_set)
            values.name(f"then_set_{number}", span.compared_set)
        if question.comparison is None:
            continue
        # Where no day stands for any of the range, a day and the day before it are a range without a day.
        compared = span.compared
        values.name(f"then_first_{number}", span.days.start if compared is None else compared.start)
        values.name(f"then_last_{number}", span.days.start - timedelta(days=1) if compared is None else compared.end)
        values.name(f"shift_{number}", 0 if compared is None else (span.days.start - compared.start).days)


def _bind_months(summed: SummedMonths, values: Values) -> None:
    values.name("summed_accounts", [account for account, _ in summed.months])
    values.name("summed_months", [month for _, month in summed.months])
    values.name("left_accounts", [account for account, _ in summed.days])
    values.name("left_first", [days.start for _, days in summed.days])
    values.name("left_last", [days.end for _, days in summed.days])


def having_shape(having: Having, values: Values) -> HavingShape:
    """The shape of a condition on metrics; its numbers are added to `values`."""
    where = having.where
    if where is not None:
        given = (("gt", where.gt), ("gte", where.gte), ("lt", where.lt), ("lte", where.lte))
        limits = tuple((operator, values.add(limit)) for operator, limit in given if limit is not None)
        return HavingShape(of=where.of, limits=limits, is_null=where.is_null)
    return HavingShape(
        all_of=None if having.all_of is None else tuple(having_shape(part, values) for part in having.all_of),
        any_of=None if having.any_of is None else tuple(having_shape(part, values) for part in having.any_of),
        none_of=None if having.none_of is None else having_shape(having.none_of, values),
    )


def shown_of(asked: AskedMetrics, *, has_people: bool, is_converted: bool = False) -> Shown:
    """The columns that show what is asked for; `has_people`: people are stored for these groups."""
    explained = asked.explained_facts(has_people=has_people)
    if not is_converted:
        return Shown(asked.measures, explained, len(asked.actions), asked.needs_currency)
    free = [each for each in asked.measures if each.is_free_of_currency and each.key in asked.explained]
    own = tuple(sorted(_money(free)))
    return Shown(asked.measures, explained, len(asked.actions), has_currency=False, unconverted=own)


def rows_plan(
    question: InsightsQuestion, now: AskedMetrics, then: AskedMetrics, sort: Iterable[SortKey], values: Values
) -> RowsPlan:
    """A page of rows without a cursor. `then` is what is shown of the comparison; without one it is not read."""
    # All rows of a question without a grain have the same period.
    order = tuple(key for key in sort if question.grain is not TimeGrain.NONE or key.by is not RowKey.PERIOD)
    sorted_by = [key.by for key in order if isinstance(key.by, Measure)]
    groups = groups_plan(question, now.union(then), values, others=sorted_by)
    return RowsPlan(groups, *_sides(question, groups, now, then), order)


def totals_plan(
    question: InsightsQuestion, now: AskedMetrics, then: AskedMetrics, values: Values, *, has_count: bool = False
) -> TotalsPlan:
    """Totals are over the groups that `having` leaves."""
    groups = groups_plan(replace(question, fills_gaps=False), now.union(then), values, is_total=True)
    totals = replace(groups, people=groups.people if _asks_people(question) else ())
    # Rows of periods that are filled are counted too.
    are_others = has_count and (question.fills_gaps or not totals.has_keys)
    counted = groups_plan(question, NOTHING, values) if are_others else None
    return TotalsPlan(totals, *_sides(question, replace(totals, people=()), now, then), has_count, counted)


def _asks_people(question: InsightsQuestion) -> bool:
    return question.having is not None and any(measure.needs_people for measure in question.having.measures)


def _sides(
    question: InsightsQuestion, groups: GroupsPlan, now: AskedMetrics, then: AskedMetrics
) -> tuple[Shown, Shown | None]:
    is_converted = groups.sums.conversion is not None
    shown = shown_of(now, has_people=Side.NOW in groups.people, is_converted=is_converted)
    if question.comparison is None:
        return shown, None
    return shown, shown_of(then, has_people=Side.THEN in groups.people, is_converted=is_converted)
