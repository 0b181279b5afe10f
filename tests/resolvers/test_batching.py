"""Loaders: one query for many keys, keys that nobody answers, and a waiter that gave up."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from auth.viewer import Viewer
from execution import turns
from resolvers.batching import nobody_waits, one_row
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import entity_world, statements


@dataclass
class Row:
    id: int


@dataclass
class Asked:
    """What the queries below were asked for, batch by batch."""

    batches: list[list[int]] = field(default_factory=list)


class NoDatabase:
    @asynccontextmanager
    async def read(self, _viewer: object, *, is_snapshot: bool) -> Any:
        yield Asked()


asked = Asked()


async def rows_by_ids(_session: object, ids: Sequence[int]) -> list[Row]:
    asked.batches.append(list(ids))
    return [Row(row_id) for row_id in reversed(ids) if row_id < 10]


@dataclass
class Loaders:
    db: Any = field(default_factory=NoDatabase)
    viewer: Viewer | None = None
    behind_all: Callable[[], Awaitable[None]] = nobody_waits
    made: dict[str, Any] = field(default_factory=dict)

    rows_by_id = one_row(rows_by_ids)


@pytest.fixture
async def loaders() -> Loaders:
    asked.batches.clear()
    return Loaders()


async def test_many_keys_are_one_query_and_an_unknown_one_is_none(loaders: Loaders) -> None:
    found = await asyncio.gather(*(loaders.rows_by_id.load(key) for key in (3, 1, 99, 3)))
    assert [row and row.id for row in found] == [3, 1, None, 3]
    assert asked.batches == [[3, 1, 99]]


async def test_what_was_loaded_is_not_asked_again(loaders: Loaders) -> None:
    await loaders.rows_by_id.load(1)
    await loaders.rows_by_id.load(1)
    assert asked.batches == [[1]]


async def test_a_cancelled_waiter_leaves_the_key_loadable(loaders: Loaders) -> None:
    waiter = asyncio.ensure_future(loaders.rows_by_id.load(1))
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert await loaders.rows_by_id.load(1) == Row(1)


async def test_a_batch_is_asked_behind_those_who_are_about_to_join_it(loaders: Loaders) -> None:
    arrived = asyncio.Event()

    async def wait() -> None:
        await arrived.wait()

    loaders.behind_all = wait
    first = asyncio.ensure_future(loaders.rows_by_id.load(1))
    for _ in range(9):
        await asyncio.sleep(0)
    second = asyncio.ensure_future(loaders.rows_by_id.load(2))
    await asyncio.sleep(0)
    arrived.set()
    assert [await first, await second] == [Row(1), Row(2)]
    assert asked.batches == [[1, 2]]


async def test_a_long_list_is_one_batch_however_short_its_turns(
    tools: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await entity_world(tools.db)
    campaigns = await world.campaigns(await world.account(), *map(str, range(120)))
    await world.ad_sets(campaigns[-1], "one")
    asked_for = "{ campaigns(first: 120) { nodes { adAccount { name } adSets { totalCount nodes { id } } } } }"
    answers, numbers = [], []
    for length_s in (60.0, -1.0):
        monkeypatch.setattr(turns, "TURN_S", length_s)
        with statements(tools.db) as sent:
            answers.append(await Door(tools, world.viewer).ask(asked_for))
        numbers.append(len([each for each in sent if each.startswith(("SELECT", "WITH"))]))
    assert answers[0] == answers[1]
    assert len(answers[0].data["campaigns"]["nodes"]) == 120
    assert numbers == [4, 4]
