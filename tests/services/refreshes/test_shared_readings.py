"""Many subscribers, one reading: shared by those who ask together, and never older than what each of them heard."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from errors import DatabaseUnavailable
from models.listener import Topic, Watch
from services.refreshes.shared_readings import MOST_READINGS, read_together


class Store:
    """Numbers its readings; each takes until `go_on` is set."""

    def __init__(self) -> None:
        self.topic = Topic(lambda: self.is_connected)
        self.is_connected = True
        self.begun = 0
        self.ended = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.fails = False

    async def load(self) -> int:
        self.begun += 1
        number = self.begun
        try:
            await self.go_on.wait()
        finally:
            self.ended += 1
        if self.fails:
            raise DatabaseUnavailable("away")
        return number

    def ask(self, key: Any = "job", *, anew: bool = False) -> "asyncio.Task[int]":
        return asyncio.create_task(read_together(Watch(self.topic), key, self.load, anew=anew))


async def until(is_so: Any) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - what is waited for happens within some ticks
            await asyncio.sleep(0)


async def test_who_asks_at_once_shares_one_reading() -> None:
    store = Store()
    assert await asyncio.gather(*(store.ask() for _ in range(50))) == [1] * 50
    assert await asyncio.gather(*(store.ask("another job") for _ in range(50))) == [2] * 50


async def test_a_reading_is_good_until_there_is_news() -> None:
    store = Store()
    assert [await store.ask(), await store.ask()] == [1, 1]
    store.topic.ring()
    assert [await store.ask(), await store.ask()] == [2, 2]


async def test_while_nothing_can_be_heard_everybody_reads() -> None:
    store = Store()
    await store.ask()
    store.is_connected = False
    assert [await store.ask(), await store.ask()] == [2, 3]


async def test_nobody_is_told_what_was_read_before_they_asked_for_the_first_time() -> None:
    store = Store()
    store.go_on.clear()
    first = store.ask(anew=True)
    await until(lambda: store.begun == 1)
    later = [store.ask(anew=True) for _ in range(10)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert store.begun == 1  # the second reading waits for the first, and all who come meanwhile share it
    store.go_on.set()
    assert (await first, await asyncio.gather(*later)) == (1, [2] * 10)


async def test_news_during_a_reading_makes_another_one() -> None:
    store = Store()
    store.go_on.clear()
    first = store.ask()
    await until(lambda: store.begun == 1)
    store.topic.ring()
    second = store.ask()
    store.go_on.set()
    assert (await first, await second) == (1, 2)


async def test_a_reading_outlives_whoever_began_it_and_ends_with_the_last_who_waits() -> None:
    store = Store()
    store.go_on.clear()
    first, second = store.ask(), store.ask()
    await until(lambda: store.begun == 1)
    first.cancel()
    await asyncio.wait([first])
    assert store.ended == 0
    second.cancel()
    await asyncio.wait([second])
    await until(lambda: store.ended == 1)
    assert store.topic.shelf == {}
    store.go_on.set()
    assert await store.ask() == 2


async def test_an_error_is_told_to_all_who_waited_and_is_not_kept() -> None:
    store = Store()
    store.fails = True
    told = await asyncio.gather(*(store.ask() for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in told] == [DatabaseUnavailable] * 3
    store.fails = False
    assert await store.ask() == 2


async def test_what_is_kept_is_bounded() -> None:
    store = Store()
    for key in range(5 * MOST_READINGS):
        await store.ask(key)
    assert len(store.topic.shelf) <= MOST_READINGS


@pytest.mark.parametrize("jobs", [1, 5_000])
async def test_a_watch_that_nobody_looks_at_holds_no_more_than_a_flag(jobs: int) -> None:
    watch: Watch[UUID] = Watch(Topic(lambda: True))
    await watch.changed()
    for _ in range(jobs):
        watch.ring(uuid4())
    assert len(watch._changed) <= 1_000
    assert len(await watch.changed()) == (1 if jobs == 1 else 0)
