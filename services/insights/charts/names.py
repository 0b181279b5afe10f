"""What groups and metrics are called in a chart: names of entities, values of breakdowns and tags, custom metrics."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from analytics.enums import EntityLevel
from analytics.metrics.catalogue import METRICS
from analytics.metrics.measure import Measure
from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_list import rows_by_ids
from models.database import ReadSession
from models.insights.custom_metric import custom_metrics
from services.insights.charts.numbers import ChartNumbers, GroupKey
from services.insights.charts.question import ChartQuestion

ALL = "All ad accounts"
_KINDS: Mapping[EntityLevel, Any] = {
    EntityLevel.CAMPAIGN: Campaign,
    EntityLevel.AD_SET: AdSet,
    EntityLevel.AD: Ad,
    EntityLevel.CREATIVE: Creative,
}
_NAMELESS = "unknown"


async def group_names(session: ReadSession, asked: ChartQuestion, numbers: ChartNumbers) -> list[str]:
    """A name for each group; those of one name are numbered, so that two lines never seem to be one."""
    named = await _entity_names(session, asked.request.level, numbers)
    names = [_name(asked, key, named) for key in numbers.groups]
    count, seen = Counter(names), Counter[str]()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"({seen[name]}) {name}" if count[name] > 1 else name)
    return told


async def _entity_names(session: ReadSession, level: EntityLevel, numbers: ChartNumbers) -> Mapping[UUID, str]:
    if level is EntityLevel.AD_ACCOUNT:
        return {account.id: account.name for account in numbers.insights.accounts}
    ids = list(dict.fromkeys(key[0] for key in numbers.groups if key[0] is not None))
    if not ids or level not in _KINDS:
        return {}
    return {row.id: row.name or "" for row in await rows_by_ids(_KINDS[level])(session, ids)}


def _name(asked: ChartQuestion, key: GroupKey, named: Mapping[UUID, str]) -> str:
    entity_id, parts, tags = key
    told = [named.get(entity_id, "").strip() or _NAMELESS] if entity_id is not None else []
    if entity_id is None and asked.request.level is not EntityLevel.TENANT:
        told.append(_NAMELESS)
    told += [part or _NAMELESS for part in parts]
    told += [value or f"no {field}" for field, value in zip(asked.request.tags, tags, strict=True)]
    return " / ".join(told) or ALL


async def metric_names(session: ReadSession, measures: Sequence[Measure]) -> list[str]:
    own: Mapping[str, str] = {}
    if any(measure.metric is None for measure in measures):
        own = {each.key: each.name for each in await custom_metrics(session)}
    return [own.get(each.key, each.key) if each.metric is None else METRICS[each.metric].name for each in measures]
