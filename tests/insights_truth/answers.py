"""The truth: a question about insights (InsightsInput as a client writes it) answered by loops over all stored rows."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from tests.insights_truth.conditions import holds, number_matches, parts_of, text_matches
from tests.insights_truth.days import Span, around, days_of, span_of, stands_for
from tests.insights_truth.metrics import MONEY, PEOPLE
from tests.insights_truth.numbers import Numbers, Terms
from tests.insights_truth.rows import Group, Question, Row, Truth, key_of, order_of
from tests.insights_truth.world import Account, AdDay, People, World

# The sets of breakdowns that can be asked for, and in which parts are stored.
SETS = (
    ("COUNTRY",), ("REGION",), ("COUNTRY", "REGION"), ("AGE",), ("GENDER",), ("AGE", "GENDER"),
    ("PUBLISHER_PLATFORM",), ("PUBLISHER_PLATFORM", "PLATFORM_POSITION"), ("PUBLISHER_PLATFORM", "DEVICE_PLATFORM"),
    ("PUBLISHER_PLATFORM", "IMPRESSION_DEVICE"), ("DEVICE_PLATFORM",), ("IMPRESSION_DEVICE",),
)  # fmt: skip
_PLACES = {"AD_ACCOUNT": "account_id", "CAMPAIGN": "campaign_id", "AD_SET": "ad_set_id", "AD": "ad_id"}
# Parts of a filter that may take rows out of a group of this level: people are counted for whole groups only.
_CUTTING = {
    "AD_ACCOUNT": {"campaignIds", "adSetIds", "adIds", "creativeIds", "tag"},
    "CAMPAIGN": {"adSetIds", "adIds", "creativeIds", "tag"},
    "AD": set[str](),
}


def uuid_of(global_id: str) -> UUID:
    """The uuid in an id of the API, which is base64url of `<type>:<uuid>`."""
    text = urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode()
    return UUID(text.partition(":")[2])


class Refused(Exception):
    """The question has no answer; `code` is that of the error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# The rows of a group now, and those of the comparison.
Sides = tuple[list[AdDay], list[AdDay]]


