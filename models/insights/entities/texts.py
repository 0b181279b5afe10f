"""Lists of entities as JSON from Postgres, with the metrics of each entity over days: one statement for a list."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Date, FromClause, Uuid, and_, any_, bindparam, column, func, select, true

from analytics.enums import AttributionWindow, EntityLevel
from analytics.periods import DateRange
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_filter import EVERYTHING, WHOLE, EntityFilter, FilterShape, shape_of
from models.ads.entity_list import EntityOrder, EntityPage, kept_list
from models.database import ReadSession
from models.insights.metric_values import AskedMetrics
from models.insights.question import may_have_people
from models.insights.statements.fact_tables import facts_table
from models.insights.statements.groups import TABLES, entity_column, sums_of
from models.insights.statements.measures import SideColumns
from models.insights.statements.plan import Side, SumsPlan, shown_of
from models.insights.statements.sources import EntityRow, Joins, MetricsOfGroup
from models.insights.statements.steps import joined_people
from models.keyset import PARENTS, Listing, Ordering, RowCursors, TextPage, Window, page_select, pages_select
from models.splicing.reading import outline, read_texts, written_values
from models.splicing.shape import NoTextError, Shape
from models.splicing.texts import Source, Texts
from models.thin.compiled import TENANT, Compiled, compiled, fetched

Kind = type[AdAccount] | type[Campaign] | type[AdSet] | type[Ad] | type[Creative]
LEVELS: Mapping[Kind, EntityLevel] = {
    AdAccount: EntityLevel.AD_ACCOUNT,
    Campaign: EntityLevel.CAMPAIGN,
    AdSet: EntityLevel.AD_SET,
    Ad: EntityLevel.AD,
    Creative: EntityLevel.CREATIVE,
}
_KEPT = 256
_METRICS = "metrics:"


def metrics_part(number: int) -> str:
    """The name in a shape of the object with the metrics of this place in `EntityShape.metrics`."""
    return f"{_METRICS}{number}"


@dataclass(frozen=True, slots=True)
class EntitySums:
    """The metrics of an entity over the days that its account has for them."""

    asked: AskedMetrics
    attribution: AttributionWindow


@dataclass(frozen=True, slots=True)
class EntityShape:
    """What is written of each entity of a list, and whether cursors are read besides."""

    kind: Kind
    shape: Shape
    metrics: tuple[EntitySums, ...]
    has_cursors: bool

    @property
    def level(self) -> EntityLevel:
        return LEVELS[self.kind]


# The days of an account for each of the metrics of a shape.
Days = tuple[DateRange, ...]


@dataclass(frozen=True, slots=True)
class ChildTexts:
    """A page of one parent's list, in order of name; the parent belongs to the account."""

    parent_id: UUID
    window: Window
    written: EntityShape
    ad_account_id: UUID
    days: Days
    wanted: EntityFilter = EVERYTHING


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a statement is made of. `parent` is the name of the column that a page is read for each value of.

    `has_people` says of each of the metrics whether deduplicated people may be stored for its days.
    """

    written: EntityShape
    order: EntityOrder
    parent: str | None
    wanted: FilterShape
    is_after: bool
    has_people: tuple[bool, ...]

    @property
    def listing(self) -> Listing[Any]:
        kind: Any = self.written.kind
        parent = getattr(kind, self.parent) if self.parent is not None else None
        found: Listing[Any] = kept_list(kind, self.order, parent, self.wanted).listing
        return found


async def load_list_texts(
    session: ReadSession, written: EntityShape, page: EntityPage, days: Mapping[UUID, Days]
) -> TextPage | None:
    """A page of the tenant's list; `days` has those of every account that may be in it.

    None where a statement does not write what is asked. Raises BadInput for a cursor of another list.
    """
    wanted, values = shape_of(page.wanted)
    asked = _AskedPages(written, page.window, days, values)
    found = await _fetched(session, asked, order=page.order, wanted=wanted)
    return None if found is None else asked.page(found[1], found[0].order)


def child_texts_by(parent: str) -> Callable[[ReadSession, Sequence[ChildTexts]], Awaitable[list[TextPage | None]]]:
    """The query of a loader: pages as above, by one statement for all parents of which the same is asked.

    `parent` is the name of the column with a row's parent.
    """

    async def query(session: ReadSession, keys: Sequence[ChildTexts]) -> list[TextPage | None]:
        alike: defaultdict[tuple[Window, EntityShape, EntityFilter], list[ChildTexts]] = defaultdict(list)
        for key in keys:
            alike[key.window, key.written, key.wanted].append(key)
        found: dict[ChildTexts, TextPage | None] = {}
        for group in alike.values():
            found |= await _load_children(session, parent, group)
        return [found[key] for key in keys]

    return query


async def _load_children(
    session: ReadSession, parent: str, keys: Sequence[ChildTexts]
) -> dict[ChildTexts, TextPage | None]:
    wanted, values = shape_of(keys[0].wanted)
    values = {**values, PARENTS: [key.parent_id for key in keys]}
    asked = _AskedPages(keys[0].written, keys[0].window, {key.ad_account_id: key.days for key in keys}, values)
    found = await _fetched(session, asked, parent=parent, wanted=wanted)
    if found is None:
        return dict.fromkeys(keys)
    rows: dict[UUID, list[Any]] = {key.parent_id: [] for key in keys}
    for row in found[1]:
        rows[row[-1]].append(row)
    return {key: asked.page(rows[key.parent_id], found[0].order) for key in keys}


@dataclass(frozen=True, slots=True)
class _AskedPages:
    """What all pages of one statement have in common; `values` are those of its filter and parents."""

    written: EntityShape
    window: Window
    days: Mapping[UUID, Days]
    values: Mapping[str, Any]

    def page(self, found: Sequence[Any], order: Ordering) -> TextPage | None:
        """None where a number has to be read by itself."""
        kept = found[: self.window.first]
        read = read_texts(self.written.shape, [row[0] for row in kept])
        if read is None:
            return None
        return TextPage(
            rows=read.texts,
            cursors=RowCursors(lambda row: order.cursor_at(row[1], row[2]), kept) if self.written.has_cursors else (),
            has_next=len(found) > self.window.first,
            has_previous=self.window.after is not None,
            counts=read.counts,
        )


async def _fetched(
    session: ReadSession,
    asked: _AskedPages,
    *,
    order: EntityOrder = EntityOrder.NAME_ASC,
    parent: str | None = None,
    wanted: FilterShape = WHOLE,
) -> tuple[Listing[Any], Sequence[Any]] | None:
    """The list and its rows; None where a statement does not write what is asked."""
    written, days = asked.written, asked.days
    people = _people(written, days)
    if people is None:
        return None
    plan = _Plan(
        replace(written, shape=outline(written.shape)), order, parent, wanted, asked.window.after is not None, people
    )
    statement = _statement(plan)
    if statement is None:
        return None
    listing = plan.listing
    given = {**asked.values, **_values(written, days), **written_values(written.shape)}
    return listing, await fetched(session, statement, listing.order.values(asked.window) | given)


def _people(written: EntityShape, days: Mapping[UUID, Days]) -> tuple[bool, ...] | None:
    """None where a single day is asked of some accounts alone: only for that people of ads are stored."""
    people = {tuple(may_have_people(written.level, is_daily=each.days == 1) for each in own) for own in days.values()}
    if len(people) > 1:
        return None
    return people.pop() if people else tuple(False for _ in written.metrics)


def _values(written: EntityShape, days: Mapping[UUID, Days]) -> dict[str, Any]:
    values: dict[str, Any] = {_ACCOUNTS: list(days)}
    for number in range(len(written.metrics)):
        first, last = ([own[number].start for own in days.values()], [own[number].end for own in days.values()])
        values |= {_FIRST.format(number): first, _LAST.format(number): last}
        # A tenant without accounts has nothing in any days.
        values |= {_EARLIEST.format(number): min(first, default=None), _LATEST.format(number): max(last, default=None)}
    return values


# ---------------------------------------------------------------------------------------------------------- statements
_ACCOUNTS, _FIRST, _LAST, _EARLIEST, _LATEST = "days_of", "first_{}", "last_{}", "earliest_{}", "latest_{}"


@lru_cache(maxsize=_KEPT)
def _statement(plan: _Plan) -> Compiled | None:
    """A text for each row; with cursors the values that a row was sorted by; with a parent its id.

    The shape is an outline. None for one that has what Postgres does not write.
    """
    listing, kind = plan.listing, plan.written.kind
    window = Window(1, "after" if plan.is_after else None)  # the statement is the same for any page
    if plan.parent is None:
        selected: Any = page_select(listing, window)
    else:
        selected = pages_select(listing, window, getattr(kind, plan.parent))
    page: Any = selected.cte("page")
    source = _ListedRow(plan, page)
    try:
        texts = Texts(plan.written.shape, source)
    except NoTextError:
        return None
    order = listing.order
    sorted_by = [page.c[order.key.key].label("sorted_key"), page.c[order.row_id.key].label("sorted_id")]
    whose = [page.c.given_id.label("parent")] if plan.parent is not None else []
    below = texts.over(select(*texts.columns, *sorted_by, *whose).select_from(source.joins.tables))
    places = [below.c.sorted_key, below.c.sorted_id]
    columns = [texts.text, *(places if plan.written.has_cursors else ()), *(below.c.parent for _ in whose)]
    ways = [each.desc() if order.descending else each.asc() for each in places]
    return compiled(select(*columns).select_from(below).order_by(*ways))


class _ListedRow(EntityRow):
    """An entity of a list, with its metrics."""

    def __init__(self, plan: _Plan, page: Any) -> None:
        super().__init__(page, Joins(page))
        self._plan, self._page = plan, page
        self._metrics: dict[int, Source] = {}

    def nested(self, name: str) -> tuple[Source, ColumnElement[Any] | None]:
        if not name.startswith(_METRICS):
            return super().nested(name)
        number = int(name.removeprefix(_METRICS))
        if number not in self._metrics:
            self._metrics[number] = self._joined_metrics(number)
        return self._metrics[number], None

    def _joined_metrics(self, number: int) -> Source:
        metrics, level = self._plan.written.metrics[number], self._plan.written.level
        has_people = metrics.asked.needs_people and self._plan.has_people[number]
        sums = _sums(metrics, level, number, page=self._page)
        if has_people:
            peopled = joined_people(sums, level, days=(sums.c.first_day, sums.c.last_day))
            sums = select(*peopled.c).subquery(f"peopled_{number}")
        self.joins.join(sums, sums.c.entity_id == self._page.c.id)
        shown = shown_of(metrics.asked, has_people=has_people)
        side = SideColumns(sums, Side.NOW, metrics.attribution, has_people)
        return MetricsOfGroup(side, shown, own_currency=self._currency())

    def _currency(self) -> ColumnElement[Any]:
        """That of the account."""
        if self._plan.written.level is EntityLevel.AD_ACCOUNT:
            return self.value("currency")
        return super().nested("ad_account")[0].value("currency")


def _sums(metrics: EntitySums, level: EntityLevel, number: int, *, page: Any) -> Any:
    """The sums of each entity of the page that has rows in the days of its account."""
    facts: Any = TABLES[facts_table(level)]
    days = _days(number)
    tables: FromClause
    tables, entity_id = entity_column(facts, level)
    keys = [
        facts.c.ad_account_id.label("ad_account_id"),
        entity_id.label("entity_id"),
        days.c.first.label("first_day"),
        days.c.last.label("last_day"),
    ]
    in_days = and_(facts.c.ad_account_id == days.c.ad_account_id, facts.c.day.between(days.c.first, days.c.last))
    # What Postgres can see before it plans: without it, it reads all days of the tenant. IS TRUE keeps the page a table
    # to look ids up in; as a join, it would be gone through for each of its entities.
    first, last = (bindparam(each.format(number), type_=Date()) for each in (_EARLIEST, _LATEST))
    known = (facts.c.ad_account_id == any_(bindparam(_ACCOUNTS, type_=ARRAY(Uuid()))), facts.c.day.between(first, last))
    is_listed = entity_id.in_(select(page.c.id)).is_(true())
    asked = SumsPlan(metrics.asked.facts(), metrics.attribution, has_currency=metrics.asked.needs_currency)
    # The count gives the select a sum even where no metric is asked for.
    sums = [*sums_of(asked, facts), func.count().label("rows")]
    return (
        select(*keys, *sums)
        .select_from(tables.join(days, in_days))
        .where(facts.c.tenant_id == TENANT, *known, is_listed)
        .group_by(facts.c.ad_account_id, entity_id, days.c.first, days.c.last)
        .subquery(f"sums_{number}")
    )


def _days(number: int) -> Any:
    """The days of each account as a table, made of one array for each column."""
    names = (("ad_account_id", _ACCOUNTS, Uuid()), ("first", _FIRST, Date()), ("last", _LAST, Date()))
    arrays: list[Any] = [bindparam(given.format(number), type_=ARRAY(kind)) for _, given, kind in names]
    table = func.unnest(*arrays).table_valued(*(column(name, kind) for name, _, kind in names))
    return table.render_derived(name=f"days_{number}")
