"""Random questions about a made world: InsightsInput as a client writes it, and the metrics that are selected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as some

from resolvers.node_id import encode_id
from tests.insights_truth.made import CELLS, CUSTOMS, HOOKS, MARKETS, NAMES, STATUSES
from tests.insights_truth.metrics import METRICS
from tests.insights_truth.rates import CURRENCIES
from tests.insights_truth.rows import KEYS
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
# People, and what has money on both sides, more often than their share.
_SHOWN = [*sorted(METRICS), *("reach", "frequency", "spend", "roas") * 4, *sorted(CUSTOMS) * 3]
_REFS = some.sampled_from([{"metric": name} for name in sorted(KEYS)] + [{"custom": key} for key in sorted(CUSTOMS)])
# Of breakdowns, with parts of them, whatever their breakdown is.
VALUES = sorted({value.upper() for cells in CELLS.values() for cell in cells for value in cell} | {"e", "1"})
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

    @property
    def is_compared(self) -> bool:
        return "compareTo" in self.input

    def __repr__(self) -> str:
        return f"world_of({self.world.seed}) asked {self.input} for {' '.join(self.shown)} by {self.page}"

    def _repr_pretty_(self, printer: Any, _cycle: object) -> None:
        printer.text(repr(self))


@some.composite
def questions(draw: some.DrawFn, worlds: Sequence[World], levels: Sequence[str] = LEVELS) -> Asked:
    """A question about one of the worlds."""
    world = draw(some.sampled_from(worlds))
    level = draw(some.sampled_from(levels))
    breakdowns, compared = draw(_breakdowns())
    asked: dict[str, Any] = {"range": draw(_ranges(world))}
    tags = draw(some.sampled_from(([], [], [], ["hook"], ["market"], ["market", "hook"])))
    more = {"breakdowns": breakdowns, "tags": tags}
    if level != "TENANT" or breakdowns or tags or draw(some.booleans()):
        asked["groupBy"] = {"level": level} | {name: value for name, value in more.items() if value}
    if draw(some.booleans()):
        asked["grain"] = draw(some.sampled_from(GRAINS))
    asked |= draw(_comparisons(world, asked))
    options = {
        "adAccountIds": _accounts(world),
        "attribution": some.sampled_from(WINDOWS),
        "filter": _filters(world, level, compared),
        "sort": some.lists(_sorts(asked, level), max_size=3),
        "having": havings(),
        "currency": some.sampled_from(CURRENCIES),
    }
    for name, strategy in options.items():
        if draw(some.booleans()):
            asked[name] = draw(strategy)
    shown = draw(some.lists(some.sampled_from(_SHOWN), min_size=2, max_size=8, unique=True))
    # Money alone in several currencies is refused, a count beside it is not.
    return Asked(world, asked, ("impressions", *(each for each in shown if each != "impressions")), draw(_pages()))


def _pages() -> Strategy:
    return some.sampled_from((1, 2, 7))


def _ranges(world: World) -> Strategy:
    """Presets, some of the last days, and a year before some months as a whole."""
    presets = some.sampled_from(PRESETS).map(lambda preset: {"preset": preset})
    recent = some.tuples(some.integers(1, 71), some.integers(0, 60))
    long_ago = some.tuples(some.integers(380, 450), some.integers(30, 120))
    return some.one_of(presets, *(days.map(lambda two: _between(world, *two)) for days in (recent, recent, long_ago)))


def _between(world: World, back: int, length: int) -> dict[str, Any]:
    first = world.now.date() - timedelta(days=back)
    return {"between": {"from": str(first), "to": str(first + timedelta(days=length))}}


def _comparisons(world: World, asked: dict[str, Any]) -> Strategy:
    """What a question is compared with, and whether periods without rows are shown."""
    presets = some.sampled_from(("PREVIOUS_PERIOD", "PREVIOUS_YEAR")).map(lambda preset: {"preset": preset})
    between = _ranges(world).filter(lambda days: "between" in days)
    span = asked["range"].get("between")
    if span and asked.get("grain", "NONE") != "NONE":
        # As many days as the range, nearly always.
        length = date.fromisoformat(span["to"]) - date.fromisoformat(span["from"])
        starts = some.integers(0, 400).map(lambda back: world.now.date() - timedelta(days=back) - length)
        between |= starts.map(lambda start: {"between": {"from": str(start), "to": str(start + length)}})
    compared = some.one_of(presets, presets, between).map(lambda value: {"compareTo": value})
    filled = some.sampled_from(({}, {"fillGaps": True} if asked.get("grain", "NONE") != "NONE" else {}))
    return some.tuples(some.just({}) | compared, filled).map(lambda two: {**two[0], **two[1]})


def havings() -> Strategy:
    """A HavingInput over metrics of all kinds, with numbers that some groups have."""
    numbers = some.sampled_from((0, 1, 2, 4, 5, 20, 1000, 50_000, 0.5, 0.01, 1.25, -1))
    bounds = some.dictionaries(some.sampled_from(("gt", "gte", "lt", "lte")), numbers, min_size=1, max_size=2)
    conditions = some.one_of(bounds, bounds, some.booleans().map(lambda value: {"isNull": value}))
    where = some.tuples(_REFS, conditions).map(lambda two: {"where": {"of": two[0], **two[1]}})
    return nested(where)


def _accounts(world: World) -> Strategy:
    ids = [encode_id("AdAccount", each.id) for each in world.accounts]
    return some.lists(some.sampled_from(ids), min_size=1, unique=True)


def texts(known: Sequence[str] = (*NAMES, "e", "SPRING", "%", "_", "zoe")) -> Strategy:
    """A TextMatchInput that may match some of what is known."""
    pieces = some.sampled_from((*known, "nobody"))
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


def _breakdowns() -> some.SearchStrategy[tuple[list[str], str | None]]:
    """What rows are grouped by, in any order, and a breakdown that a filter may compare besides: mostly none."""
    one_set = some.sampled_from(sorted(CELLS)).flatmap(some.permutations)
    of_set = one_set.flatmap(
        lambda given: some.tuples(
            some.integers(0, len(given)).map(lambda count: given[:count]), some.none() | some.sampled_from(given)
        )
    )
    nothing: Strategy = some.just(([], None))
    return some.one_of(nothing, nothing, of_set)


def _filters(world: World, level: str, compared: str | None) -> Strategy:
    rows = world.rows
    known = {
        "campaignIds": sorted({row.campaign_id for row in rows}),
        "adSetIds": sorted({row.ad_set_id for row in rows}),
        "adIds": sorted({row.ad_id for row in rows}),
        "creativeIds": sorted(each.id for each in world.creatives),
    }
    parts = [_ids_of(name, ids) for name, ids in known.items()]
    if level != "TENANT":
        parts.append(texts().map(lambda value: {"name": value}))
    if level in _WITH_STATUS:
        parts.append(some.lists(some.sampled_from(STATUSES), max_size=2).map(lambda value: {"status": value}))
    of_tags = some.tuples(some.sampled_from(("hook", "market", "none")), texts((*HOOKS[:-1], *MARKETS, "CAFE", "o")))
    parts.append(of_tags.map(lambda two: {"tag": {"field": two[0], "value": two[1]}}))
    if compared is not None:
        of_parts = texts(VALUES).map(lambda value: {"breakdown": {"breakdown": compared, "value": value}})
        parts = [*parts, of_parts, of_parts]
    return nested(some.one_of(parts))


def nested(leaf: Strategy) -> Strategy:
    """A condition, or `all`, `any` and `not` of some, within one another at most twice."""
    return some.one_of(leaf, _combined(some.one_of(leaf, leaf, _combined(leaf))))


def _combined(inner: Strategy) -> Strategy:
    some_of = some.lists(inner, max_size=3)
    return some.one_of(
        some_of.map(lambda parts: {"all": parts}),
        some_of.map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    )


def _sorts(asked: dict[str, Any], level: str) -> Strategy:
    metrics = some.tuples(_REFS, _ORDERS).map(lambda two: {"of": two[0], "order": two[1]})
    by = [metrics.map(lambda sort: {"metric": sort}), _ORDERS.map(lambda order: {"period": order})]
    by.append(metrics.map(lambda sort: {"change": sort}) if "compareTo" in asked else by[0])
    if level != "TENANT":
        by.append(_ORDERS.map(lambda order: {"name": order}))
    fields = asked.get("groupBy", {}).get("tags")
    if fields:
        tags = some.tuples(some.sampled_from(fields), _ORDERS)
        by.append(tags.map(lambda two: {"tag": {"field": two[0], "order": two[1]}}))
    return some.one_of(by)
