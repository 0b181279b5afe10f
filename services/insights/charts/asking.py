"""Asking for a chart: whether there is anything to draw, and the link under which it is drawn anew each time."""

from dataclasses import replace
from typing import Protocol

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.database import Database, ReadSession
from models.insights.having import Having, MetricCondition
from models.insights.question import InsightsQuestion
from models.insights.rows import PageAsked, ShownMetrics, load_rows
from models.keyset import Window
from services.insights.charts.links import ChartLink, chart_link
from services.insights.charts.numbers import checked
from services.insights.charts.question import ChartQuestion
from services.tools import HasChartLinks, HasClock


class AskingTools(HasChartLinks, HasClock, Protocol):
    """What makes a link: it is signed."""


async def link_to_chart(tools: AskingTools, db: Database, viewer: Viewer, asked: ChartQuestion) -> ChartLink | None:
    """The link to the chart, None where no number is known that it would show; needs READ.

    Raises BadInput, MixedCurrency, NotFound and QueryTooComplex for a question that has no answer, or no picture.
    """
    require(viewer, Permission.READ)
    now = tools.clock()
    link = chart_link(tools.chart_links, viewer, asked, now)
    async with db.read(viewer, is_snapshot=True) as session:
        insights = await checked(session, asked, now=now)
        return link if await _has_numbers(session, asked, insights.question) else None


async def _has_numbers(session: ReadSession, asked: ChartQuestion, question: InsightsQuestion) -> bool:
    """Whether some row has a number in one of the metrics."""
    known = [each for each in asked.measures if question.has_people or not each.needs_people]
    if not known:
        return False
    some = Having(any_of=tuple(Having(where=MetricCondition(of=each, is_null=False)) for each in known))
    having = some if question.having is None else Having(all_of=(question.having, some))
    page = await load_rows(session, replace(question, having=having), ShownMetrics(), PageAsked(Window(1)))
    return bool(page.rows)
