"""What the tests of charts share: a team with days, charts asked over the API, opened, and read back as numbers.

A picture is read in two ways: by where its marks stand between those of its axis, and by the texts that they tell.
"""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

from models.ads.campaign import Campaign
from resolvers.node_id import encode_id
from services.insights.charts.opening import open_chart
from services.toolbox import Toolbox
from tests.doors.in_process import ORIGIN, Answer, Door
from tests.worlds.ads import NOON
from tests.worlds.insights import InsightWorld, insight_world

ASK = """
query ($input: InsightsInput!, $kind: ChartKind!, $metrics: [MetricRefInput!]!, $width: Int! = 960,
       $height: Int! = 420) {
  insights(input: $input) {
    chart(kind: $kind, metrics: $metrics, width: $width, height: $height) { url expiresAt }
  }
}
"""
SPEND, ROAS, CTR = {"metric": "SPEND"}, {"metric": "ROAS"}, {"metric": "CTR_LINK"}
SVG = "{http://www.w3.org/2000/svg}"
_ISOLATES = str.maketrans("", "", "\u2068\u2069")
_NUMBER = re.compile(r"(-?[\d,.]+)([KMBT]?)")
_TITLE = re.compile(r"(.*) (-?[\d,.]+(?:e[+-]?\d+)?(?:%|\u00d7| s| [A-Z]{3}|))")
_LETTERS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def between(first: str, last: str) -> dict[str, Any]:
    return {"between": {"from": first, "to": last}}


@dataclass
class ChartWorld:
    """A tenant whose clock stands at noon of the day after the last stored one."""

    tools: Toolbox
    insights: InsightWorld

    @property
    def door(self) -> Door:
        return Door(self.tools, self.insights.entities.viewer)

    async def ask(self, kind: str, *metrics: Any, width: int = 960, height: int = 420, **asked: Any) -> Answer:
        return await self.door.ask(
            ASK, input=asked, kind=kind, metrics=list(metrics or (SPEND,)), width=width, height=height
        )

    async def link(self, kind: str, *metrics: Any, **asked: Any) -> str:
        answer = await self.ask(kind, *metrics, **asked)
        assert answer.codes == [], answer.messages
        return str(answer.data["insights"]["chart"]["url"])

    async def picture(self, kind: str, *metrics: Any, **asked: Any) -> "Drawing":
        return await self.opened(await self.link(kind, *metrics, **asked))

    async def opened(self, url: str) -> "Drawing":
        opened = await open_chart(self.tools, query_of(url), ORIGIN)
        assert opened.svg is not None
        return Drawing(opened.svg)

    async def refused(self, kind: str, *metrics: Any, **asked: Any) -> tuple[str, str]:
        answer = await self.ask(kind, *metrics, **asked)
        return answer.codes[0], answer.messages[0]

    def campaign_id(self, campaign: Campaign) -> str:
        return encode_id("Campaign", campaign.id)


async def chart_world(tools: Toolbox, *, store: bool = True, **account: Any) -> ChartWorld:
    own = replace(tools, clock=lambda: NOON)
    return ChartWorld(own, await insight_world(tools.db, store=store, **account))


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


class Drawing:
    """A picture, which is XML."""

    def __init__(self, svg: str) -> None:
        self.svg = svg
        self.root = ET.fromstring(svg)

    @property
    def texts(self) -> list[str]:
        """All that is written, in the order in which it stands in the document."""
        return [(each.text or "").translate(_ISOLATES) for each in self.root.iter(f"{SVG}text")]

    @property
    def title(self) -> str:
        return self.texts[0]

    @property
    def subtitle(self) -> str:
        return self.texts[1]

    def says(self, words: str) -> bool:
        return any(words in text for text in self.texts)

    @property
    def told(self) -> dict[str, str]:
        """What each mark says of itself: its slot and strand, and its number with the unit."""
        told = [_told(each) for each in self.root.iter(f"{SVG}title")][1:]
        assert len(dict(told)) == len(told), "two marks say the same of themselves"
        return dict(told)

    def drawn(self, tag: str) -> dict[str, float]:
        """The same by where the marks stand: `circle` for lines, `rect` for columns."""
        found: dict[str, float] = {}
        for group in self.root.iter(f"{SVG}g"):
            axis = next((each for each in group.findall(f"{SVG}g") if each.get("class") == "axis left"), None)
            marks = [each for each in group.iter(f"{SVG}{tag}") if each.find(f"{SVG}title") is not None]
            if axis is None or not marks:
                continue
            read = _scale(axis)
            for mark in marks:
                found[_told(mark[0])[0]] = read(float(mark.get("cy") or _end(mark, read)))
        return found


def _told(title: ET.Element) -> tuple[str, str]:
    """What the text of a mark is about, and the number."""
    text = (title.text or "").translate(_ISOLATES)
    parts = _TITLE.fullmatch(text)
    return (parts[1], parts[2]) if parts is not None else (text, "")


def _end(column: ET.Element, read: Any) -> str:
    """Where a column ends: above 0 at its top, below at its bottom."""
    top, bottom = float(column.get("y", "")), float(column.get("y", "")) + float(column.get("height", ""))
    return str(top if abs(read(top)) > abs(read(bottom)) else bottom)


def _scale(axis: ET.Element) -> Any:
    """What number stands at which height, by the axis' marks."""
    marks = []
    for tick in axis.iter(f"{SVG}g"):
        line, text = tick.find(f"{SVG}line"), tick.findtext(f"{SVG}text") or ""
        number = _NUMBER.match(text)
        if line is not None and number is not None:
            value = float(number[1].replace(",", "")) * _LETTERS[number[2]] / (100 if "%" in text else 1)
            marks.append((float(line.get("y1", "")), value))
    (low_y, low), (high_y, high) = min(marks), max(marks)
    return lambda y: low + (y - low_y) * (high - low) / (high_y - low_y)
