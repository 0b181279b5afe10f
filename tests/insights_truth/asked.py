"""Random questions about a made world: InsightsInput as a client writes it, and the metrics that are selected.

A question is made by its seed alone. Hypothesis' own strategies prefer what is small, and what they had before: most of
their questions were refused, or answered by nothing.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import strategies as some

from resolvers.node_id import encode_id
from tests.insights_truth.conditions import Part
from tests.insights_truth.days import span_of
from tests.insights_truth.made import CELLS, CUSTOMS, HOOKS, MARKETS, NAMES, STATUSES
from tests.insights_truth.metrics import METRICS, PEOPLE
from tests.insights_truth.rates import CURRENCIES
from tests.insights_truth.rows import KEYS
from tests.insights_truth.world import World

LEVELS = ("TENANT", "AD_ACCOUNT", "CAMPAIGN", "AD_SET", "AD", "CREATIVE")
GRAINS = ("NONE", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
WINDOWS = ("ACCOUNT_DEFAULT", "CLICK_1D", "CLICK_7D", "CLICK_28D", "VIEW_1D")
PRESETS = (
    "TODAY", "YESTERDAY", "LAST_7_DAYS", "LAST_14_DAYS", "LAST_28_DAYS", "LAST_30_DAYS", "LAST_60_DAYS",
    "LAST_90_DAYS", "LAST_180_DAYS", "LAST_365_DAYS", "THIS_WEEK", "LAST_WEEK", "THIS_MONTH", "LAST_MONTH",
    "THIS_QUARTER", "LAST_QUARTER", "THIS_YEAR", "LAST_YEAR",
)  # fmt: skip
_WITH_STATUS = ("CAMPAIGN", "AD_SET", "AD")
_ORDERS = ("ASC", "DESC")
# People, what has money on both sides, and the tenant's own, more often than their share.
_SHOWN = [*sorted(METRICS), *("reach", "frequency", "spend", "roas", "cpm") * 4, *sorted(CUSTOMS) * 3]
_OF_PEOPLE = {"overlap", *(key for key, metric in METRICS.items() if metric.names & PEOPLE)}
# What some groups have as a metric, in worlds of small numbers to the digit.
_LOW, _HIGH = (0, 0, 1, 2, 4, -1, 0.5, 0.01), (1, 2, 4, 8, 20, 1000, 50_000, 1.25, 10**9)


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


def questions(worlds: Sequence[World], levels: Sequence[str] = LEVELS) -> some.SearchStrategy[Asked]:
    """A question about one of the worlds."""
    return some.integers(0, 2**40).map(lambda seed: question_of(seed, worlds, levels))


def question_of(seed: int, worlds: Sequence[World], levels: Sequence[str] = LEVELS) -> Asked:
    random = Random(seed)
    world = random.choice(worlds)
    maker = Questioner(random, world, random.choice(levels))
    shown = random.sample(_SHOWN, random.randint(2, 8))
    # Money alone in several currencies is refused, a count beside it is not.
    kept = ("impressions", *dict.fromkeys(key for key in shown if key != "impressions"))
    return Asked(world, maker.asked(), kept, random.choice((1, 2, 7)))


@dataclass(slots=True)
class Questioner:
    """Makes one question, whose rows are about the level."""

    random: Random
    world: World
    level: str

    def is_so(self, chance: float) -> bool:
        return self.random.random() < chance

    def asked(self) -> dict[str, Any]:
        breakdowns, compared = self._breakdowns() if self.is_so(0.25) else ([], None)
        tags = self._tags() if self.is_so(0.25) else []
        more = {"breakdowns": breakdowns, "tags": tags}
        needed = {*breakdowns, compared} - {None}
        asked: dict[str, Any] = {"range": self._range(needed)}
        asked["groupBy"] = {"level": self.level} | {name: value for name, value in more.items() if value}
        if self.is_so(0.6):
            asked["grain"] = self.random.choice(GRAINS)
        has_grain = asked.get("grain", "NONE") != "NONE"
        if self.is_so(0.5):
            asked["compareTo"] = self._compared(asked["range"], has_grain=has_grain)
        if has_grain and self.is_so(0.3):
            asked["fillGaps"] = True
        options: dict[str, tuple[float, Callable[[], Any]]] = {
            "adAccountIds": (0.3, self._accounts),
            "attribution": (0.3, lambda: self.random.choice(WINDOWS)),
            "filter": (0.4, lambda: self._nested(lambda: self._condition(compared))),
            "sort": (0.7, lambda: [self._sort(asked) for _ in range(self.random.randint(1, 3))]),
            "having": (0.3, lambda: self._nested(self._where)),
            "currency": (0.4, lambda: self.random.choice(CURRENCIES)),
        }
        return asked | {name: make() for name, (chance, make) in options.items() if self.is_so(chance)}

    def _breakdowns(self) -> tuple[list[str], str | None]:
        """What rows are grouped by, in any order, and a breakdown that a filter may compare, which may be another."""
        given = self.random.sample(picked := self.random.choice(sorted(CELLS)), len(picked))
        return given[: self.random.randint(0, len(given))], self.random.choice((None, *given))

    def _tags(self) -> list[str]:
        """Fields that there are, nearly always."""
        known = sorted({field for _, field in self.world.tags})
        return self.random.sample(known, self.random.randint(1, len(known))) if self.is_so(0.95) else ["market"]

    def _range(self, breakdowns: Collection[str | None]) -> dict[str, Any]:
        """Days with rows, mostly: some of the last ones, of a year before, or days that were read by breakdowns."""
        random, today = self.random, self.world.now.date()
        read = [span for (_, known), span in self.world.read.items() if {*breakdowns} <= {*known}]
        if breakdowns and read and self.is_so(0.9):
            span = random.choice(read)
            first = (today - span.start).days + random.randint(-3, 3)
            return self._between(first, span.length + random.randint(0, 9))
        if self.is_so(0.4):
            return {"preset": random.choice(PRESETS)}
        if self.is_so(0.2):
            return self._between(random.randint(370, 450), random.randint(30, 120))
        return self._between(random.randint(1, 60), random.choice((0, 1, 7, 20, 30, 45)))

    def _between(self, back: int, more_days: int) -> dict[str, Any]:
        """Not from tomorrow on, which is refused."""
        first = self.world.now.date() - timedelta(days=max(back, 1))
        return {"between": {"from": str(first), "to": str(first + timedelta(days=more_days))}}

    def _compared(self, days: Part, *, has_grain: bool) -> dict[str, Any]:
        if self.is_so(0.75) or "between" not in days:
            return {"preset": self.random.choice(("PREVIOUS_PERIOD", "PREVIOUS_YEAR"))}
        length = span_of(days["between"]).length
        # As many days as the range, nearly always where each needs its pair.
        is_as_long = has_grain and self.is_so(0.9)
        return self._between(self.random.choice((20, 40, 370)), length - 1 if is_as_long else 5)

    def _accounts(self) -> list[str]:
        ids = [encode_id("AdAccount", each.id) for each in self.world.accounts]
        return self.random.sample(ids, self.random.randint(1, len(ids)))

    def _nested(self, leaf: Callable[[], Part]) -> Part:
        """A condition, or `all`, `any` and `not` of some, within one another at most twice."""
        return (
            leaf() if self.is_so(0.4) else self._combined(lambda: leaf() if self.is_so(0.7) else self._combined(leaf))
        )

    def _combined(self, inner: Callable[[], Part]) -> Part:
        kind = self.random.choice(("all", "any", "any", "not", "not"))
        if kind == "not":
            return {"not": inner()}
        return {kind: [inner() for _ in range(self.random.choice((0, 1, 2, 2, 2, 3)))]}

    def _condition(self, compared: str | None) -> Part:
        """A part of a filter that may hold for some of what is stored."""
        random, rows = self.random, self.world.rows
        parts: dict[str, Callable[[], Any]] = {
            "campaignIds": lambda: self._ids("Campaign", {row.campaign_id for row in rows}),
            "adSetIds": lambda: self._ids("AdSet", {row.ad_set_id for row in rows}),
            "adIds": lambda: self._ids("Ad", {row.ad_id for row in rows}),
            "creativeIds": lambda: self._ids("Creative", {each.id for each in self.world.creatives}),
            "tag": self._tagged,
        }
        if self.level != "TENANT":
            parts["name"] = lambda: self._text(*NAMES, "e", "SPRING", "%", "_", "zoe", "nobody")
        if self.level in _WITH_STATUS:
            parts["status"] = lambda: random.sample(STATUSES, random.randint(0, 2))
        if compared is not None and self.is_so(0.6):
            values = sorted({value.upper() for cells in CELLS.values() for cell in cells for value in cell})
            return {"breakdown": {"breakdown": compared, "value": self._text(*values, "e", "1")}}
        name = random.choice(sorted(parts))
        return {name: parts[name]()}

    def _ids(self, kind: str, ids: set[Any]) -> list[str]:
        listed = [encode_id(kind, each) for each in sorted(ids)]
        return self.random.sample(listed, self.random.choice((0, 1, len(listed) // 2, len(listed) // 2)))

    def _tagged(self) -> dict[str, Any]:
        field = self.random.choice(("hook", "market", "none"))
        return {"field": field, "value": self._text(*(hook for hook in HOOKS if hook), *MARKETS, "CAFE", "o")}

    def _text(self, *known: str) -> dict[str, Any]:
        """A TextMatchInput of one or two parts."""
        random = self.random
        parts: dict[str, Callable[[], Any]] = {
            "eq": lambda: random.choice(known),
            "in": lambda: random.sample(known, random.randint(0, 3)),
            "contains": lambda: random.choice(known),
            "startsWith": lambda: random.choice(known),
            "isNull": lambda: self.is_so(0.5),
        }
        return {name: parts[name]() for name in random.sample(sorted(parts), random.choice((1, 1, 1, 2)))}

    def _where(self) -> Part:
        """A condition on a metric; seldom on people, who are not counted for most groups."""
        of = self._ref() if self.is_so(0.1) else self._ref(_OF_PEOPLE)
        if self.is_so(0.2):
            return {"where": {"of": of, "isNull": self.is_so(0.3)}}
        bounds = self.random.sample(("gt", "gte", "lt", "lte"), self.random.choice((1, 1, 1, 2)))
        numbers = {bound: self.random.choice(_LOW if bound.startswith("g") else _HIGH) for bound in bounds}
        return {"where": {"of": of, **numbers}}

    def _ref(self, but: Collection[str] = ()) -> dict[str, str]:
        key = self.random.choice([key for key in _SHOWN if key not in but])
        return {"custom": key} if key in CUSTOMS else {"metric": next(name for name, of in KEYS.items() if of == key)}

    def _sort(self, asked: Part) -> Part:
        order = self.random.choice(_ORDERS)
        by = ["metric", "metric", "metric", "period"]
        by += ["change", "change"] if "compareTo" in asked else []
        by += ["name"] if self.level != "TENANT" else []
        by += ["tag"] if asked["groupBy"].get("tags") else []
        match self.random.choice(by):
            case "metric" | "change" as kind:
                return {kind: {"of": self._ref(), "order": order}}
            case "tag":
                return {"tag": {"field": self.random.choice(asked["groupBy"]["tags"]), "order": order}}
            case kind:
                return {kind: order}
