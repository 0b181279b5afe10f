"""Reads lists of which Meta refuses parts; must not know what is in them.

A page that is refused is halved down to one row. That row is read by its id, and if the object is refused too, by its
fields in parts. What is refused even then is noted as a loss with its name, and everything else is read. Where Meta
refuses a row even when only ids are asked for, the list ends; change_windows.py reads the rest.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import msgspec

from integrations.ads.list_memory import MOST_LOST_OBJECTS, ListMemory, Loss
from integrations.errors import (
    IntegrationError,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    TimedOut,
    TooLarge,
    TooMuchData,
)
from integrations.meta.decoding import UNTOLD, Decoder, MetaRow, RowPage, id_of, untold_too
from integrations.meta.graph import Graph
from integrations.meta.paging import Paging

T = TypeVar("T", bound=MetaRow)

# The most ids that Meta accepts in one call.
_IDS_PER_CALL = 50
# After a timeout a page is asked for with a quarter of its rows. One of so few rows that times out is not too heavy:
# the platform is away.
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
    """A kind of objects: the fields to ask for, and the decoder of objects that are asked for by id."""

    kind: str
    fields: tuple[str, ...]
    by_id: Decoder[dict[str, T]]
    # Fields without which an object is of no use: they are asked for however often they are refused.
    needed: frozenset[str] = frozenset()


@dataclass(slots=True)
class ListReader(Generic[T]):
    """Reads objects of one kind; `page` is the function with which paging.pages follows a list.

    `refusal` is set when the list has ended before a row that is refused even for its id. A reader that `gives_way`
    ends before the whole page with such a row, and does not look for the row within the page.
    """

    graph: Graph
    memory: ListMemory
    things: Things[T]
    gives_way: bool = False
    refusal: IntegrationError | None = None
    has_answered: bool = False
    # Among so many of the next rows is one that Meta refuses; None if nothing is known.
    _window: int | None = None

    async def page(
        self,
        path: str,
        query: Mapping[str, str],
        decoder: Decoder[RowPage[T]],
        position: Mapping[str, str],
    ) -> RowPage[T]:
        """The page at a position, with as many rows as Meta answers; an empty last page where the list ends early."""
        while True:
            limit = self._limit()
            # Names are made anew in each round, since a refusal may name a field that is left out from then on.
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
                # These rows were answered, so the refused one is among the rest of the window, if there is one.
                self._window = (self._window or limit) - limit or None
                self.has_answered = True
                if page.data:
                    self.memory.refused_in_a_row[self.things.kind] = 0
                return RowPage(self._without_left_out(page.data), page.paging)

    async def _is_in_vain(self, path: str, asked: Mapping[str, str], error: IntegrationError) -> bool:
        """Whether Meta refuses even the ids, so that smaller pages would be asked for in vain.

        A reader that gives way asks for the ids of the whole page. Any other asks for a single id, and only before the
        first answer and after a refusal for want of a permission: the list as a whole may be forbidden.
        """
        # With a window this was decided when the window began. A single row is asked for by its id in `_named` anyway.
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
        """Makes the next page smaller; False if that is impossible. Raises errors that a smaller page would meet."""
        kind = self.things.kind
        if isinstance(error, TimedOut):
            if limit <= _LEAST_TIMED_OUT:
                raise error
            self.memory.shrink(kind, limit // 4)
            return True
        if not is_refusal(error):
            raise error
        # Too much for a page says nothing of a single row, so later pages are smaller too, and no row is looked for.
        if isinstance(error, (TooMuchData, TooLarge)) and limit > 1:
            self.memory.shrink(kind, limit // 2)
            self._window = None
            return True
        # After so many refused rows in a row, halving would cost ten calls for each further one.
        if self.memory.refused_in_a_row[kind] >= MOST_LOST_OBJECTS:
            return False
        self._window = limit
        return limit > 1

    async def _named(self, path: str, query: Mapping[str, str], limit: int, refusal: IntegrationError) -> RowPage[T]:
        """Reads a refused row, or a refused page of which no smaller one is asked for, by its ids.

        The list goes on behind it. If Meta does not answer the ids either, the list ends here.
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
        missed = {row.id for row in page.data} - {*map(id_of, found)}
        # `by_ids` has noted those that it found to be refused; those that are merely gone are told here.
        for external_id in sorted(missed - {loss.object_id for loss in self.memory.losses if loss.kind == kind}):
            self.memory.lose(Loss(kind, refusal.message, external_id))
        self.has_answered = True
        self.memory.refused_in_a_row[kind] = 0 if found else self.memory.refused_in_a_row[kind] + 1
        return RowPage(found, page.paging)

    async def node(self, external_id: str, decoder: Decoder[T]) -> T:
        """One object that is asked for by its own address; raises the refusal when no field of it is answered."""
        try:
            row = await self.graph.get(external_id, {"fields": self._names()}, decoder)
            return self._without_left_out([row])[0]
        except Rejected as error:
            # The reasons of its subclasses, such as a missing object, are none of a field.
            if type(error) is not Rejected:
                raise
            if self._leave_out(error):
                return await self.node(external_id, decoder)
            rows = await self._by_fields(external_id, error, as_node=True)
            if not rows:
                raise
            return rows[0]

    async def by_ids(self, external_ids: Sequence[str]) -> list[T]:
        """The objects that Meta still knows; those that it refuses to show are noted as losses."""
        found: list[T] = []
        for first in range(0, len(external_ids), _IDS_PER_CALL):
            found += await self._known(external_ids[first : first + _IDS_PER_CALL])
        return found

    async def _known(self, external_ids: Sequence[str]) -> list[T]:
        """The same for at most 50 ids. Meta refuses all of them when it refuses one, so they are halved to find it."""
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
        # One that is missing or refused costs the answer for all: halves find it in a dozen calls, instead of in 50.
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
            # Values stay as Meta wrote them until all are there: the decoder refuses an object without a required one.
            whole = {external_id: {**found, **untold}} if found else {}
            rows = self._without_left_out([*self.things.by_id.decode(msgspec.json.encode(whole)).values()])
        except msgspec.MsgspecError:
            rows = []  # a required field was refused
        if not rows:
            self.memory.lose(Loss(self.things.kind, error.message, external_id))
            return []
        # Told by field only where the rest is stored; else the loss of the whole object has said it.
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
        """Stops asking for the field that Meta names as the reason of a refusal; False if it names none."""
        name = error.refused_field([_bare(name) for name in self._wanted() if name != "id"])
        if name is not None:
            self.memory.leave_out(self.things.kind, name)
        return name is not None


async def _is_shown(ask: Callable[[Sequence[str]], Awaitable[object]], error: IntegrationError) -> bool:
    """Whether the object itself may be read, and only some field of it is refused.

    A permission may be missing for one field or for the whole object; in the second case the id is refused as well.
    """
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
    """Asks for the fields in ever smaller parts; adds answered ones to `found`, names of the others to `refused`."""
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
    """The name of a field without the fields that are asked of the object in it: `creative{id}` -> `creative`."""
    return name.partition("{")[0]


def is_refusal(error: IntegrationError) -> bool:
    """Whether a smaller part of the question may be answered; the reasons of other errors apply to all of it."""
    return type(error) is Rejected or isinstance(error, (ObjectMissing, PermissionMissing, TooMuchData, TooLarge))


def _halves(names: Sequence[str]) -> Iterable[Sequence[str]]:
    middle = len(names) // 2
    return [half for half in (names[:middle], names[middle:]) if half]
