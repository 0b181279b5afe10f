"""Random parts of two accounts: they add up to the whole wherever both were read, from one set for each account."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.meta.breakdowns import COMBINATIONS, sets_with
from analytics.periods import DateRange
from models.insights.day_swap import StoredInsight
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import insight_world, more_insights, naive_sums
from tests.worlds.parts import PartsWorld, Sets

DAYS = DateRange(date(2026, 11, 1), date(2026, 11, 9))
ROWS = """
query($input: InsightsInput!) { insights(input: $input) {
  rows(first: 1000) { nodes {
    key entity { id } period { start }
    dimensions { country region age gender publisherPlatform platformPosition devicePlatform impressionDevice }
    metrics { spend impressions clicksAll } } totalCount }
  totals { spend impressions clicksAll }
} }
"""
Numbers = tuple[Decimal | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Case:
    """Which sets were read of each account, over which days, and by what is asked."""

    read: tuple[tuple[tuple[Sets, DateRange], ...], ...]
    needed: Sets
    level: str
    grain: str


def case_of(random: Random) -> Case:
    needed = random.choice(COMBINATIONS)
    holders = sets_with(needed)

    def spans() -> tuple[tuple[Sets, DateRange], ...]:
        read = random.sample(holders, random.randint(0, len(holders)))
        return tuple((each, span(random)) for each in read)

    return Case(
        (spans(), spans()),
        needed,
        random.choice(("TENANT", "AD_ACCOUNT", "CAMPAIGN", "AD")),
        random.choice(("NONE", "DAY", "WEEK")),
    )


def span(random: Random) -> DateRange:
    first, last = sorted(random.choices(range(DAYS.days), k=2))
    return DateRange(DAYS.start + timedelta(days=first), DAYS.start + timedelta(days=last))


def parts_of(account: PartsWorld, needed: Sets) -> tuple[Sets | None, Sequence[StoredInsight]]:
    """The set of which most days were read, the one with fewer breakdowns if two have as many; and its parts."""
    read = [(each, *account.stored[each]) for each in sets_with(needed) if each in account.stored]
    if not read:
        return None, ()
    chosen, _, parts = max(read, key=lambda each: (each[1].days, -len(each[0])))
    return chosen, parts


def numbers(rows: Iterable[StoredInsight]) -> Numbers:
    sums = naive_sums(rows)
    return sums["spend"], sums["impressions"], sums["clicks_all"]


def shown(metrics: dict[str, Any]) -> Numbers:
    spend = metrics["spend"]
    counts = (None if metrics[name] is None else int(metrics[name]) for name in ("impressions", "clicksAll"))
    return (None if spend is None else Decimal(str(spend)), *counts)  # type: ignore[return-value]  # three of them


def entity_of(row: StoredInsight, account: PartsWorld, level: str) -> str | None:
    ids: dict[str, tuple[str, UUID]] = {
        "AD_ACCOUNT": ("AdAccount", account.account_id),
        "CAMPAIGN": ("Campaign", row.campaign_id),
        "AD": ("Ad", row.ad_id),
    }
    return encode_id(*ids[level]) if level in ids else None


def start_of(day: date, grain: str) -> date:
    """The first day of a row's period, which is cut to the range."""
    if grain == "WEEK":
        return max(DAYS.start, day - timedelta(days=day.weekday()))
    return day if grain == "DAY" else DAYS.start


def expected(accounts: Sequence[PartsWorld], case: Case) -> dict[Any, Numbers]:
    groups: dict[Any, list[StoredInsight]] = {}
    for account in accounts:
        chosen, parts = parts_of(account, case.needed)
        for part in parts:
            assert chosen is not None
            values = dict(zip(chosen, part.values, strict=True))
            key = (
                entity_of(part, account, case.level),
                str(start_of(part.day, case.grain)),
                *(values[each] or None for each in case.needed),
            )
            groups.setdefault(key, []).append(part)
    return {key: numbers(parts) for key, parts in groups.items()}


def field_of(name: str) -> str:
    first, *others = name.lower().split("_")
    return first + "".join(each.capitalize() for each in others)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
async def test_random_parts_equal_plain_loops_and_add_up_to_the_whole(tools: Toolbox, seed: int) -> None:
    case = case_of(Random(seed))
    world = await insight_world(tools.db, store=False)
    accounts = [PartsWorld(world), PartsWorld(await more_insights(world.entities, store=False))]
    for account, read in zip(accounts, case.read, strict=True):
        await account.world.store(DAYS, account.world.random_rows(DAYS, seed=seed % 1000))
        for breakdowns, days in read:
            await account.read(days, *breakdowns)
    door = Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)
    asked: dict[str, Any] = {
        "range": {"between": {"from": str(DAYS.start), "to": str(DAYS.end)}},
        "grain": case.grain,
        "groupBy": {"level": case.level, "breakdowns": [*case.needed]},
    }
    answer = await door.ask(ROWS, input=asked)
    assert answer.codes == [], answer.messages
    found = answer.data["insights"]
    rows = {
        (
            row["entity"] and row["entity"]["id"],
            row["period"]["start"],
            *(row["dimensions"][field_of(each)] for each in case.needed),
        ): shown(row["metrics"])
        for row in found["rows"]["nodes"]
    }
    wanted = expected(accounts, case)
    assert rows == wanted
    assert found["rows"]["totalCount"] == len(wanted) == len({row["key"] for row in found["rows"]["nodes"]})
    # The whole ad-days of exactly the days that were read of each account.
    whole = [
        row
        for account in accounts
        for chosen, _ in [parts_of(account, case.needed)]
        if chosen is not None
        for row in account.world.rows
        if row.day in account.stored[chosen][0]
    ]
    assert shown(found["totals"]) == numbers(whole)
