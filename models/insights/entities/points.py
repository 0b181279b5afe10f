"""Metrics and series of many entities at once, each over its own range: one statement per level and grain."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, Select, Subquery, and_, any_, bindparam, column, func, select
from sqlalchemy.types import TypeEngine, Uuid

from analytics.enums import AttributionWindow, EntityLevel, TimeGrain
from analytics.periods import DateRange, period_of
from models.database import ReadSession
from models.insights.groups_shown import InsightsPoint
from models.insights.metric_values import AskedMetrics
from models.insights.question import may_have_people
from models.insights.statements.fact_tables import facts_table
from models.insights.statements.groups import TABLES, entity_column, period_start, period_within, sums_of
from models.insights.statements.measures import SideColumns, values_reader
from models.insights.statements.plan import Shown, Side, SumsPlan, shown_of
from models.insights.statements.steps import joined_people
from models.thin.compiled import TENANT, Compiled, compiled, fetched


@dataclass(frozen=True, slots=True)
class EntityDays:
    """What one field `metrics` or `series` of one entity asks for."""

    level: EntityLevel
    ad_account_id: UUID
    entity_id: UUID
    days: DateRange
    currency: str
    asked: AskedMetrics
    grain: TimeGrain = TimeGrain.NONE
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT


@dataclass(frozen=True, slots=True)
class _Alike:
    """What EntityDays must have in common to be answered by one statement."""

    level: EntityLevel
    grain: TimeGrain
    has_people: bool


# The attribution windows that a statement answers in columns side by side.
Windows = tuple[AttributionWindow, ...]
# An account and the first and last day of a range: asked once, however many entities of the account ask for it.
Span = tuple[UUID, date, date]


async def points_by_entity(session: ReadSession, keys: Sequence[EntityDays]) -> list[list[InsightsPoint]]:
    """For each key the periods that have rows, in order; with grain NONE exactly one point, even without rows."""
    found: dict[int, list[InsightsPoint]] = {}
    alike: dict[_Alike, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        alike[_shape(key)].append(number)
    for shape, numbers in alike.items():
        points = await _load(session, shape, [keys[number] for number in numbers])
        found |= zip(numbers, points, strict=True)
    return [found[number] for number in range(len(keys))]


def _shape(key: EntityDays) -> _Alike:
    """A range of a single day counts as a day: ads have deduplicated people by day, so such a range has them too."""
    is_daily = key.grain is TimeGrain.DAY or (key.grain is TimeGrain.NONE and key.days.days == 1)
    return _Alike(key.level, key.grain, may_have_people(key.level, is_daily=is_daily))


def _span(key: EntityDays) -> Span:
    return key.ad_account_id, key.days.start, key.days.end


async def _load(session: ReadSession, shape: _Alike, keys: Sequence[EntityDays]) -> list[list[InsightsPoint]]:
    spans = {span: number for number, span in enumerate(dict.fromkeys(map(_span, keys)))}
    asked = reduce(AskedMetrics.union, dict.fromkeys(key.asked for key in keys))
    plan = _Points(shape, asked, tuple(sorted({key.attribution for key in keys})))
    given: dict[str, Any] = {name: list(values) for name, values in zip(_SPAN, zip(*spans, strict=True), strict=True)}
    given |= {"number": list(spans.values()), "entity_id": list(dict.fromkeys(key.entity_id for key in keys))}
    given |= {f"action_{number}": name for number, name in enumerate(asked.action_types)}
    rows: dict[tuple[int, UUID], list[Any]] = defaultdict(list)
    for row in await fetched(session, _statement(plan), given):
        rows[(row[0], row[1])].append(row)
    read = _points_reader(plan)
    return [read(key, rows.get((spans[_span(key)], key.entity_id), [])) for key in keys]


def _points_reader(plan: "_Points") -> Callable[[EntityDays, Sequence[Any]], list[InsightsPoint]]:
    shape, shown = plan.shape, plan.shown
    values = values_reader(shown, plan.asked.action_types, has_people=shape.has_people, level=shape.level)
    # A row begins with number, entity and start of the period; then each window has its columns.
    first = {window: 3 + place * shown.width for place, window in enumerate(plan.windows)}
    nothing = [None] * (3 + len(plan.windows) * shown.width)

    def read(key: EntityDays, rows: Sequence[Any]) -> list[InsightsPoint]:
        start = first[key.attribution]
        if shape.grain is TimeGrain.NONE:
            row = rows[0] if rows else nothing
            return [InsightsPoint(key.days, values(row[start : start + shown.width], key.currency))]
        return [
            InsightsPoint(
                period_of(row[2], shape.grain, key.days), values(row[start : start + shown.width], key.currency)
            )
            for row in rows
        ]

    return read


@dataclass(frozen=True, slots=True)
class _Points:
    """The plan of a statement about many entities: each window of `windows` has its columns, side by side."""

    shape: _Alike
    asked: AskedMetrics
    windows: Windows

    @property
    def shown(self) -> Shown:
        return shown_of(self.asked, has_people=self.shape.has_people)

    def sums(self, window: AttributionWindow) -> SumsPlan:
        return SumsPlan(self.asked.facts(), window, len(self.asked.actions), self.asked.needs_currency)


@lru_cache(maxsize=256)
def _statement(plan: _Points) -> Compiled:
    """Sums of every entity over every span of its account.

    The statement also computes pairs of entity and span that nobody asked for; `_load` drops them.
    """
    given, shape = _given(), plan.shape
    table = facts_table(shape.level, needs_raw=bool(plan.asked.actions))
    facts: Any = TABLES[table]
    tables, entity_id = entity_column(facts, shape.level)
    start = given.c.first if shape.grain is TimeGrain.NONE else period_start(facts.c.day, shape.grain)
    first, last = period_within(start, shape.grain, first=given.c.first, last=given.c.last)
    in_span = (facts.c.ad_account_id == given.c.ad_account_id, facts.c.day.between(given.c.first, given.c.last))
    keys = [facts.c.ad_account_id, given.c.number, entity_id, start, first, last]
    names = ("ad_account_id", "number", "entity_id", "period_start", "first_day", "last_day")
    # By name, so that a fact which is no conversion, and so the same in all windows, is summed once.
    sums = {each.key: each for window in plan.windows for each in sums_of(plan.sums(window), facts)}
    groups = (
        select(*(key.label(name) for key, name in zip(keys, names, strict=True)), *sums.values())
        .select_from(tables.join(given, and_(*in_span)))
        .where(facts.c.tenant_id == TENANT, entity_id == any_(bindparam("entity_id", type_=ARRAY(Uuid()))))
        .group_by(*keys)
        .subquery("groups")
    )
    return compiled(_outer(groups, plan))


def _outer(groups: Subquery, plan: _Points) -> Select[Any]:
    base = groups
    has_people = plan.asked.needs_people and plan.shape.has_people
    if has_people:
        base = joined_people(groups, plan.shape.level, days=(groups.c.first_day, groups.c.last_day))
    place = (base.c.number, base.c.entity_id, base.c.period_start)
    columns = [
        column.label(f"{window.lower()}_{number}")
        for window in plan.windows
        for number, column in enumerate(SideColumns(base, Side.NOW, window, has_people).shown(plan.shown))
    ]
    return select(*place, *columns).select_from(base).order_by(*place)


_SPAN = ("ad_account_id", "first", "last")
_GIVEN: dict[str, TypeEngine[Any]] = {"ad_account_id": Uuid(), "first": Date(), "last": Date(), "number": Integer()}


def _given() -> Any:
    """The spans as a table made of one array per column, so that the statement is the same for any number of spans."""
    arrays: list[Any] = [bindparam(name, type_=ARRAY(kind)) for name, kind in _GIVEN.items()]
    table = func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in _GIVEN.items()))
    return table.render_derived(name="given")
