"""Completion: makes the answer of what resolvers return, as graphql-core does, but a long list takes turns.

graphql-core completes a list without a pause: lists of some thousand objects would keep the event loop for seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from typing import Any

from graphql.execution.executor import collect_iterator_awaitables
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from execution.limits.answered import Spliced
from execution.turns import Turns, turns

LONG = 50  # items; a shorter list is completed without turns


class Completion(StrawberryGraphQLCoreExecutionContext):
    """The executor of one operation. It waits for no turn before it has met a long list."""

    _turns: Turns | None = None

    def complete_list_value(self, *given: Any, **_none: Any) -> AwaitableOrValue[Any]:
        """Completes a list; one that is JSON already is its own answer. The parameters are as below."""
        return given[4] if type(given[4]) is Spliced else super().complete_list_value(*given)

    def complete_iterable_value(self, *given: Any, **_none: Any) -> AwaitableOrValue[list[Any]]:
        """Completes a list, a long one in turns.

        The parameters are taken as they come, since graphql-core passes them by position.
        """
        item_type, field_details_list, info, path, items, position_context = given
        is_long = isinstance(items, list | tuple) and len(items) > LONG
        # graphql-core hands a streamed list on item by item. Without an event loop no other operation could run.
        if not is_long or self.get_stream_usage(field_details_list, path) or not has_loop():
            return super().complete_iterable_value(*given)
        self._turns = turns()
        return self._complete_in_turns((item_type, field_details_list, info), path, iter(items), position_context)

    async def _complete_in_turns(
        self, place: tuple[Any, Any, Any], path: Path, items: Iterator[Any], position_context: Any
    ) -> list[Any]:
        """Completes the items as graphql-core's own method does, and waits for a turn before each of them.

        Like that method it ends the work that is pending when an item fails or the operation is cancelled.
        """
        completed: list[Any] = []
        pending: list[int] = []
        try:
            async for index, item in _by_turns(items):
                where = (*place, path.add_key(index, None), position_context)
                if self.is_awaitable(item):
                    completed.append(self.complete_awaitable_list_item_value(item, *where))
                    pending.append(index)
                elif self.complete_list_item_value(item, completed, *where):
                    pending.append(index)
        except asyncio.CancelledError:
            for index in pending:
                completed[index].close()
            raise
        except Exception:
            # Awaitables that nobody awaits would be reported by Python: they are awaited in the background.
            left = [completed[index] for index in pending]
            left.extend(collect_iterator_awaitables(items, self.is_awaitable))
            if left:
                self.settle_in_background(left)
            raise
        # Each item waits for a turn before it begins. Otherwise the resolvers of all items would begin in one round of
        # the loop.
        begun = [begun_in_turn(completed[index], turns()) for index in pending]
        done = await self.gather_async_work(begun) if pending else ()
        for index, value in zip(pending, done, strict=True):
            completed[index] = value
        return completed

    def complete_awaitable_value(self, *given: Any, **_none: Any) -> Coroutine[Any, Any, Any]:
        """Completes an awaitable, once there was a long list in a turn; the parameters are as above."""
        kind, field_details_list, info, path, result, position_context = given
        # A loader answers all items of a list at the same moment: without turns all of them would be completed at once.
        awaited = _then_in_turn(result, self._turns) if self._turns is not None else result
        return super().complete_awaitable_value(kind, field_details_list, info, path, awaited, position_context)


async def _by_turns(items: Iterator[Any]) -> AsyncIterator[tuple[int, Any]]:
    """The items with their indexes; waits for a turn before each."""
    clock = turns()
    for index, item in enumerate(items):
        await clock.mine()
        yield index, item


async def begun_in_turn(work: Coroutine[Any, Any, Any], clock: Turns) -> Any:
    try:
        await clock.mine()
    except asyncio.CancelledError:  # nobody will await the coroutine any more
        work.close()
        raise
    return await work


async def _then_in_turn(result: Awaitable[Any], clock: Turns) -> Any:
    value = await result
    await clock.mine()
    return value


def has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
