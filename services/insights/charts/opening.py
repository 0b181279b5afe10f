"""Opening the link to a chart: whether whoever made it may still read, what it costs, and the picture as it is now."""

import asyncio
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from analytics.charts.drawing import draw
from auth.limits.buckets import Charge, points_bucket
from auth.permissions import lesser_role
from auth.viewer import Viewer
from errors import Forbidden, NotFound
from models.acting import Origin, TenantScope
from models.database import Database
from models.insights.custom_metric import custom_measures_by_key
from models.people.standing import role_of_person, standing_of_key
from services.billing.cost_points import points_a_minute
from services.billing.quotas import UsageTools
from services.insights.charts.links import LinkedChart
from services.insights.charts.picturing import load_picture
from services.insights.versions import load_answers_version
from services.tools import HasChartLinks

# Cost points of the tenant: of a link that is opened, and of a picture that is drawn for it.
LOOKING, DRAWING = 1, 100
# Of the way in which pictures are drawn: it rises when an equal question has another picture.
_DRAWING_VERSION = "1"
_NO_LINK = "This link is not valid, or no longer: ask for a new chart."
_LEFT = "Whoever made this link may no longer see these numbers: ask somebody of the team for a new chart."


class OpeningTools(UsageTools, HasChartLinks, Protocol):
    """What opens a link: whoever opens it is nobody, and the team of whoever made it pays."""


@dataclass(frozen=True, slots=True)
class OpenedChart:
    """`svg` is None for somebody who has the picture of this `version` already."""

    version: str
    svg: str | None = None


async def open_chart(
    tools: OpeningTools, query: Mapping[str, str], origin: Origin, *, seen: Collection[str] = ()
) -> OpenedChart:
    """The chart of the link with this query, with the numbers of this moment; `seen` are versions that the caller has.

    Raises NotFound for a link that is none of ours or is over, Forbidden where whoever made it may read no more,
    RateLimited, and what the question raises: BadInput, MixedCurrency, NotFound, QueryTooComplex.
    """
    now = tools.clock()
    content = tools.chart_links.content(query, now)
    if content is None:
        raise NotFound(_NO_LINK)
    link = LinkedChart.of(content)
    viewer = await _maker(tools.db, link, origin, now)
    await _charge(tools, viewer, LOOKING)
    # The version is read before the numbers: what changes between is in the picture, and the next version is another.
    tenant_version = await load_answers_version(tools.db, viewer, now=now)
    if tenant_version is None:
        raise NotFound(_NO_LINK)
    version = _version(content, tenant_version)
    if version in seen:
        return OpenedChart(version)
    await _charge(tools, viewer, DRAWING)
    async with tools.db.read(viewer, is_snapshot=True) as session:
        keys = link.custom_keys
        found = await custom_measures_by_key(session, keys) if keys else ()
        asked = link.question({measure.key: measure for measure in found if measure is not None})
        picture = await load_picture(session, asked, now=now)
    # In a thread, since thousands of points take some milliseconds to draw and others wait meanwhile.
    return OpenedChart(version, await asyncio.to_thread(draw, picture))


def _version(content: bytes, tenant_version: str) -> str:
    text = b"\0".join((_DRAWING_VERSION.encode(), content, tenant_version.encode()))
    return hashlib.sha256(text).hexdigest()[:32]


async def _maker(db: Database, link: LinkedChart, origin: Origin, now: datetime) -> Viewer:
    """Whoever asked for the chart, with the role of this moment; raises Forbidden for one who belongs there no more."""
    async with db.read(TenantScope(link.tenant_id, link.user_id, origin)) as session:
        maker = role = None
        if link.user_id is not None:
            role = await role_of_person(session, link.user_id)
        elif link.api_key_id is not None:
            key = await standing_of_key(session, link.api_key_id)
            if key is not None and (key.expires_at is None or key.expires_at > now):
                role, maker = lesser_role(key.role, key.maker_role), key.maker_id
    if role is None:
        raise Forbidden(_LEFT)
    return Viewer(
        user_id=link.user_id,
        tenant_id=link.tenant_id,
        role=role,
        session_id=None,
        is_staff=False,
        token_expires_at=now,
        origin=origin,
        api_key_id=link.api_key_id,
        key_maker_id=maker,
    )


async def _charge(tools: OpeningTools, viewer: Viewer, points: int) -> None:
    bucket = points_bucket(await points_a_minute(tools, viewer))
    await tools.limiter.take([Charge(bucket, f"tenant:{viewer.tenant_id}", points)])
