"""Answers questions about insights: pages of rows, totals, the number of rows; ratios are computed after summing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from analytics.enums import TimeGrain
from analytics.periods import DateRange, period_start
from errors import QueryTooComplex
from models.database import ReadSession
from models.insights.cursor import Mark, decode_cursor, encode_cursor
from models.insights.groups_shown import Grouping, InsightsRow
from models.insights.metric_values import NOTHING, AskedMetrics, MetricSet
from models.insights.question import InsightsQuestion, SortKey, signature
from models.insights.statements.answers import count_statement, rows_statement, totals_statement
from models.insights.statements.groups import NO_ENTITY, keys_of
from models.insights.statements.measures import values_reader
from models.insights.statements.order import cursor_name, kinds_of
from models.insights.statements.plan import RowsPlan, Side, groups_plan, rows_plan, shown_of, totals_plan
from models.insights.statements.row_texts import texts_statement
from models.insights.statements.row_values import values_of_rows
from models.insights.statements.tags import tags_reader
from models.insights.statements.values import Values
from models.keyset import KeysetPage, RowCursors, TextPage, Window
from models.splicing.reading import outline, read_texts, written_values
from models.splicing.shape import Shape
from models.thin.compiled import fetched

# The most groups that a question may have: each is a row that Postgres has to sort.
MOST_GROUPS = 1_000_000


@dataclass(frozen=True, slots=True)
class ShownMetrics:
    """What a client reads of each row: the metrics of the range, and those of the days that it is compared with."""

    now: AskedMetrics = NOTHING
    then: AskedMetrics = NOTHING

    def __post_init__(self) -> None:
        # Both sides have the same action types, so that a column's place says its type.
        actions = self.now.actions | self.then.actions
        object.__setattr__(self, "now", replace(self.now, actions=actions))
        object.__setattr__(self, "then", replace(self.then, actions=actions))


@dataclass(frozen=True, slots=True)
class RowsPage(KeysetPage[InsightsRow]):
    """`data_changed`: the rows were read from other data, or of other days, than those of the page before."""

    data_changed: bool


@dataclass(frozen=True, slots=True)
class RowTexts(TextPage):
    """The same with rows as JSON; it has cursors only where they were asked for."""

    data_changed: bool


@dataclass(frozen=True, slots=True)
class AskedTexts:
    """The shape of each row's JSON, and whether cursors are read besides."""

    shape: Shape
    has_cursors: bool


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page of a question's rows is wanted: in which order, and as of which `version` of data and days.

    The version is kept in the cursors.
    """

    window: Window
    sort: tuple[SortKey, ...] = ()
    version: str = ""


async def load_rows(
    session: ReadSession, question: InsightsQuestion, shown: ShownMetrics, asked: PageAsked
) -> RowsPage:
    """One page of rows; raises BadInput for a cursor of another question.

    Nulls come last in each sort key. Rows that are equal in all of them are in order of period, then of entity.
    """
    page = _Page(question, shown, asked)
    found = await fetched(session, rows_statement(page.plan), page.values.by_name)
    read = _row_reader(question, page.plan, shown)
    kept = found[: asked.window.first]
    return RowsPage([read(row) for row in kept], page.cursors(kept), *page.ends(found))


async def load_row_texts(
    session: ReadSession,
    question: InsightsQuestion,
    shown: ShownMetrics,
    asked: PageAsked,
    *,
    texts: AskedTexts,
) -> RowTexts | None:
    """The same page as JSON; None where it has something that Postgres does not write as the API does."""
    page = _Page(question, shown, asked)
    statement = texts_statement(page.plan, outline(texts.shape), has_cursors=texts.has_cursors)
    if statement is None:
        return None
    own = values_of_rows(question)
    found = await fetched(session, statement, page.values.by_name | own | written_values(texts.shape))
    kept = found[: asked.window.first]
    read = read_texts(texts.shape, [row[0] for row in kept])
    if read is None:
        return None
    has_next, has_previous, data_changed = page.ends(found)
    cursors = page.cursors(kept) if texts.has_cursors else ()
    return RowTexts(read.texts, cursors, has_next, has_previous, read.counts, data_changed)


class _Page:
    """The plan of a page with its values, and how its cursors are made."""

    def __init__(self, question: InsightsQuestion, shown: ShownMetrics, asked: PageAsked) -> None:
        values = Values()
        plan = rows_plan(question, shown.now, shown.then, asked.sort, values)
        self._mark, self._asked, self._data_changed = Mark(signature(question, asked.sort), asked.version), asked, False
        # The last columns of a row are the values that it was sorted by: they make its cursor.
        self._width = len(plan.order) + len(keys_of(plan.groups)) - 1
        if asked.window.after is not None:
            place = decode_cursor(asked.window.after, self._mark.signature, kinds_of(plan.groups, plan.order))
            self._data_changed = place.version != asked.version
            plan = replace(plan, cursor=tuple(value is None for value in place.values))
            for number, value in enumerate(place.values):
                values.name(cursor_name(number), value)
        bind_periods(question, values)
        values.name("first", asked.window.first + 1)
        self.plan, self.values = plan, values

    def cursors(self, rows: Sequence[Any]) -> RowCursors:
        return RowCursors(lambda row: encode_cursor(self._mark, row[len(row) - self._width :]), rows)

    def ends(self, found: Sequence[Any]) -> tuple[bool, bool, bool]:
        """Whether there is a page behind, one before, and other data than those of the page before."""
        window = self._asked.window
        return len(found) > window.first, window.after is not None, self._data_changed


@dataclass(frozen=True, slots=True)
class Totals:
    """The metrics of all rows together; `then` is None without a comparison, `count` unless it was asked for."""

    now: MetricSet
    then: MetricSet | None
    count: int | None = None


async def load_totals(
    session: ReadSession, question: InsightsQuestion, shown: ShownMetrics, *, has_count: bool = False
) -> Totals:
    """The metrics of all rows together, and with `has_count` how many rows these are.

    Deduplicated people are null, because they cannot be summed.
    """
    values = Values()
    plan = totals_plan(question, shown.now, shown.then, values, has_count=has_count)
    if plan.counted is not None:
        bind_periods(question, values)
    [row] = await fetched(session, totals_statement(plan), values.by_name)
    types, count = shown.now.action_types, int(row[-1]) if has_count else None
    now = values_reader(plan.now, types)(row, question.currency)
    if plan.then is None:
        return Totals(now, None, count)
    return Totals(now, values_reader(plan.then, types)(row[plan.now.width :], question.currency), count)


async def count_groups(session: ReadSession, question: InsightsQuestion) -> int:
    """How many rows the question has."""
    values = Values()
    plan = groups_plan(question, NOTHING, values)
    bind_periods(question, values)
    return int((await fetched(session, count_statement(plan), values.by_name))[0][0])


def bind_periods(question: InsightsQuestion, values: Values) -> None:
    """Binds the periods that each group has a row for: those of each span, and for -1 those of all spans together."""
    if not question.fills_gaps:
        return
    ranges = {-1: question.days, **{number: span.days for number, span in enumerate(question.spans)}}
    pairs = [(span, start) for span, days in ranges.items() for start in _starts(days, question.grain)]
    values.name("period_spans", [span for span, _ in pairs])
    values.name("period_starts", [start for _, start in pairs])


def _starts(days: DateRange, grain: TimeGrain) -> list[date]:
    return list(dict.fromkeys(period_start(day, grain) for day in days.every_day()))


def check_size(groups: int) -> None:
    """Raises QueryTooComplex for a question of more groups than can be sorted in reasonable time."""
    if groups > MOST_GROUPS:
        raise QueryTooComplex(
            f"The answer may have {groups:,} rows, {MOST_GROUPS:,} at most can be asked for:"
            " choose a coarser grain, a shorter range or fewer ad accounts."
        )


def _row_reader(
    question: InsightsQuestion, plan: RowsPlan, shown: ShownMetrics
) -> Callable[[Sequence[Any]], InsightsRow]:
    types, tags = shown.now.action_types, tags_reader(question.tags)
    # A row begins with its keys, of which breakdowns and tags are the last; then come the sources of the tags.
    first_tag = len(keys_of(plan.groups)) - len(question.tags)
    first_part = first_tag - len(question.breakdowns)
    keys = first_tag + 2 * len(question.tags)
    now = values_reader(plan.now, types, level=question.level, has_people=Side.NOW in plan.groups.people)
    end = keys + plan.now.width
    then, then_end = None, end
    if plan.then is not None:
        then = values_reader(plan.then, types, level=question.level, has_people=Side.THEN in plan.groups.people)
        then_end = end + plan.then.width
    of, has_periods = _grouping(question, is_compared=then is not None), question.grain is not TimeGrain.NONE

    def read(row: Sequence[Any]) -> InsightsRow:
        entity_id = row[1]
        found = InsightsRow(
            of,
            row[0],
            None if entity_id == NO_ENTITY else entity_id,
            row[2] if has_periods else None,
            row[first_part:first_tag] if first_part < first_tag else (),
            tags(row[first_tag:keys]) if first_tag < keys else (),
            now(row[keys:end], question.currency),
        )
        if then is not None and row[then_end] is not None:
            found.previous = then(row[end:then_end], question.currency)
        return found

    return read


def _grouping(question: InsightsQuestion, *, is_compared: bool) -> Grouping:
    return Grouping(
        question.level,
        question.grain,
        question.breakdowns,
        {account: span.days for span in question.spans for account in span.ad_account_ids},
        question.days,
        is_compared,
    )


def metrics_of_nothing(asked: AskedMetrics, currency: str) -> MetricSet:
    """The metrics of something without rows: none has a value."""
    shown = shown_of(asked, has_people=False)
    return values_reader(shown, asked.action_types)([None] * shown.width, currency)
