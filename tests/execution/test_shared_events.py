"""Events that several subscribers get: one execution for what is the same for all of them, and nothing else shared."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import strawberry

from errors import DatabaseUnavailable
from execution import shared_events
from execution.engine import Engine
from execution.shared_events import MOST_ANSWERS, SharedEvent
from tests.execution.conftest import Context


@dataclass
class Feed:
    """One event for everybody; `go_on` lets slow fields end."""

    notes: dict[Any, Any] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Listener(Context):
    feed: Feed = field(default_factory=Feed)


@strawberry.type
class Parcel:
    @strawberry.field
    def weight(self, root: strawberry.Parent[Feed]) -> int:
        root.executed.append("weight")
        return 7

    @strawberry.field
    def wrong(self, root: strawberry.Parent[Feed]) -> int | None:
        root.executed.append("wrong")
        raise DatabaseUnavailable("away")

    @strawberry.field
    def owner(self, root: strawberry.Parent[Feed], info: strawberry.Info) -> str | None:
        root.executed.append("owner")
        return str(info.context.viewer)

    @strawberry.field
    async def slow(self, root: strawberry.Parent[Feed], info: strawberry.Info) -> str | None:
        root.executed.append("slow")
        await root.go_on.wait()
        return str(info.context.viewer)

    @strawberry.field
    def times(self, root: strawberry.Parent[Feed], number: int) -> int:
        root.executed.append(f"times {number}")
        return 7 * number


@strawberry.type
class Query:
    hello: str = "you"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def parcels(self, info: strawberry.Info) -> AsyncGenerator[Parcel, None]:
        feed = info.context.feed
        yield SharedEvent(feed, feed.notes, info.context.viewer)  # type: ignore[misc]  # as our resolvers do


ENGINE = Engine(Query, subscription=Subscription)


async def hear(feed: Feed, selection: str, viewer: str = "ann", /, **variables: Any) -> Any:
    """The first event of one subscriber: its data, or its errors' codes with the request they are of."""
    text = selection if selection.startswith("subscription") else f"subscription {{ parcels {{ {selection} }} }}"
    context = Listener(f"request of {viewer}", viewer, feed=feed)
    result: Any = await anext(await ENGINE.stream(text, context_value=context, variable_values=variables))
    told = [f"{each.extensions['code']}: {each.extensions['requestId']}" for each in result.errors or ()]
    return told or result.data["parcels"]


async def test_the_same_selection_is_executed_once_for_all() -> None:
    feed = Feed()
    answers = await asyncio.gather(*(hear(feed, "weight", viewer) for viewer in ("ann", "bob", "eve")))
    assert answers == [{"weight": 7}] * 3
    assert feed.executed == ["weight"]
    assert await hear(feed, "a: weight") == {"a": 7}
    assert feed.executed == ["weight"] * 2


async def test_what_asks_who_asks_is_shared_by_one_viewer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_events, "LOADED_KEPT_S", 0)
    feed = Feed()
    feed.go_on.set()
    viewers = ["ann", "bob", "ann", "eve"]
    answers = await asyncio.gather(*(hear(feed, "weight slow", viewer) for viewer in viewers))
    assert [answer["slow"] for answer in answers] == viewers
    assert sorted(feed.executed) == sorted(["weight", "slow"] * 3)
    await asyncio.sleep(0.001)
    assert feed.notes == {}  # what was loaded for somebody is not kept for the next news


@pytest.mark.parametrize("selection", ["...f", "... on Parcel { owner }"])
async def test_so_is_what_a_fragment_asks(selection: str) -> None:
    feed, text = Feed(), f"subscription {{ parcels {{ {selection} }} }}"
    text += " fragment f on Parcel { owner }" if "...f" in selection else ""
    assert [await hear(feed, text, viewer) for viewer in ("ann", "bob")] == [{"owner": "ann"}, {"owner": "bob"}]


async def test_variables_are_part_of_the_question() -> None:
    feed, text = Feed(), "subscription ($n: Int!) { parcels { times(number: $n) } }"
    answers = [await hear(feed, text, n=number) for number in (1, 2, 1)]
    assert answers == [{"times": 7}, {"times": 14}, {"times": 7}]
    assert feed.executed == ["times 1", "times 2"]


async def test_errors_are_each_ones_own() -> None:
    feed = Feed()
    answers = [await hear(feed, "wrong", viewer) for viewer in ("ann", "bob")]
    assert answers == [[f"DATABASE_UNAVAILABLE: request of {viewer}"] for viewer in ("ann", "bob")]


async def test_who_came_first_may_leave_while_others_wait_for_the_answer() -> None:
    feed = Feed()
    first, second = (asyncio.create_task(hear(feed, "slow")) for _ in range(2))
    async with asyncio.timeout(5):
        while not feed.executed:  # noqa: ASYNC110 - it is executed within a tick
            await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    feed.go_on.set()
    assert await second == {"slow": "ann"}
    assert feed.executed == ["slow"]


async def test_another_event_is_executed_anew() -> None:
    feed = Feed()
    await hear(feed, "weight")
    await hear(replace(feed, notes={}), "weight")
    assert feed.executed == ["weight"] * 2


async def test_what_is_kept_of_an_event_is_bounded() -> None:
    feed = Feed()
    for number in range(2 * MOST_ANSWERS):
        assert await hear(feed, f"a{number}: weight") == {f"a{number}": 7}
    assert len(feed.notes) == MOST_ANSWERS
