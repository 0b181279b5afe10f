"""Owns how a list goes on behind a row that Meta refuses even for its id: by the time of the last change.

A cursor leads only through such a row. So the list is asked for in halves of the time in which its rows were changed:
what is refused is halved again, down to the one second of the row, and everything else is read.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from integrations.errors import IntegrationError, PermissionMissing, Rejected, TooLarge
from integrations.meta.decoding import Decoder, MetaRow, RowPage
from integrations.meta.graph import Graph
from integrations.meta.list_memory import ListMemory, Loss
from integrations.meta.lists import ID_PAGE, IdPage, ListReader, Things, is_refusal
from integrations.meta.paging import pages

T = TypeVar("T", bound=MetaRow)

# Where an open window is halved as if it began and ended here: 2004, when there was no Facebook, and 2038.
_FIRST_SECOND, _LAST_SECOND = 1_072_915_200, 2**31 - 1
# Halving all these years down to a second takes 30 steps of at most two questions, and few of a third.
_QUESTIONS_PER_ROW = 70
_MOST_ROWS = 5


@dataclass(frozen=True, slots=True)
class ChangeWindow:
    """What was changed after one second and before another, both without themselves; None: as far as there is."""

    after: int | None = None
    before: int | None = None

    @classmethod
    def since(cls, moment: datetime) -> "ChangeWindow":
        """At that instant or later, whatever else changed in the same second included."""
        return cls(after=int(moment.timestamp()) - 1)

    def rules(self, kind: str) -> list[dict[str, object]]:
        """Meta's filters for it; its comparisons are strict and know whole seconds. `kind` is the list's in filters."""
        ends = (("GREATER_THAN", self.after), ("LESS_THAN", self.before))
        name = f"{kind}.updated_time"
        return [{"field": name, "operator": operator, "value": end} for operator, end in ends if end is not None]

    def halves(self) -> "tuple[ChangeWindow, ChangeWindow] | None":
        """None of a single second, and of what lies before or behind all the years."""
        after = _FIRST_SECOND if self.after is None else self.after
        before = _LAST_SECOND if self.before is None else self.before
        if before - after <= 2:  # noqa: PLR2004 - the second between the two ends
            return None
        middle = (after + before) // 2
        return ChangeWindow(self.after, middle + 1), ChangeWindow(middle, self.before)

    @property
    def is_beyond_time(self) -> bool:
        """Nothing can have been changed in it."""
        return None in (self.after, self.before) and self.halves() is None

    def __str__(self) -> str:
        first, last = (None if end is None else end + step for end, step in ((self.after, 1), (self.before, -1)))
        if first is not None and first == last:
            return f"at {_instant(first)}"
        ends = (("from", first), ("to", last))
        return " ".join(f"{word} {_instant(end)}" for word, end in ends if end is not None) or "at any time"


# No second lies in it, so Meta answers it without rows if it takes the filters at all.
_NOTHING = ChangeWindow(_FIRST_SECOND, _FIRST_SECOND + 1)


def _instant(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@dataclass(frozen=True, slots=True)
class ListQuestion(Generic[T]):
    """`kind` is the list's name in filters; without one it cannot be asked for by changes."""

    path: str
    query: Mapping[str, str]
    kind: str
    decoder: Decoder[RowPage[T]]

    def within(self, window: ChangeWindow) -> Mapping[str, str]:
        rules = window.rules(self.kind)
        return {**self.query, "filtering": msgspec.json.encode(rules).decode()} if rules else self.query


