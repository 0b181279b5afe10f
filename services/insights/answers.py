"""Answers questions for insights: all parts of an answer are read in one session, and so of one moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analytics.metrics.measure import Measure
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput
from models.database import Database, ReadSession
from models.insights.custom_metric import custom_measures_by_key
from models.insights.question import InsightsQuestion
from models.insights.rows import (
    AskedTexts,
    PageAsked,
    RowsPage,
    RowTexts,
    ShownMetrics,
    Totals,
    count_groups,
    load_row_texts,
    load_rows,
    load_totals,
)
from models.keyset import Window
from services.insights.provenance import InsightsMeta, describe
from services.insights.questions import prepare
from services.insights.request import InsightsRequest

Page = RowsPage | RowTexts


@dataclass(frozen=True, slots=True)
class AskedParts:
    """Which parts of an answer are read; `totals` is None where neither total is.

    With `texts` Postgres writes the rows as JSON, where it can.
    """

    pages: tuple[Window, ...] = ()
    texts: AskedTexts | None = None
    rows: ShownMetrics = field(default_factory=ShownMetrics)
    totals: ShownMetrics | None = None
    has_count: bool = False
    has_meta: bool = False


@dataclass(frozen=True, slots=True)
class InsightsAnswer:
    """The parts that were asked for; a page is what is wrong with its cursor where that is of another question."""

    request: InsightsRequest
    pages: dict[Window, Page | BadInput]
    totals: Totals | None
    count: int | None
    meta: InsightsMeta | None


Asked = tuple[InsightsRequest, AskedParts]


async def answer(
    db: Database,
    viewer: Viewer,
    asked_with: Callable[[Mapping[str, Measure]], Asked],
    *,
    customs: Sequence[str] = (),
    now: datetime,
) -> InsightsAnswer:
    """The parts of the answer to a question; needs READ.

    `asked_with` makes the question, once those of the `customs` that there are were read, by their keys. A refresh may
    store days while it is read: one snapshot keeps the parts from being of two moments. Raises NotFound for accounts
    that are not the tenant's, MixedCurrency, BadInput, QueryTooComplex.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer, is_snapshot=True) as session:
        found = await custom_measures_by_key(session, customs) if customs else ()
        request, parts = asked_with({measure.key: measure for measure in found if measure is not None})
        asked = await prepare(session, request, now=now, has_meta=parts.has_meta)
        pages: dict[Window, Page | BadInput] = {}
        for window in parts.pages:
            wanted = PageAsked(window, asked.sort, asked.version)
            try:
                pages[window] = await _page(session, asked.question, parts, wanted)
            except BadInput as error:
                pages[window] = error
        totals, count = await _sums(session, asked.question, parts)
        meta = await describe(session, asked, now=now) if parts.has_meta else None
        return InsightsAnswer(request, pages, totals, count, meta)


async def _page(session: ReadSession, question: InsightsQuestion, parts: AskedParts, wanted: PageAsked) -> Page:
    if parts.texts is not None:
        written = await load_row_texts(session, question, parts.rows, wanted, texts=parts.texts)
        if written is not None:
            return written
    return await load_rows(session, question, parts.rows, wanted)


async def _sums(
    session: ReadSession, question: InsightsQuestion, parts: AskedParts
) -> tuple[Totals | None, int | None]:
    """What is asked of all rows together: one statement says their totals and their number."""
    if parts.totals is None:
        return None, await count_groups(session, question) if parts.has_count else None
    totals = await load_totals(session, question, parts.totals, has_count=parts.has_count)
    return totals, totals.count
