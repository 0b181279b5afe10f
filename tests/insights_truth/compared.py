"""Asks the API what the truth was asked, and compares the two: rows, order, totals, count and pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from resolvers.node_id import encode_id
from tests.doors.in_process import Answer, Door
from tests.insights_truth.answers import Asker, Refused
from tests.insights_truth.asked import Asked
from tests.insights_truth.metrics import METRICS, Value, in_words
from tests.insights_truth.numbers import Numbers
from tests.insights_truth.rows import Row, Truth

TYPES = {"AD_ACCOUNT": "AdAccount", "CAMPAIGN": "Campaign", "AD_SET": "AdSet", "AD": "Ad", "CREATIVE": "Creative"}
# An operation may have 60 aliases.
_PAGES_AT_ONCE = 50
DIMENSIONS = {
    "COUNTRY": "country", "REGION": "region", "AGE": "age", "GENDER": "gender",
    "PUBLISHER_PLATFORM": "publisherPlatform", "PLATFORM_POSITION": "platformPosition",
    "DEVICE_PLATFORM": "devicePlatform", "IMPRESSION_DEVICE": "impressionDevice",
}  # fmt: skip
# The API prints 15 digits of decimals.
_PRINTED = Context(prec=15, rounding=ROUND_HALF_EVEN)
_HALF_PLACE = Fraction(1, 2_000_000)
_RELATIVE = Fraction(1, 10**13)


def query_of(asked: Asked, more: str = "") -> str:
    """The whole answer to a question; `more` is selected of every Metrics besides."""
    return f"""
query($input: InsightsInput!, $after: String) {{
  insights(input: $input) {{
    rows(first: 1000, after: $after) {{ edges {{ ...Row }} pageInfo {{ hasNextPage endCursor }} totalCount }}
    totals {{ ...Shown }} {"comparisonTotals { ...Shown }" if asked.is_compared else ""}
    meta {{ range {{ start end }} comparisonRange {{ start end }} }}
  }}
}}
{_fragments(asked, more)}
"""


def _fragments(asked: Asked, more: str = "") -> str:
    """What is selected of each row, and of its numbers."""
    customs = [f'{{custom: "{key}"}}' for key in asked.shown if key in asked.world.customs]
    built_in = [key for key in asked.shown if key in METRICS]
    values = f"values(of: [{', '.join(customs)}]) {{ key value }}" if customs else ""
    refs = ", ".join([f"{{metric: {in_words(key)}}}" for key in built_in] + customs)
    compared = f"previous {{ ...Shown }} change {{ of(metrics: [{refs}]) {{ key absolute relative }} }}"
    return f"""
fragment Row on InsightsEdge {{ cursor node {{
  key entity {{ id }} period {{ start end }} dimensions {{ {" ".join(DIMENSIONS.values())} tags {{ field value }} }}
  metrics {{ ...Shown }} {compared if asked.is_compared else ""}
}} }}
fragment Shown on Metrics {{ currency {" ".join(built_in)} {values} {more} }}
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the API answered to a question."""

    edges: Sequence[Mapping[str, Any]]
    totals: Mapping[str, Any]
    before: Mapping[str, Any] | None
    count: int
    range: Mapping[str, str]
    compared: Mapping[str, str] | None

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        return [edge["node"] for edge in self.edges]


async def told(door: Door, asked: Asked, more: str = "") -> Told | Answer:
    """The answer of the API; of one that was refused what it says."""
    query, edges, after = query_of(asked, more), list[Mapping[str, Any]](), None
    while True:
        answer = await door.ask(query, input=asked.input, after=after)
        if answer.codes:
            return answer
        found = answer.data["insights"]
        edges += found["rows"]["edges"]
        if not found["rows"]["pageInfo"]["hasNextPage"]:
            break
        after = found["rows"]["pageInfo"]["endCursor"]
    return Told(
        edges=edges,
        totals=found["totals"],
        before=found.get("comparisonTotals"),
        count=found["rows"]["totalCount"],
        range=found["meta"]["range"],
        compared=found["meta"]["comparisonRange"],
    )


async def wrong_in(door: Door, asked: Asked, *, pages: int = 4) -> list[str]:
    """What the API says otherwise than the truth, in words: its answer, its refusal, or its first and last `pages`."""
    found = await told(door, asked)
    try:
        truth = Asker(asked.world, asked.input).answer()
    except Refused as refused:
        codes = found.codes if isinstance(found, Answer) else []
        return [] if codes == [refused.code] else [f"codes {codes} are {refused.code}"]
    if isinstance(found, Answer):
        return [f"{found.codes} {found.messages}"]
    return differences(asked, found, truth) + await lost_pages(door, asked, found, pages=pages)


def differences(asked: Asked, found: Told, truth: Truth) -> list[str]:
    asker = Asker(asked.world, asked.input)
    wrong = []
    if found.range != truth.days.shown:
        wrong.append(f"range {found.range} is {truth.days.shown}")
    if found.compared != (truth.compared and truth.compared.shown):
        wrong.append(f"comparison {found.compared} is {truth.compared}")
    if found.count != len(truth.rows):
        wrong.append(f"count {found.count} is {len(truth.rows)}")
    if len({row["key"] for row in found.rows}) < len(found.rows):
        wrong.append(f"keys are not unique: {[row['key'] for row in found.rows]}")
    here, there = [_place(row) for row in found.rows], [_place_of(row, asker) for row in truth.rows]
    if here != there:
        words = "order" if sorted(here) == sorted(there) else "rows"
        return [*wrong, f"{words} {here} are {there}"]
    wrong += _of_metrics("totals", asked, found.totals, truth.totals, truth)
    wrong += _of_metrics("comparison totals", asked, found.before, truth.before, truth)
    for told_row, row in zip(found.rows, truth.rows, strict=True):
        place = str(_place(told_row))
        wrong += _of_metrics(place, asked, told_row["metrics"], row.numbers, truth)
        if asked.is_compared:
            wrong += _of_metrics(f"{place} before", asked, told_row["previous"], row.before, truth)
            wrong += _of_changes(place, told_row["change"]["of"], row)
    return wrong


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Which group a row is. An entity that no list has brought is only in the key."""
    entity = row["entity"]["id"] if row["entity"] else ""
    values = (row["dimensions"][name] or "" for name in DIMENSIONS.values())
    tags = (f"{tag['field']} {tag['value']}" for tag in row["dimensions"]["tags"])
    return (row["period"]["start"], row["period"]["end"], entity, *values, *tags)


