"""The truth: a question about insights (InsightsInput as a client writes it) answered by loops over all stored rows."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cmp_to_key
from typing import Any
from uuid import UUID

from tests.insights_truth.conditions import folded, holds, parts_of, text_matches
from tests.insights_truth.days import Span, around, days_of
from tests.insights_truth.metrics import METRICS, in_words
from tests.insights_truth.numbers import Numbers
from tests.insights_truth.world import Account, AdDay, World

Question = Mapping[str, Any]

KEYS = {in_words(key): key for key in METRICS}
_PLACES = {"AD_ACCOUNT": "account_id", "CAMPAIGN": "campaign_id", "AD_SET": "ad_set_id", "AD": "ad_id"}
# Parts of a filter that may take rows out of a group of this level: people are counted for whole groups only.
_CUTTING = {
    "AD_ACCOUNT": {"campaignIds", "adSetIds", "adIds", "creativeIds"},
    "CAMPAIGN": {"adSetIds", "adIds", "creativeIds"},
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


@dataclass(frozen=True, slots=True)
class Group:
    """What a row of the answer is about. `start` is the first day of the whole period, None without a grain."""

    start: date | None
    account_id: UUID | None
    entity_id: UUID | None


@dataclass(slots=True)
class Row:
    group: Group
    period: Span
    name: str | None
    numbers: Numbers

    @property
    def place(self) -> tuple[date, UUID]:
        """The order of rows that no sort key tells apart: period, then entity."""
        return (self.group.start or date.min, self.group.entity_id or UUID(int=0))


@dataclass(slots=True)
class Truth:
    """The rows in order; `currency` is that of numbers without rows."""

    rows: list[Row]
    totals: Numbers
    currency: str | None
    days: Span


@dataclass(slots=True)
class Asker:
    """One question about one world."""

    world: World
    asked: Question
    level: str = field(init=False)
    grain: str = field(init=False)
    accounts: dict[UUID, Account] = field(init=False)
    days: dict[UUID, Span] = field(init=False)

    def __post_init__(self) -> None:
        group_by = self.asked.get("groupBy", {})
        self.level = group_by.get("level", "TENANT")
        self.grain = self.asked.get("grain", "NONE")
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

    def answer(self) -> Truth:
        """Raises Refused where the question compares or sorts money of several currencies."""
        asked_rows = [row for row in self.world.rows if row.account_id in self.days and not row.breakdowns]
        in_range = [row for row in asked_rows if row.day in self.days[row.account_id]]
        if self._sorts_money() and len({row.currency for row in in_range}) > 1:
            raise Refused("MIXED_CURRENCY")
        kept = [row for row in in_range if self._is_wanted(row)]
        groups: dict[Group, list[AdDay]] = {}
        for row in kept:
            groups.setdefault(self._group_of(row), []).append(row)
        rows = [self._row(group, members) for group, members in groups.items()]
        currencies = {each.currency for each in self.accounts.values()}
        return Truth(
            rows=sorted(rows, key=cmp_to_key(self.compare)),
            totals=Numbers(kept, self.attribution),
            currency=currencies.pop() if len(currencies) == 1 else None,
            days=self.whole,
        )

    @property
    def attribution(self) -> str:
        return str(self.asked.get("attribution", "ACCOUNT_DEFAULT"))

    @property
    def whole(self) -> Span:
        """From the earliest start to the latest end of the accounts' days."""
        spans = self.days.values()
        return Span(min(each.start for each in spans), max(each.end for each in spans))

    def _sorts_money(self) -> bool:
        keys = [KEYS[each["metric"]["of"]["metric"]] for each in self.asked.get("sort", ()) if "metric" in each]
        return any(METRICS[key].kind == "MONEY" for key in keys)

    def _group_of(self, row: AdDay) -> Group:
        start = None if self.grain == "NONE" else around(row.day, self.grain).start
        account = None if self.level == "TENANT" else row.account_id
        return Group(start, account, self._entity_of(row))

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
            of_row: dict[str, Callable[[], UUID | None]] = {
                "campaignIds": lambda: row.campaign_id,
                "adSetIds": lambda: row.ad_set_id,
                "adIds": lambda: row.ad_id,
                "creativeIds": lambda: self._creative_of(row),
            }
            return of_row[part]() in {uuid_of(each) for each in value}

        return holds(self.asked.get("filter", {}), part_holds)

    def _row(self, group: Group, members: Sequence[AdDay]) -> Row:
        span = self.days[group.account_id] if group.account_id else self.whole
        period = span
        if group.start is not None:
            whole = around(group.start, self.grain)
            period = Span(max(whole.start, span.start), min(whole.end, span.end))
        name = None if self.level == "TENANT" else self.world.name_of(self.level, group.entity_id)
        people = None
        if self._has_people():
            people = self.world.people_of(self.level, group.entity_id, period.start, period.end)
        return Row(group, period, name, Numbers(members, self.attribution, people))

    def _has_people(self) -> bool:
        """Whether people are counted for such groups: of ads by day, of campaigns and accounts for any period."""
        if self.level not in _CUTTING or parts_of(self.asked.get("filter")) & _CUTTING[self.level]:
            return False
        is_daily = self.grain == "DAY" or all(each.length == 1 for each in self.days.values())
        return is_daily or self.level != "AD"

    def compare(self, one: Row, other: Row) -> int:
        """Less than 0 where `one` comes first: by the sort keys, nulls last, then by period and entity."""
        for key in self.asked.get("sort", ()):
            [(by, how)] = key.items()
            order = how["order"] if by == "metric" else how
            first, second = (self._sort_value(row, by, how) for row in (one, other))
            if first != second:
                return _in_order(first, second, is_descending=order == "DESC")
        return -1 if one.place < other.place else 1

    def _sort_value(self, row: Row, by: str, how: Any) -> Any:
        if by == "metric":
            return row.numbers.metric(KEYS[how["of"]["metric"]])
        return row.name and folded(row.name) if by == "name" else row.group.start


def _in_order(first: Any, second: Any, *, is_descending: bool) -> int:
    if first is None or second is None:
        return 1 if first is None else -1
    is_first = first > second if is_descending else first < second
    return -1 if is_first else 1
