"""Random questions about a made world: InsightsInput as a client writes it, and the metrics that are selected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as some

from resolvers.node_id import encode_id
from tests.insights_truth.answers import KEYS
from tests.insights_truth.made import NAMES, STATUSES
from tests.insights_truth.metrics import METRICS
from tests.insights_truth.world import World

Strategy = some.SearchStrategy[Any]

LEVELS = ("TENANT", "AD_ACCOUNT", "CAMPAIGN", "AD_SET", "AD", "CREATIVE")
GRAINS = ("NONE", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
WINDOWS = ("ACCOUNT_DEFAULT", "CLICK_1D", "CLICK_7D", "CLICK_28D", "VIEW_1D")
PRESETS = (
    "TODAY", "YESTERDAY", "LAST_7_DAYS", "LAST_14_DAYS", "LAST_28_DAYS", "LAST_30_DAYS", "LAST_60_DAYS",
    "LAST_90_DAYS", "LAST_180_DAYS", "LAST_365_DAYS", "THIS_WEEK", "LAST_WEEK", "THIS_MONTH", "LAST_MONTH",
    "THIS_QUARTER", "LAST_QUARTER", "THIS_YEAR", "LAST_YEAR",
)  # fmt: skip
_WITH_STATUS = ("CAMPAIGN", "AD_SET", "AD")
_IDS = {"campaignIds": "Campaign", "adSetIds": "AdSet", "adIds": "Ad", "creativeIds": "Creative"}
_ORDERS = some.sampled_from(("ASC", "DESC"))


@dataclass(frozen=True, slots=True)
class Asked:
    """`input` is the variable of the query, `shown` are the metrics that it selects; `page` is how long its pages are.

    As a text it is what a person needs to ask the same again.
    """

    world: World
    input: dict[str, Any]
    shown: tuple[str, ...]
    page: int

    def __repr__(self) -> str:
        return f"world_of({self.world.seed}) asked {self.input} for {' '.join(self.shown)} by {self.page}"


@some.composite
def questions(draw: some.DrawFn, worlds: Sequence[World], levels: Sequence[str] = LEVELS) -> Asked:
    """A question about one of the worlds."""
    world = draw(some.sampled_from(worlds))
    level = draw(some.sampled_from(levels))
    asked: dict[str, Any] = {"range": draw(_ranges(world))}
    if level != "TENANT" or draw(some.booleans()):
        asked["groupBy"] = {"level": level}
    if level == "CREATIVE":
        asked["adAccountIds"] = [encode_id("AdAccount", draw(some.sampled_from(world.accounts)).id)]
    options = {
        "grain": some.sampled_from(GRAINS),
        "adAccountIds": _accounts(world),
        "attribution": some.sampled_from(WINDOWS),
        "filter": _filters(world, level),
        "sort": some.lists(_sorts(world, level), max_size=3),
    }
    for name, strategy in options.items():
        if name not in asked and draw(some.booleans()):
            asked[name] = draw(strategy)
    shown = draw(some.lists(some.sampled_from(sorted(METRICS)), min_size=2, max_size=8, unique=True))
    # Money alone in several currencies is refused, a count beside it is not.
    return Asked(world, asked, ("impressions", *(each for each in shown if each != "impressions")), draw(_pages()))


def _pages() -> Strategy:
    return some.sampled_from((1, 2, 7))


def _ranges(world: World) -> Strategy:
    today = world.now.date()
    spans = some.tuples(some.integers(0, 70), some.integers(0, 60)).map(
        lambda drawn: {
            "from": str(today - timedelta(days=1 + drawn[0])),
            "to": str(today - timedelta(days=1 + drawn[0]) + timedelta(days=drawn[1])),
        }
    )
    presets = some.sampled_from(PRESETS).map(lambda preset: {"preset": preset})
    return some.one_of(presets, spans.map(lambda span: {"between": span}))


def _accounts(world: World) -> Strategy:
    ids = [encode_id("AdAccount", each.id) for each in world.accounts]
    return some.lists(some.sampled_from(ids), min_size=1, unique=True)


def texts() -> Strategy:
    """A TextMatchInput that may match some of the names."""
    pieces = some.sampled_from((*NAMES, "e", "SPRING", "%", "_", "zoe", "nobody"))
    one = some.one_of(
        some.fixed_dictionaries({"eq": pieces}),
        some.fixed_dictionaries({"in": some.lists(pieces, max_size=3)}),
        some.fixed_dictionaries({"contains": pieces}),
        some.fixed_dictionaries({"startsWith": pieces}),
        some.fixed_dictionaries({"isNull": some.booleans()}),
    )
    return some.lists(one, min_size=1, max_size=2).map(lambda parts: {k: v for part in parts for k, v in part.items()})


def _ids_of(part: str, ids: Sequence[UUID]) -> Strategy:
    some_of = some.sampled_from([encode_id(_IDS[part], each) for each in ids])
    return some.lists(some_of, max_size=4, unique=True).map(lambda value: {part: value})


def _filters(world: World, level: str) -> Strategy:
    rows = world.rows
    known = {
        "campaignIds": sorted({row.campaign_id for row in rows}),
        "adSetIds": sorted({row.ad_set_id for row in rows}),
        "adIds": sorted({row.ad_id for row in rows}),
        "creativeIds": sorted(each.id for each in world.creatives),
    }
    parts = [_ids_of(name, ids) for name, ids in known.items()]
    ids = some.recursive(some.one_of(parts), nested, max_leaves=4)
    of_entities = []
    if level != "TENANT":
        of_entities.append(texts().map(lambda value: {"name": value}))
    if level in _WITH_STATUS:
        of_entities.append(some.lists(some.sampled_from(STATUSES), max_size=2).map(lambda value: {"status": value}))
    return some.one_of(ids, *(some.tuples(ids, each).map(lambda two: {"all": two}) for each in of_entities))


def nested(inner: Strategy) -> Strategy:
    """`all`, `any` and `not` of conditions."""
    some_of = some.lists(inner, max_size=3)
    return some.one_of(
        some_of.map(lambda parts: {"all": parts}),
        some_of.map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    )


def _sorts(world: World, level: str) -> Strategy:
    """Not by money where an account's currency changed."""
    is_changed = any(row.currency == "USD" for row in world.rows)
    names = sorted(name for name, key in KEYS.items() if not is_changed or METRICS[key].kind != "MONEY")
    metrics = some.builds(
        lambda metric, order: {"metric": {"of": {"metric": metric}, "order": order}},
        some.sampled_from(names),
        _ORDERS,
    )
    by = [metrics, metrics, _ORDERS.map(lambda order: {"period": order})]
    if level != "TENANT":
        by.append(_ORDERS.map(lambda order: {"name": order}))
    return some.one_of(by)