@dataclass(slots=True)
class ChangedRows(Generic[T]):
    """Reads a list, and goes on by windows where it is refused; one object reads one list once."""

    graph: Graph
    memory: ListMemory
    things: Things[T]
    question: ListQuestion[T]
    _seen: set[str] = field(default_factory=set)
    _questions: int = 0
    _lost: int = 0

    async def rows(self, window: ChangeWindow) -> AsyncGenerator[Sequence[T], None]:
        """Page by page, some rows twice; what may not be read is a loss.

        Raises PermissionMissing when nothing of the list may be read.
        """
        refusal: IntegrationError | None = None
        for gives_way in (True, False) if self.question.kind else (False,):
            reader = ListReader(self.graph, self.memory, self.things, gives_way)
            async with aclosing(self._read(reader, window)) as listing:
                async for rows in listing:
                    yield rows
            refusal = reader.refusal
            if refusal is None:
                return
            if gives_way and await self._takes_windows():
                async with aclosing(self._around(window, refusal)) as listing:
                    async for rows in listing:
                        yield rows
                return
            if isinstance(refusal, PermissionMissing) and not reader.has_answered:
                raise refusal
        if refusal is not None:
            self.memory.lose(Loss(self.things.kind, refusal.message))

    async def _read(self, reader: ListReader[T], window: ChangeWindow) -> AsyncGenerator[Sequence[T], None]:
        """To the end, or to a row that is refused even for its id."""
        fetch = partial(reader.page, self.question.path, self.question.within(window), self.question.decoder)
        async with aclosing(pages(fetch)) as listing:
            async for rows in listing:
                self._seen.update(_id(row) for row in rows)
                yield rows

    async def _takes_windows(self) -> bool:
        """Meta documents no filters for each list: one that it ignores would let the search go on for nothing."""
        return await self._ids(_NOTHING) == set()

    async def _around(self, window: ChangeWindow, refusal: IntegrationError) -> AsyncGenerator[Sequence[T], None]:
        """`refused` are windows with such a row; where its other half was answered, nobody has asked for this one."""
        refused = [(window, True)]
        while refused:
            window, is_sure = refused.pop()
            halves = window.halves()
            rows_found = min(_MOST_ROWS, self._lost + 1 + len(refused))
            if halves is None or self._questions >= _QUESTIONS_PER_ROW * rows_found:
                await self._lose(window, refusal, is_sure=is_sure)
                continue
            for half in halves:
                ids = await self._ids(half)
                if ids is None:
                    refused.append((half, True))
                    continue
                if not ids <= self._seen | self.memory.lost_ids(self.things.kind):
                    async with aclosing(self._clean(half, refusal)) as listing:
                        async for rows in listing:
                            yield rows
                if half is halves[0]:
                    refused.append((halves[1], False))
                    break

    async def _clean(self, window: ChangeWindow, refusal: IntegrationError) -> AsyncGenerator[Sequence[T], None]:
        """The rows of a window of which each id was told a moment ago."""
        self._questions += 1
        reader = ListReader(self.graph, self.memory, self.things, gives_way=True)
        async with aclosing(self._read(reader, window)) as listing:
            async for rows in listing:
                yield rows
        if reader.refusal is not None:
            await self._lose(window, refusal, is_sure=True)

    async def _lose(self, window: ChangeWindow, refusal: IntegrationError, *, is_sure: bool) -> None:
        """Were the row not where it must be, the windows would not hold what they say: all may be lost then."""
        self._lost += 1
        is_there = not window.is_beyond_time and (is_sure or await self._ids(window) is None)
        self.memory.lose(Loss(self.things.kind, refusal.message, changed=str(window) if is_there else None))

    async def _ids(self, window: ChangeWindow) -> set[str] | None:
        """None when Meta refuses even that of one of the rows."""
        self._questions += 1
        limit = str(self.memory.rows_per_page(self.things.kind))
        asked = {**self.question.within(window), "fields": "id", "limit": limit}

        async def fetch(position: Mapping[str, str]) -> IdPage:
            return await self.graph.get(self.question.path, {**asked, **position}, ID_PAGE)

        found: set[str] = set()
        try:
            async with aclosing(pages(fetch)) as listing:
                async for rows in listing:
                    found.update(row.id for row in rows)
        except (PermissionMissing, Rejected, TooLarge) as error:
            if not is_refusal(error):
                raise
            return None
        return found


def _id(row: Any) -> str:
    return str(row.id)
