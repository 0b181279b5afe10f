"""Owns how lists are read of which Meta refuses parts; must not know what is in them.

A page goes by halves down to one row, the row that is refused by its id, and an object by its fields. What is refused
still is a loss with a name, and everything else is read. A list ends before a row whose id cannot be had either;
change_windows.py goes on around it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import msgspec

from integrations.errors import (
    IntegrationError,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    TimedOut,
    TooLarge,
    TooMuchData,
)
from integrations.meta.decoding import UNTOLD, Decoder, MetaRow, RowPage, untold_too
from integrations.meta.faults import refused_field
from integrations.meta.graph import Graph
from integrations.meta.list_memory import MOST_LOST_OBJECTS, ListMemory, Loss
from integrations.meta.paging import Paging

T = TypeVar("T", bound=MetaRow)

# What Meta takes in one call by ids.
_IDS_PER_CALL = 50
# A page that does not come in time is asked for in quarters, but not in ever smaller ones: then the platform is away.
_LEAST_TIMED_OUT = 25


class _Ids(msgspec.Struct, frozen=True):
    id: str


class IdPage(msgspec.Struct, frozen=True):
    data: list[_Ids]
    paging: Paging | None = None


ID_PAGE = msgspec.json.Decoder(IdPage, strict=False)
_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_BY_ID = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])


@dataclass(frozen=True, slots=True)
class Things(Generic[T]):
    """A kind of objects: what of them is asked for, and how they are decoded by their ids."""

    kind: str
    fields: tuple[str, ...]
    by_id: Decoder[dict[str, T]]
    # Fields without which a thing is of no use: they are asked of each, however many are refused with them.
    needed: frozenset[str] = frozenset()


@dataclass(slots=True)
class ListReader(Generic[T]):
    """Reads objects of one kind; `page` is what `pages` follows a list with.

    `refusal`: of a row whose id cannot be had either; the list ended before it. `gives_way`: before the whole page
    with such a row, which others pass, instead of looking for it.
    """

    graph: Graph
    memory: ListMemory
    things: Things[T]
    gives_way: bool = False
    refusal: IntegrationError | None = None
    has_answered: bool = False
    # Among so many rows from here on is one that Meta refuses.
    _window: int | None = None

    async def page(
        self,
        path: str,
        query: Mapping[str, str],
        decoder: Decoder[RowPage[T]],
        position: Mapping[str, str],
    ) -> RowPage[T]:
        while True:
            limit = self._limit()
            asked = {**query, **position, "fields": self._names(), "limit": str(limit)}
            try:
                page = await self.graph.get(path, asked, decoder)
            except (PermissionMissing, Rejected, TooLarge, TimedOut) as error:
                if self._leave_out(error):
                    continue
                if await self._is_in_vain(path, asked, error):
                    self.refusal = error
                    return RowPage([], None)
                if not self._lighten(limit, error):
                    return await self._named(path, {**query, **position}, limit, error)
            else:
                self._window = (self._window or limit) - limit or None
                self.has_answered = True
                if page.data:
                    self.memory.refused_in_a_row[self.things.kind] = 0
                return RowPage(self._without_left_out(page.data), page.paging)

    async def _is_in_vain(self, path: str, asked: Mapping[str, str], error: IntegrationError) -> bool:
        """Whether not even ids are told: of the page, when the reader gives way, else for lack of a permission."""
        limit = asked["limit"]
        if not is_refusal(error) or isinstance(error, (TooMuchData, TooLarge)) or limit == "1" or self._window:
            return False
        if not self.gives_way:
            if self.has_answered or not isinstance(error, PermissionMissing):
                return False
            limit = "1"
        try:
            await self.graph.get(path, {**asked, "fields": "id", "limit": limit}, ID_PAGE)
        except (PermissionMissing, Rejected, TooLarge) as refusal:
            if not is_refusal(refusal):
                raise
            return True
        self.has_answered = True
        return False

    def _limit(self) -> int:
        if self._window is not None:
            return max(1, self._window // 2)
        return self.memory.rows_per_page(self.things.kind)

    def _lighten(self, limit: int, error: IntegrationError) -> bool:
        """False when the page cannot be made smaller; raises what a smaller one would meet as well."""
        kind = self.things.kind
        if isinstance(error, TimedOut):
            if limit <= _LEAST_TIMED_OUT:
                raise error
            self.memory.shrink(kind, limit // 4)
            return True
        if not is_refusal(error):
            raise error
        if isinstance(error, (TooMuchData, TooLarge)) and limit > 1:
            self.memory.shrink(kind, limit // 2)
            self._window = None
            return True
        if self.memory.refused_in_a_row[kind] >= MOST_LOST_OBJECTS:
            return False
        self._window = limit
        return limit > 1

    async def _named(self, path: str, query: Mapping[str, str], limit: int, refusal: IntegrationError) -> RowPage[T]:
        """The row that is refused as it was asked for; the list goes on behind it when its id can be had.

        Behind many of them in a row it is the whole page: to look for its one bad row would cost ten calls for each.
        """
        self._window, kind = None, self.things.kind
        try:
            page = await self.graph.get(path, {**query, "fields": "id", "limit": str(limit)}, ID_PAGE)
        except (PermissionMissing, Rejected, TooLarge) as error:
            if not is_refusal(error):
                raise
            self.refusal = error
            return RowPage([], None)
        found = await self.by_ids([row.id for row in page.data])
        missed = {row.id for row in page.data} - {str(row.id) for row in found}  # type: ignore[attr-defined]  # as all
        for external_id in sorted(missed - {loss.object_id for loss in self.memory.losses if loss.kind == kind}):
            self.memory.lose(Loss(kind, refusal.message, external_id))
        self.has_answered = True
        self.memory.refused_in_a_row[kind] = 0 if found else self.memory.refused_in_a_row[kind] + 1
        return RowPage(found, page.paging)

    async def node(self, external_id: str, decoder: Decoder[T]) -> T:
        """One object that is asked for alone; raises the refusal when no field of it is answered."""
        try:
            row = await self.graph.get(external_id, {"fields": self._names()}, decoder)
            return self._without_left_out([row])[0]
        except Rejected as error:
            if type(error) is not Rejected:
                raise
            if self._leave_out(error):
                return await self.node(external_id, decoder)
            rows = await self._by_fields(external_id, error, as_node=True)
            if not rows:
                raise
            return rows[0]

    async def by_ids(self, external_ids: Sequence[str]) -> list[T]:
        """Those that Meta still knows; what it refuses to show is a loss."""
        found: list[T] = []
        for first in range(0, len(external_ids), _IDS_PER_CALL):
            found += await self._known(external_ids[first : first + _IDS_PER_CALL])
        return found

    async def _known(self, external_ids: Sequence[str]) -> list[T]:
        """Meta refuses the whole question when one id is, so it is halved until that is found."""
        if self.memory.is_given_up(self.things.kind):
            for external_id in external_ids:
                self.memory.losses.append(Loss(self.things.kind, "Too many like it were refused.", external_id))
            return []
        try:
            query = {"ids": ",".join(external_ids), "fields": self._names()}
            rows = await self.graph.get("", query, self.things.by_id)
            return self._without_left_out([*rows.values()])
        except ObjectMissing:
            if len(external_ids) == 1:
                return []
        except (PermissionMissing, Rejected, TooLarge) as error:
            if not is_refusal(error):
                raise
            if self._leave_out(error):
                return await self._known(external_ids)
            if len(external_ids) == 1:
                return await self._by_fields(external_ids[0], error)
        middle = len(external_ids) // 2
        return [*await self._known(external_ids[:middle]), *await self._known(external_ids[middle:])]

    async def _by_fields(self, external_id: str, error: IntegrationError, *, as_node: bool = False) -> list[T]:
        found: dict[str, msgspec.Raw] = {}
        refused: list[str] = []
        ask = partial(self._node if as_node else self._by_id, external_id)
        if await _is_shown(ask, error):
            for names in _halves([name for name in self._wanted() if name != "id"]):
                await _gather(ask, names, found, refused)
        untold = {UNTOLD: [*map(_bare, refused)]}
        try:
            whole = {external_id: {**found, **untold}} if found else {}
            rows = self._without_left_out([*self.things.by_id.decode(msgspec.json.encode(whole)).values()])
        except msgspec.MsgspecError:
            rows = []  # without a field that it cannot be without
        if not rows:
            self.memory.lose(Loss(self.things.kind, error.message, external_id))
            return []
        for name in refused:
            loss = Loss(self.things.kind, error.message, external_id, _bare(name))
            self.memory.lose(loss, needed=self.things.needed)
        return rows

    async def _by_id(self, external_id: str, names: Sequence[str]) -> dict[str, msgspec.Raw]:
        query = {"ids": external_id, "fields": ",".join(("id", *names))}
        return (await self.graph.get("", query, _RAW_BY_ID)).get(external_id, {})

    async def _node(self, external_id: str, names: Sequence[str]) -> dict[str, msgspec.Raw]:
        return await self.graph.get(external_id, {"fields": ",".join(("id", *names))}, _RAW)

    def _without_left_out(self, rows: list[T]) -> list[T]:
        left_out = self.memory.left_out.get(self.things.kind)
        return [untold_too(row, sorted(left_out)) for row in rows] if left_out else rows

    def _wanted(self) -> list[str]:
        left_out = self.memory.left_out.get(self.things.kind, ())
        return [name for name in self.things.fields if _bare(name) not in left_out]

    def _names(self) -> str:
        return ",".join(self._wanted())

    def _leave_out(self, error: IntegrationError) -> bool:
        """Whether Meta named a field that it refuses; it is asked for no more."""
        name = refused_field(error, [_bare(name) for name in self._wanted() if name != "id"])
        if name is not None:
            self.memory.leave_out(self.things.kind, name)
        return name is not None


async def _is_shown(ask: Callable[[Sequence[str]], Awaitable[object]], error: IntegrationError) -> bool:
    """A permission may be missing for a field of an object, or for all of it: then its id is refused as well."""
    if not isinstance(error, PermissionMissing):
        return True
    try:
        await ask(())
    except PermissionMissing:
        return False
    return True


async def _gather(
    ask: Callable[[Sequence[str]], Awaitable[dict[str, msgspec.Raw]]],
    names: Sequence[str],
    found: dict[str, msgspec.Raw],
    refused: list[str],
) -> None:
    """Adds what is answered of these fields to `found`, and the names of the others to `refused`."""
    try:
        found |= await ask(names)
    except (PermissionMissing, Rejected, TooLarge) as error:
        if not is_refusal(error):
            raise
        if len(names) == 1:
            refused += names
            return
        for half in _halves(names):
            await _gather(ask, half, found, refused)


def _bare(name: str) -> str:
    """Without what is asked of an object within."""
    return name.partition("{")[0]


def is_refusal(error: IntegrationError) -> bool:
    """A smaller question may be answered; other refusals have reasons that hold for all of it."""
    return type(error) is Rejected or isinstance(error, (ObjectMissing, PermissionMissing, TooMuchData, TooLarge))


def _halves(names: Sequence[str]) -> Iterable[Sequence[str]]:
    middle = len(names) // 2
    return [half for half in (names[:middle], names[middle:]) if half]
