"""What a link to a chart holds: whose numbers, who asked, and the question, as a text that is read back as it was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from analytics.enums import ChartKind, Metric
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.measure import Measure
from auth.signed_links import SignedLinks
from auth.viewer import Viewer
from errors import BadInput
from models.insights.metric_values import NOTHING
from services.insights.charts.question import ChartQuestion, chart_question
from services.insights.question_text import custom_keys, kept_question, question_of

# A chart of a letter or a wiki page is looked at for some days; as long as the file of an export is kept.
LINK_LIFE = timedelta(days=7)
# Within an hour equal questions have equal links, so that browsers find the picture that they have.
_STEP = timedelta(hours=1)
# Browsers, proxies and programs of letters take addresses of 8,000 characters.
MOST_CHARACTERS = 6_000


@dataclass(frozen=True, slots=True)
class ChartLink:
    """A link to a chart, and until when it works."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkedChart:
    """What a link holds; one of `user_id` and `api_key_id` asked. `kept` has the question, with metrics by keys."""

    tenant_id: UUID
    user_id: UUID | None
    api_key_id: UUID | None
    kept: Mapping[str, Any]

    @classmethod
    def of(cls, content: bytes) -> Self:
        kept = json.loads(content)
        person, key = (UUID(kept[name]) if kept[name] else None for name in ("person", "key"))
        return cls(UUID(kept["tenant"]), person, key, kept)

    @property
    def custom_keys(self) -> list[str]:
        """The keys of the custom metrics that the chart shows, or is sorted or chosen by."""
        shown = [key for kind, key in self.kept["metrics"] if kind == "custom"]
        return sorted({*shown, *custom_keys(self.kept["question"])})

    def question(self, customs: Mapping[str, Measure]) -> ChartQuestion:
        """The question; raises BadInput for a custom metric that is not among `customs` any more."""
        kept = self.kept
        request = question_of(kept["question"], customs)
        measures = [_measure(kind, key, customs) for kind, key in kept["metrics"]]
        return chart_question(ChartKind(kept["kind"]), measures, request, width=kept["width"], height=kept["height"])


def chart_link(links: SignedLinks, viewer: Viewer, asked: ChartQuestion, now: datetime) -> ChartLink:
    """The link to the chart; raises BadInput for a question that makes it too long."""
    kept = {
        "tenant": str(viewer.tenant_id),
        "person": str(viewer.user_id) if viewer.user_id is not None else None,
        "key": str(viewer.api_key_id) if viewer.api_key_id is not None else None,
        "kind": asked.kind.value,
        "metrics": [_reference(measure) for measure in asked.measures],
        "width": asked.width,
        "height": asked.height,
        "question": kept_question(replace(asked.request, shown=NOTHING)),
    }
    until = datetime.fromtimestamp(now.timestamp() // _STEP.total_seconds() * _STEP.total_seconds(), now.tzinfo)
    until += _STEP + LINK_LIFE
    url = links.link(json.dumps(kept, separators=(",", ":")).encode(), until)
    length = len(url) - len(links.url)
    if length > MOST_CHARACTERS:
        raise BadInput(
            f"The link to a chart holds its question, in at most {MOST_CHARACTERS:,} characters, and this one would"
            f" have {length:,}: filter by fewer ids and shorter texts."
        )
    return ChartLink(url, until)


def _reference(measure: Measure) -> tuple[str, str]:
    return ("custom", measure.key) if measure.metric is None else ("metric", measure.metric.value)


def _measure(kind: str, key: str, customs: Mapping[str, Measure]) -> Measure:
    if kind == "metric":
        return MEASURES[Metric(key)]
    if key not in customs:
        raise BadInput(f"The custom metric {key} was deleted after this chart was asked for.")
    return customs[key]
