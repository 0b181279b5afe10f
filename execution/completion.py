"""Completion: values become the answer as in graphql-core, but a long list lets other operations run in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from typing import Any

from graphql.execution.executor import collect_iterator_awaitables
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from execution.turns import Turns, turns

LONG = 50  # items; a shorter list is completed at once


class Completion(StrawberryGraphQLCoreExecutionContext):
    """One operation's. Until it meets a long list it never waits for a turn."""

    _turns: Turns | None = None

    def complete_iterable_value(self, *given: Any, **_none: Any) -> AwaitableOrValue[list[Any]]:
        """Its parameters are graphql-core's, which hands them over in order."""
        item_type, field_details_list, info, path, items, position_context = given
        is_long = isinstance(items, list | tuple) and len(items) > LONG
        # A streamed list is handed on item by item; without a loop there is nobody to let run.
        if not is_long or self.get_stream_usage(field_details_list, path) or not _has_loop():
            return super().complete_iterable_value(*given)
        self._turns = turns()
        return self._complete_in_turns((item_type, field_details_list, info), path, iter(items), position_context)

    async def _complete_in_turns(
        self, place: tuple[Any, Any, Any], path: Path, items: Iterator[Any], position_context: Any
    ) -> list[Any]:
        """As graphql-core's own, with its care for what is still pending when an item fails."""
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
            left = [completed[index] for index in pending]
            left.extend(collect_iterator_awaitables(items, self.is_awaitable))
            if left:
                self.settle_in_background(left)
            raise
        # Else the resolvers of all items would begin at once.
        begun = [_begun_in_turn(completed[index], turns()) for index in pending]
        done = await self.gather_async_work(begun) if pending else ()
        for index, value in zip(pending, done, strict=True):
            completed[index] = value
        return completed

    def complete_awaitable_value(self, *given: Any, **_none: Any) -> Coroutine[Any, Any, Any]:
        """As above."""
        kind, field_details_list, info, path, result, position_context = given
        # What a loader answers arrives for all items of a list at once.
        awaited = _then_in_turn(result, self._turns) if self._turns is not None else result
        return super().complete_awaitable_value(kind, field_details_list, info, path, awaited, position_context)


async def _by_turns(items: Iterator[Any]) -> AsyncIterator[tuple[int, Any]]:
    clock = turns()
    for index, item in enumerate(items):
        await clock.mine()
        yield index, item


async def _begun_in_turn(work: Coroutine[Any, Any, Any], clock: Turns) -> Any:
    try:
        await clock.mine()
    except asyncio.CancelledError:  # nobody will await it
        work.close()
        raise
    return await work


async def _then_in_turn(result: Awaitable[Any], clock: Turns) -> Any:
    value = await result
    await clock.mine()
    return value


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
