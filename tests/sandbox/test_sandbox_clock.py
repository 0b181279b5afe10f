"""Owns what stays and what moves in the sandbox's numbers: determinism, restatement, time zones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import aiohttp
import pytest

from sandbox.meta.clock import Clock
from sandbox.server import run_sandbox
from tests.sandbox.graph_client import ADMIN_TOKEN, CONFIG, FIRST_DAY, NOON, TODAY, Graph, Row, action, number

FIELDS = {"fields": "ad_id,impressions,spend,reach,actions,action_values", "level": "ad", "time_increment": "1"}
RECENT = TODAY - timedelta(days=10)


def by_ad(rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {(row["ad_id"], row["date_start"]): row for row in rows}


async def days(graph: Graph, since: date, until: date) -> dict[tuple[str, str], Row]:
    return by_ad(await graph.insights("act_1001", since, until, **FIELDS))


async def test_two_sandboxes_give_the_same_answers(graph: Graph, http: aiohttp.ClientSession) -> None:
    async with run_sandbox(CONFIG) as another:
        second = Graph(another, http)
        assert await days(second, RECENT, TODAY) == await days(graph, RECENT, TODAY)
        ads = {"fields": "name,effective_status,creative{name,video_id,image_hash}", "limit": "100"}
        assert await second.all_rows("act_1003/ads", **ads) == await graph.all_rows("act_1003/ads", **ads)


async def test_another_seed_gives_other_numbers(graph: Graph, http: aiohttp.ClientSession) -> None:
    async with run_sandbox(replace(CONFIG, seed=8)) as another:
        assert await days(Graph(another, http), RECENT, TODAY) != await days(graph, RECENT, TODAY)


async def test_a_day_says_the_same_from_a_sandbox_opened_later(graph: Graph, http: aiohttp.ClientSession) -> None:
    settled_on = TODAY - timedelta(days=40)
    async with run_sandbox(replace(CONFIG, today=TODAY + timedelta(days=3))) as later:
        assert await days(Graph(later, http), settled_on, settled_on) == await days(graph, settled_on, settled_on)


async def test_conversions_only_grow_and_delivery_stays(own_graph: Graph) -> None:
    since, until = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    seen = []
    for age in (0, 1, 3, 7, 14, 28, 29, 60):
        own_graph.server.admin.set_clock(TODAY + timedelta(days=age))
        seen.append(await days(own_graph, since, until))
    for before, after in pairwise(seen):
        assert before.keys() == after.keys()
        for key, row in before.items():
            assert (row["impressions"], row["spend"]) == (after[key]["impressions"], after[key]["spend"])
            for name in ("omni_purchase", "omni_add_to_cart", "lead"):
                assert action(row, name) <= action(after[key], name)
    purchases = [sum(action(row, "omni_purchase") for row in found.values()) for found in seen]
    assert purchases[0] < purchases[2] < purchases[5]
    assert seen[5:] == [seen[5]] * 3


async def test_today_is_only_part_of_a_day(own_graph: Graph) -> None:
    partial = await days(own_graph, TODAY, TODAY)
    own_graph.server.admin.set_clock(TODAY + timedelta(days=1))
    full = await days(own_graph, TODAY, TODAY)
    assert all(number(row, "impressions") <= number(full[key], "impressions") for key, row in partial.items())
    assert sum(number(row, "spend") for row in partial.values()) < 0.7 * sum(
        number(row, "spend") for row in full.values()
    )


async def test_history_grows_at_its_end_and_keeps_its_beginning(own_graph: Graph) -> None:
    own_graph.server.admin.set_clock(TODAY + timedelta(days=5))
    found = await own_graph.insights(
        "act_1001", FIRST_DAY, TODAY + timedelta(days=9), level="account", time_increment="1"
    )
    assert found[0]["date_start"] == FIRST_DAY.isoformat()
    assert found[-1]["date_start"] == (TODAY + timedelta(days=5)).isoformat()


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(23, ("2026-11-21", "2026-11-21", "2026-11-22")), (3, ("2026-11-21", "2026-11-20", "2026-11-21"))],
)
async def test_today_is_each_accounts_own(own_graph: Graph, hour: int, expected: tuple[str, str, str]) -> None:
    own_graph.server.admin.set_clock(datetime(2026, 11, 21, hour, 30, tzinfo=UTC) - timedelta(hours=hour == 23))
    found = []
    for account in ("act_1001", "act_1002", "act_1003"):
        body = await own_graph.get(f"{account}/insights", date_preset="today")
        found.append(body["data"][0]["date_start"])
    assert tuple(found) == expected


async def test_things_of_the_future_are_not_there_yet(own_graph: Graph) -> None:
    ads = {row["id"] for row in await own_graph.all_rows("act_1001/ads", limit="100")}
    own_graph.server.admin.set_clock(FIRST_DAY)
    early = {row["id"] for row in await own_graph.all_rows("act_1001/ads", limit="100")}
    assert early < ads
    assert await own_graph.error(min(ads - early)) == (400, 100, 33)


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock().set(datetime(2026, 11, 21, 12))  # noqa: DTZ001 - the naive instant is what is refused


async def test_a_clock_can_be_ahead_and_go_on(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    url = f"{own_graph.server.url}/_sandbox/skew"
    async with own_graph.session.post(url, json={"seconds": 600}, headers={"X-Sandbox-Token": ADMIN_TOKEN}) as answer:
        assert answer.status == 200
    assert admin.sandbox.clock.now() == NOON + timedelta(minutes=10)
    admin.set_clock(None)
    assert admin.sandbox.clock.now() - datetime.now(UTC) > timedelta(minutes=9)
    admin.reset()
    assert admin.sandbox.clock.now() == NOON
