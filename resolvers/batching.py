"""Loaders: all keys that an operation asks for at one moment are one query, and each key is asked for once.

What a row leads to is said once (`loaded`), for one row and for all rows of a list. No table is known here.
"""

from asyncio import Future, ensure_future, gather
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar, overload

import strawberry
from aiodataloader import DataLoader, dispatch_queue
from aiodataloader import Loader as Asked

from auth.viewer import Viewer
from models.database import Database, ReadSession

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")
V = TypeVar("V")

LARGEST_BATCH = 1000


async def nobody_waits() -> None:
    """For loaders outside of an operation of execution/: no objects wait for turns, so nothing has to be awaited."""


class BatchLoader(DataLoader[K, V]):
    """Strawberry's DataLoader, which also forgets a cancelled future, so that its key can be asked for again.

    It awaits `behind_all` before it asks for a batch: objects of a long list that still wait for their turn then belong
    to the same batch.
    """

    def __init__(
        self, batch: Callable[[list[K]], Coroutine[Any, Any, list[V]]], behind_all: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(batch, max_batch_size=LARGEST_BATCH)
        self._behind_all = behind_all

    def do_resolve_reject(self, key: K, future: "Future[V]") -> None:
        self._queue.append(Asked(key=key, future=future))
        if len(self._queue) == 1:
            # As in Strawberry: the batch begins two rounds of the event loop later, so that objects that are resolved
            # until then can add their keys.
            self.loop.call_soon(ensure_future, self._dispatch())

    async def _dispatch(self) -> None:
        await self._behind_all()
        dispatch_queue(self)

    def load(self, key: K) -> "Future[V]":
        cached = self._cache.get(key)
        if cached is not None and cached.cancelled():
            self._cache.pop(key)
        return super().load(key)


class LoaderOwner(Protocol):
    db: Database
    viewer: Viewer | None
    made: dict[str, Any]

    @property
    def behind_all(self) -> Callable[[], Awaitable[None]]: ...


class LoaderLine(Generic[K, V]):
    """A descriptor in the class Loaders: it makes its loader at the first use, once per operation."""

    def __init__(
        self, answer: Callable[[ReadSession, Sequence[K]], Awaitable[list[V]]], *, is_snapshot: bool = False
    ) -> None:
        """`is_snapshot`: it reads insights, as `Database.read` says."""
        self._answer, self._is_snapshot = answer, is_snapshot
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "LoaderLine[K, V]": ...
    @overload
    def __get__(self, instance: LoaderOwner, owner: type) -> BatchLoader[K, V]: ...
    def __get__(self, instance: LoaderOwner | None, owner: type) -> "LoaderLine[K, V] | BatchLoader[K, V]":
        if instance is None:
            return self
        loader: BatchLoader[K, V] | None = instance.made.get(self._name)
        if loader is None:
            loader = instance.made[self._name] = self._loader(instance)
        return loader

    def _loader(self, owner: LoaderOwner) -> BatchLoader[K, V]:
        async def batch(keys: list[K]) -> list[V]:
            async with owner.db.read(owner.viewer, is_snapshot=self._is_snapshot) as session:
                return await self._answer(session, keys)

        return BatchLoader(batch, owner.behind_all)


def one_row(
    query: Callable[[ReadSession, Sequence[K]], Awaitable[Sequence[R]]], key: Callable[[R], K] = attrgetter("id")
) -> LoaderLine[K, R | None]:
    """A loader of one row, or None, per key. `query` answers the rows of all keys in any order, `key` a row's key."""

    async def answer(session: ReadSession, keys: Sequence[K]) -> list[R | None]:
        rows = {key(row): row for row in await query(session, keys)}
        return [rows.get(each) for each in keys]

    return LoaderLine(answer)


# The name of a resolver's attribute for its list form; `schema.field.field` makes it known to the executor.
LIST_FORM = "list_form"


def with_list_form(resolver: Callable[..., Any], list_form: Callable[..., Any]) -> Callable[..., Any]:
    """The resolver, which knows its list form from now on."""
    setattr(resolver, LIST_FORM, list_form)
    return resolver


def loaded(ask: Callable[[Any, Any], Any], *, shows: Any) -> Callable[..., Any]:
    """The resolver of a field that a loader answers.

    `ask` is given the loaders and a parent, and answers what a loader promises, or what is at hand, such as None.
    `shows` is the class of what is loaded. A list form has the same parameters as the resolver, with all parents in
    place of one; the executor asks it once for a list (execution/plans).
    """

    async def one(root: strawberry.Parent[Any], info: strawberry.Info[Any, Any]) -> Any:
        [answer] = await answers_of([ask(info.context.loaders, root)])
        return answer

    async def many(root: Sequence[Any], info: strawberry.Info[Any, Any]) -> list[Any]:
        loaders = info.context.loaders
        return await answers_of([ask(loaders, parent) for parent in root])

    one.__annotations__["return"] = shows
    return with_list_form(one, many)


async def answers_of(asked: Sequence[Any]) -> list[Any]:
    """What was at hand or is promised, in order. Parents with the same key have the same promise."""
    promised = {id(each): each for each in asked if isinstance(each, Future)}
    answers = dict(zip(promised, await gather(*promised.values()), strict=True))
    return [answers.get(id(each), each) for each in asked]
