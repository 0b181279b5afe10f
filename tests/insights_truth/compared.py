"""Asks the API what the truth was asked, and compares the two: rows, order, totals, count and pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from resolvers.node_id import encode_id
from tests.doors.in_process import Answer, Door
from tests.insights_truth.answers import Asker, Refused, Row, Truth
from tests.insights_truth.asked import Asked
from tests.insights_truth.metrics import METRICS, Value
from tests.insights_truth.numbers import Numbers

TYPES = {"AD_ACCOUNT": "AdAccount", "CAMPAIGN": "Campaign", "AD_SET": "AdSet", "AD": "Ad", "CREATIVE": "Creative"}
# Pages at the beginning and at the end of an answer.
_MOST_PAGES = 4
# The API prints 15 digits of exact decimals. A quotient is rounded before, to the 6 places of stored money.
_PRINTED = Context(prec=15, rounding=ROUND_HALF_EVEN)
_HALF_PLACE = Fraction(1, 2_000_000)
_RELATIVE = Fraction(1, 10**13)


def query_of(asked: Asked, more: str = "") -> str:
    """The whole answer to a question; `more` is selected of every Metrics besides."""
    return f"""
query($input: InsightsInput!) {{
  insights(input: $input) {{
    rows(first: 1000) {{
      edges {{ cursor node {{ key entity {{ id }} period {{ start end }} metrics {{ ...Shown }} }} }}
      pageInfo {{ hasNextPage }} totalCount
    }}
    totals {{ ...Shown }}
    meta {{ range {{ start end }} }}
  }}
}}
fragment Shown on Metrics {{ currency {" ".join(asked.shown)} {more} }}
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the API answered to a question."""

    edges: Sequence[Mapping[str, Any]]
    totals: Mapping[str, Any]
    count: int
    range: Mapping[str, str]

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        return [edge["node"] for edge in self.edges]


async def told(door: Door, asked: Asked, more: str = "") -> Told | Answer:
    """The answer of the API; of one that was refused what it says."""
    answer = await door.ask(query_of(asked, more), input=asked.input)
    if answer.codes:
        return answer
    found = answer.data["insights"]
    assert not found["rows"]["pageInfo"]["hasNextPage"]
    return Told(found["rows"]["edges"], found["totals"], found["rows"]["totalCount"], found["meta"]["range"])


async def wrong_in(door: Door, asked: Asked) -> list[str]:
    """What the API says otherwise than the truth, in words: its answer, its pages, or its refusal."""
    found = await told(door, asked)
    try:
        truth = Asker(asked.world, asked.input).answer()
    except Refused as refused:
        codes = found.codes if isinstance(found, Answer) else []
        return [] if codes == [refused.code] else [f"codes {codes} are {refused.code}"]
    if isinstance(found, Answer):
        return [f"{found.codes} {found.messages}"]
    return differences(asked, found, truth) + await lost_pages(door, asked, found)


def differences(asked: Asked, found: Told, truth: Truth) -> list[str]:
    level = Asker(asked.world, asked.input).level
    wrong = []
    if found.range != truth.days.shown:
        wrong.append(f"range {found.range} is {truth.days.shown}")
    if found.count != len(truth.rows):
        wrong.append(f"count {found.count} is {len(truth.rows)}")
    if len({row["key"] for row in found.rows}) < len(found.rows):
        wrong.append(f"keys are not unique: {[row['key'] for row in found.rows]}")
    here, there = [_place(row) for row in found.rows], [_place_of(row, level) for row in truth.rows]
    if here != there:
        words = "order" if sorted(here) == sorted(there) else "rows"
        return [*wrong, f"{words} {here} are {there}"]
    wrong += _of_metrics("totals", asked, found.totals, truth.totals, truth)
    for told_row, row in zip(found.rows, truth.rows, strict=True):
        wrong += _of_metrics(str(_place(told_row)), asked, told_row["metrics"], row.numbers, truth)
    return wrong


def _place(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Which group a row is: its period and its entity's id. An entity that no list has brought is only in the key."""
    return (row["period"]["start"], row["period"]["end"], row["entity"]["id"] if row["entity"] else "")


def _place_of(row: Row, level: str) -> tuple[str, str, str]:
    is_known = row.name is not None
    entity = encode_id(TYPES[level], row.group.entity_id) if is_known and row.group.entity_id else ""
    return (row.period.shown["start"], row.period.shown["end"], entity)


def _of_metrics(place: str, asked: Asked, found: Mapping[str, Any], numbers: Numbers, truth: Truth) -> list[str]:
    currencies = numbers.currencies
    currency = truth.currency if not currencies else currencies.pop() if len(currencies) == 1 else None
    wrong = [] if found["currency"] == currency else [f"{place}: currency {found['currency']} is {currency}"]
    for key in asked.shown:
        value = numbers.metric(key)
        if not is_same(key, found[key], value):
            wrong.append(f"{place}: {key} {found[key]} is {value and float(value)} ({value})")
    return wrong


def is_same(key: str, found: Any, value: Value) -> bool:
    """Whether the API's number is the fraction: to the last digit for sums, to the last printed ones for quotients."""
    if found is None or value is None:
        return found is None and value is None
    metric = METRICS[key]
    if metric.formula == key:
        return Fraction(Decimal(str(found))) == Fraction(_PRINTED.divide(Decimal(value.numerator), value.denominator))
    error = abs(Fraction(Decimal(str(found))) - value)
    return error <= (_HALF_PLACE if metric.kind == "MONEY" else 0) + abs(value) * _RELATIVE


async def lost_pages(door: Door, asked: Asked, found: Told) -> list[str]:
    """Where pages of `asked.page` rows, asked for by the cursors before them, are not the rows of the whole answer."""
    every = range(0, len(found.edges), asked.page)
    starts = sorted({*every[:_MOST_PAGES], *every[-_MOST_PAGES:]})
    selected = "edges { cursor node { key } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount"
    pages = " ".join(
        f"from{start}: rows(first: {asked.page}{_after(found, start)}) {{ {selected} }}" for start in starts
    )
    answer = await door.ask(
        f"query($input: InsightsInput!) {{ insights(input: $input) {{ {pages} }} }}", input=asked.input
    )
    if answer.codes:
        return [f"pages {answer.codes} {answer.messages}"]
    wrong = []
    for start in starts:
        page, end = answer.data["insights"][f"from{start}"], start + asked.page
        edges = [{"cursor": edge["cursor"], "node": {"key": edge["node"]["key"]}} for edge in found.edges[start:end]]
        info = {
            "hasNextPage": end < found.count,
            "hasPreviousPage": start > 0,
            "endCursor": edges[-1]["cursor"],
        }
        if page != {"edges": edges, "pageInfo": info, "totalCount": found.count}:
            wrong.append(f"page from {start}: {page} is not {edges} {info}")
    return wrong


def _after(found: Told, start: int) -> str:
    return f', after: "{found.edges[start - 1]["cursor"]}"' if start else ""