@dataclass(slots=True)
class Asker:
    """One question about one world."""

    world: World
    asked: Question
    level: str = field(init=False)
    grain: str = field(init=False)
    terms: Terms = field(init=False)
    # Those that rows are grouped by, in the order of their set, and those besides that a filter compares.
    breakdowns: tuple[str, ...] = field(init=False)
    needed: set[str] = field(init=False)
    accounts: dict[UUID, Account] = field(init=False)
    days: dict[UUID, Span] = field(init=False)
    # For each account: the day of the range for each day of the comparison.
    pairs: dict[UUID, dict[date, date]] = field(init=False)

    def __post_init__(self) -> None:
        group_by, compare = self.asked.get("groupBy", {}), self.asked.get("compareTo")
        self.level = group_by.get("level", "TENANT")
        self.grain = self.asked.get("grain", "NONE")
        self.terms = Terms(
            self.asked.get("attribution", "ACCOUNT_DEFAULT"), self.asked.get("currency"), self.world.customs
        )
        self.needed = {*group_by.get("breakdowns", ()), *breakdowns_in(self.asked.get("filter"))}
        [known, *_] = [each for each in SETS if self.needed <= {*each}]
        self.breakdowns = tuple(each for each in known if each in group_by.get("breakdowns", ()))
        ids = self.asked.get("adAccountIds")
        wanted = None if ids is None else {uuid_of(each) for each in ids}
        self.accounts = {
            each.id: each
            for each in self.world.accounts
            if (each.is_connected if wanted is None else each.id in wanted)
        }
        self.days = {
            each.id: days_of(self.asked["range"], self.world.now, each.time_zone) for each in self.accounts.values()
        }
        self.pairs = {of: stands_for(compare, days) if compare else {} for of, days in self.days.items()}

    def answer(self) -> Truth:
        """Raises Refused for a question that has no answer."""
        now = self._stored({of: {*days} for of, days in self.days.items()})
        then = self._stored({of: {*pairs} for of, pairs in self.pairs.items()})
        self._check(now, then)
        groups: dict[Group, Sides] = {}
        for side, rows in enumerate((now, then)):
            for row in rows:
                if self._is_wanted(row):
                    groups.setdefault(self._group_of(row, is_before=side == 1), ([], []))[side].append(row)
        kept = [row for row in (self._row(group, sides) for group, sides in groups.items()) if self._is_left(row)]
        currencies = {each.currency for each in self.accounts.values()}
        return Truth(
            rows=sorted((*kept, *self._gaps(kept)), key=order_of(self.asked.get("sort", ()))),
            totals=self._numbers([member for row in kept for member in row.numbers.rows]),
            before=self._numbers([member for row in kept if row.before for member in row.before.rows])
            if "compareTo" in self.asked
            else None,
            currency=self.terms.currency or (currencies.pop() if len(currencies) == 1 else None),
            days=self.whole,
            compared=_ends(day for pairs in self.pairs.values() for day in pairs),
        )

    def _check(self, now: Sequence[AdDay], then: Sequence[AdDay]) -> None:
        """Refuses what holds for no group, days without a pair, tags that nobody has, money beside another money."""
        if not self._has_people(self.days.values()):
            compared = compared_in(self.asked.get("having"))
            if any(self.terms.facts_of(key_of(each)) & PEOPLE for each in compared):
                raise Refused("BAD_USER_INPUT")
        given = self.asked.get("compareTo", {}).get("between")
        if given and self.grain != "NONE" and any(span_of(given).length != each.length for each in self.days.values()):
            raise Refused("BAD_USER_INPUT")
        if {*self.asked.get("groupBy", {}).get("tags", ())} - {field for _, field in self.world.tags}:
            raise Refused("BAD_USER_INPUT")
        changes = [each["change"]["of"] for each in self.asked.get("sort", ()) if "change" in each]
        numbers = [each["metric"]["of"] for each in self.asked.get("sort", ()) if "metric" in each]
        refs = [*numbers, *changes, *compared_in(self.asked.get("having"))]
        currencies = {row.currency for row in ((*now, *then) if changes else now)}
        if not self.terms.currency and len(currencies) > 1 and any(self._is_of_one_currency(each) for each in refs):
            raise Refused("MIXED_CURRENCY")

    def _is_of_one_currency(self, ref: Question) -> bool:
        """Whether a metric's values cannot be compared in several: amounts, and over all accounts their ratios too."""
        key = key_of(ref)
        is_ratio = self.level == "TENANT" and bool(self.terms.facts_of(key) & MONEY)
        return is_ratio or self.terms.metric(key).kind == "MONEY"

    def _stored(self, days: Mapping[UUID, set[date]]) -> list[AdDay]:
        """What is stored of these days: ad-days, or the parts of one set for each account."""
        if not self.needed:
            return [row for row in self.world.rows if row.day in days.get(row.account_id, ())]
        chosen = {of: self._set_read(of, asked) for of, asked in days.items()}
        return [
            row
            for row in self.world.parts
            if row.day in days.get(row.account_id, ()) and row.breakdowns == chosen[row.account_id]
        ]

    def _set_read(self, account_id: UUID, days: set[date]) -> tuple[str, ...]:
        """The set that holds the needed breakdowns and has more of the days than the others; else the smallest one."""
        holding = sorted((each for each in SETS if self.needed <= {*each}), key=len)
        read = {each: {*self.world.read.get((account_id, each), ())} & days for each in holding}
        return max(holding, key=lambda each: len(read[each]))

    def _numbers(self, rows: Sequence[AdDay], people: People | None = None) -> Numbers:
        return Numbers(rows, self.terms, people)

    @property
    def whole(self) -> Span:
        """From the earliest start to the latest end of the accounts' days."""
        spans = self.days.values()
        return Span(min(each.start for each in spans), max(each.end for each in spans))

    def _group_of(self, row: AdDay, *, is_before: bool) -> Group:
        day = self.pairs[row.account_id][row.day] if is_before else row.day
        start = None if self.grain == "NONE" else around(day, self.grain).start
        entity = self._entity_of(row)
        # The tenant, and ads whose creative is not known, are one group over all accounts.
        values = tuple(row.value(each) for each in self.breakdowns)
        fields = self.asked.get("groupBy", {}).get("tags", ())
        # Tags are those of the ads, whatever rows are about.
        tags = tuple((field, self.world.tags.get((row.ad_id, field))) for field in fields)
        return Group(start, None if entity is None else row.account_id, entity, values, tags)

    def _entity_of(self, row: AdDay) -> UUID | None:
        match self.level:
            case "TENANT":
                return None
            case "CREATIVE":
                return self._creative_of(row)
            case _:
                found: UUID = getattr(row, _PLACES[self.level])
                return found

    def _creative_of(self, row: AdDay) -> UUID | None:
        """The creative that the row's ad has now."""
        ad = self.world.entities("AD").get(row.ad_id)
        return ad.creative_id if ad else None

    def _is_wanted(self, row: AdDay) -> bool:
        def part_holds(part: str, value: Any) -> bool:
            entity_id = self._entity_of(row)
            if part == "name":
                return text_matches(self.world.name_of(self.level, entity_id), value)
            if part == "status":
                known = self.world.entities(self.level).get(entity_id) if entity_id else None
                return known is not None and known.status in value
            if part == "breakdown":
                return text_matches(row.value(value["breakdown"]), value["value"])
            if part == "tag":
                return text_matches(self.world.tags.get((row.ad_id, value["field"])), value["value"])
            of_row: dict[str, Callable[[], UUID | None]] = {
                "campaignIds": lambda: row.campaign_id,
                "adSetIds": lambda: row.ad_set_id,
                "adIds": lambda: row.ad_id,
                "creativeIds": lambda: self._creative_of(row),
            }
            return of_row[part]() in {uuid_of(each) for each in value}

        return holds(self.asked.get("filter", {}), part_holds)

    def _row(self, group: Group, sides: Sides) -> Row:
        span = self.days[group.account_id] if group.account_id else self.whole
        period = span
        if group.start is not None:
            whole = around(group.start, self.grain)
            period = Span(max(whole.start, span.start), min(whole.end, span.end))
        name = None if self.level == "TENANT" else self.world.name_of(self.level, group.entity_id)
        now, then = sides
        row = Row(group, period, name, self._numbers(now))
        if now and self._has_people(self.days.values()):
            row.numbers = self._numbers(now, self._people(group, period))
        if then:
            days_before = [_ends(pairs) for pairs in self.pairs.values()]
            people = self._has_people(filter(None, days_before)) and self._people(
                group, self._days_before(group, period)
            )
            row.before = self._numbers(then, people or None)
        return row

    def _days_before(self, group: Group, period: Span) -> Span | None:
        """What the period is compared with."""
        if group.account_id is None:
            return None
        pairs = self.pairs[group.account_id]
        return _ends(day for day, other in pairs.items() if group.start is None or other in period)

    def _has_people(self, days: Iterable[Span]) -> bool:
        """Whether people are counted: of ads by day, of campaigns and accounts for any period, of whole groups only."""
        if self.needed or self.level not in _CUTTING or parts_of(self.asked.get("filter")) & _CUTTING[self.level]:
            return False
        if "tags" in self.asked.get("groupBy", {}) and self.level != "AD":
            return False
        return self.level != "AD" or self.grain == "DAY" or all(each.length == 1 for each in days)

    def _people(self, group: Group, period: Span | None) -> People | None:
        if period is None:
            return None
        return self.world.people_of(self.level, group.entity_id, period.start, period.end)

    def _is_left(self, row: Row) -> bool:
        def where_holds(_part: str, condition: Any) -> bool:
            return number_matches(row.numbers.metric(key_of(condition["of"])), condition)

        return holds(self.asked.get("having", {}), where_holds)

    def _gaps(self, kept: Sequence[Row]) -> Iterator[Row]:
        """A row without numbers for each period that a group has none in."""
        if not self.asked.get("fillGaps"):
            return
        there = {row.group for row in kept}
        for each in {replace(group, start=None) for group in there}:
            days = self.days[each.account_id] if each.account_id else self.whole
            for start in {around(day, self.grain).start for day in days}:
                group = replace(each, start=start)
                if group not in there:
                    yield self._row(group, ([], []))


def _ends(days: Iterable[date]) -> Span | None:
    found = sorted(days)
    return Span(found[0], found[-1]) if found else None


def breakdowns_in(asked: Question | None) -> set[str]:
    """Every breakdown that a filter compares, at any depth."""
    if asked is None:
        return set()
    below = [*asked.get("all", ()), *asked.get("any", ()), *([asked["not"]] if "not" in asked else [])]
    own = {asked["breakdown"]["breakdown"]} if "breakdown" in asked else set[str]()
    return own.union(*map(breakdowns_in, below))


def compared_in(having: Question | None) -> list[Question]:
    """Every metric that a having compares, at any depth."""
    if having is None:
        return []
    below = [*having.get("all", ()), *having.get("any", ()), *([having["not"]] if "not" in having else [])]
    own = [having["where"]["of"]] if "where" in having else []
    return own + [each for part in below for each in compared_in(part)]