def _place_of(row: Row, asker: Asker) -> tuple[str, ...]:
    is_known = row.name is not None
    entity = encode_id(TYPES[asker.level], row.group.entity_id) if is_known and row.group.entity_id else ""
    values = dict(zip(asker.breakdowns, row.group.values, strict=True))
    period = row.period.shown
    tags = (f"{field} {value}" for field, value in row.group.tags)
    return (period["start"], period["end"], entity, *(values.get(name) or "" for name in DIMENSIONS), *tags)


def _of_metrics(
    place: str, asked: Asked, found: Mapping[str, Any] | None, numbers: Numbers | None, truth: Truth
) -> list[str]:
    if found is None or numbers is None:
        return [] if found is None and numbers is None else [f"{place}: {found} is {numbers}"]
    currencies = numbers.shown_currencies
    currency = truth.currency if not currencies else currencies.pop() if len(currencies) == 1 else None
    wrong = [] if found["currency"] == currency else [f"{place}: currency {found['currency']} is {currency}"]
    values = {**found, **{each["key"]: each["value"] for each in found.get("values", ())}}
    for key in asked.shown:
        value = numbers.metric(key)
        if not is_same(key, values[key], numbers):
            wrong.append(f"{place}: {key} {values[key]} is {value and float(value)} ({value})")
    return wrong


def _of_changes(place: str, found: Sequence[Mapping[str, Any]], row: Row) -> list[str]:
    wrong = []
    for change in found:
        key, value = change["key"], row.change(change["key"])
        then = row.before.metric(key) if row.before else None
        relative = value / abs(then) if value is not None and then else None
        # Both sides were rounded before.
        slack = 2 * _HALF_PLACE + (abs(then) if then else 0) * _RELATIVE
        of_relative = slack * (1 + abs(relative)) / abs(then) if then and relative is not None else Fraction()
        if not (_is_near(change["absolute"], value, slack) and _is_near(change["relative"], relative, of_relative)):
            wrong.append(f"{place}: change {dict(change)} is {value and float(value)} {relative and float(relative)}")
    return wrong


def is_same(key: str, found: Any, numbers: Numbers) -> bool:
    """Whether the API's number is right to the last digit."""
    value = numbers.answered(key)
    if found is None or value is None:
        return found is None and value is None
    if isinstance(value, float):
        return float(found) == value
    return Fraction(Decimal(str(found))) == Fraction(_PRINTED.divide(Decimal(value.numerator), value.denominator))


def _is_near(found: Any, value: Value, slack: Fraction) -> bool:
    if found is None or value is None:
        return found is None and value is None
    return abs(Fraction(Decimal(str(found))) - value) <= slack + abs(value) * _RELATIVE


async def lost_pages(door: Door, asked: Asked, found: Told, *, pages: int) -> list[str]:
    """Where pages of `asked.page` rows, asked for by the cursors before them, are not the rows of the whole answer."""
    every = range(0, len(found.edges), asked.page)
    starts = sorted({*every[:pages], *every[-pages:]})
    at_once = (starts[place : place + _PAGES_AT_ONCE] for place in range(0, len(starts), _PAGES_AT_ONCE))
    return [wrong for some_starts in at_once for wrong in await _lost(door, asked, found, some_starts)]


async def _lost(door: Door, asked: Asked, found: Told, starts: Sequence[int]) -> list[str]:
    asked_pages = " ".join(
        f"from{start}: rows(first: {asked.page}{_after(found, start)}) {{ ...Page }}" for start in starts
    )
    query = f"""
query($input: InsightsInput!) {{ insights(input: $input) {{ {asked_pages} }} }}
fragment Page on InsightsConnection {{
  edges {{ ...Row }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} totalCount
}}
{_fragments(asked)}
"""
    answer = await door.ask(query, input=asked.input)
    if answer.codes:
        return [f"pages {answer.codes} {answer.messages}"]
    wrong = []
    for start in starts:
        end = start + asked.page
        edges = found.edges[start:end]
        info = {
            "hasNextPage": end < found.count,
            "hasPreviousPage": start > 0,
            "endCursor": edges[-1]["cursor"],
        }
        page = answer.data["insights"][f"from{start}"]
        if page != {"edges": edges, "pageInfo": info, "totalCount": found.count}:
            wrong.append(f"page from {start}: {page} is not {edges} {info}")
    return wrong


def _after(found: Told, start: int) -> str:
    return f', after: "{found.edges[start - 1]["cursor"]}"' if start else ""
