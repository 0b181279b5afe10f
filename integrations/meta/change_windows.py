"""Reads a list past a row that Meta refuses even for its id, by the time at which rows were last changed.

The cursor behind such a row comes only with the row. So the list is asked for in windows of time: all of time is
halved, a window that Meta refuses is halved again, down to the single second in which the row was changed, and
everything outside of that second is read.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from integrations.ads.list_memory import ListMemory, Loss
from integrations.errors import IntegrationError, PermissionMissing, Rejected, TooLarge
from integrations.meta.decoding import Decoder, MetaRow, RowPage, id_of
from integrations.meta.graph import Graph
from integrations.meta.lists import ID_PAGE, IdPage, ListReader, Things, is_refusal
from integrations.meta.paging import pages

T = TypeVar("T", bound=MetaRow)

# A window without a beginning or an end is halved as if it began or ended here: 2004, before Facebook, and 2038.
_FIRST_SECOND, _LAST_SECOND = 1_072_915_200, 2**31 - 1
# Halving these 34 years down to one second takes 30 steps (2^30 seconds are 34 years). A step takes two questions at
# most, and a few steps a third one, which reads the rows.
_QUESTIONS_PER_ROW = 70
# For so many refused rows of one list questions are spent; behind that its other windows are reported as not read.
_MOST_ROWS = 5


@dataclass(frozen=True, slots=True)
class ChangeWindow:
    """The rows that were changed after one Unix second and before another, both excluded; None: without that end."""

    after: int | None = None
    before: int | None = None

    @classmethod
    def since(cls, moment: datetime) -> "ChangeWindow":
        """The window of rows changed at that instant or later; it contains the whole second of the instant."""
        return cls(after=int(moment.timestamp()) - 1)

    def rules(self, kind: str) -> list[dict[str, object]]:
        """Meta's filters for the window, whose comparisons are strict and in whole seconds.

        `kind` is the name of the list in Meta's filters.
        """
        ends = (("GREATER_THAN", self.after), ("LESS_THAN", self.before))
        name = f"{kind}.updated_time"
        return [{"field": name, "operator": operator, "value": end} for operator, end in ends if end is not None]

    def halves(self) -> "tuple[ChangeWindow, ChangeWindow] | None":
        """The window in two parts; None for a single second, and for a window that lies before 2004 or after 2038."""
        after = _FIRST_SECOND if self.after is None else self.after
        before = _LAST_SECOND if self.before is None else self.before
        if before - after <= 2:  # noqa: PLR2004 - the second between the two ends
            return None
        middle = (after + before) // 2
        return ChangeWindow(self.after, middle + 1), ChangeWindow(middle, self.before)

    @property
    def second(self) -> int | None:
        """The only second in the window; None if the window contains several."""
        is_one = None not in (self.after, self.before) and self.halves() is None
        return self.after + 1 if is_one and self.after is not None else None

    def around(self, seconds: Iterable[int]) -> "list[ChangeWindow]":
        """The window divided into one for each of these seconds, and one for each range of time between them."""
        parts, rest = list[ChangeWindow](), self
        for second in sorted(seconds):
            if (rest.after is None or rest.after < second) and (rest.before is None or second < rest.before):
                parts += [ChangeWindow(rest.after, second), ChangeWindow(second - 1, second + 1)]
                rest = ChangeWindow(second, rest.before)
        return [part for part in (*parts, rest) if not part.is_empty]

    @property
    def is_empty(self) -> bool:
        return self.after is not None and self.before is not None and self.before - self.after <= 1

    @property
    def is_beyond_time(self) -> bool:
        """Whether the window is one before 2004 or after 2038, in which nothing can have been changed."""
        return None in (self.after, self.before) and self.halves() is None

    def __str__(self) -> str:
        first, last = (None if end is None else end + step for end, step in ((self.after, 1), (self.before, -1)))
        if first is not None and first == last:
            return f"at {_instant(first)}"
        ends = (("from", first), ("to", last))
        return " ".join(f"{word} {_instant(end)}" for word, end in ends if end is not None) or "at any time"


# No second lies between its ends: Meta answers it without rows, if it applies the filters to this list at all.
_NOTHING = ChangeWindow(_FIRST_SECOND, _FIRST_SECOND + 1)


def _instant(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@dataclass(frozen=True, slots=True)
class ListQuestion(Generic[T]):
    """A list to read. `kind` is its name in Meta's filters; '' if it cannot be asked for by the time of changes."""

    path: str
    query: Mapping[str, str]
    kind: str
    decoder: Decoder[RowPage[T]]

    @property
    def listing(self) -> str:
        """What tells this list from others of its kind: its path and its own parameters, the fields left out."""
        own = {name: value for name, value in sorted(self.query.items()) if name != "fields"}
        return f"{self.path}?{urlencode(own)}" if own else self.path

    def within(self, window: ChangeWindow) -> Mapping[str, str]:
        rules = window.rules(self.kind)
        return {**self.query, "filtering": msgspec.json.encode(rules).decode()} if rules else self.query


@dataclass(slots=True)
class ChangedRows(Generic[T]):
    """Reads a list, by windows of time where it is refused. One object reads one list once."""

    graph: Graph
    memory: ListMemory
    things: Things[T]
    question: ListQuestion[T]
    _seen: set[str] = field(default_factory=set)
    _questions: int = 0
    _lost: int = 0

    async def rows(self, window: ChangeWindow) -> AsyncGenerator[Sequence[T], None]:
        """The rows page by page, some of them twice; what may not be read is noted in `memory` as a loss.

        Raises PermissionMissing when nothing of the list may be read.
        """
        # First try with a reader that stops before the whole page with a refused row, because windows read the rest of
        # that page. Where the list does not support windows, the second try looks for the row within the page.
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
        """The rows of the window, to its end or to a row that is refused even for its id."""
        fetch = partial(reader.page, self.question.path, self.question.within(window), self.question.decoder)
        async with aclosing(pages(fetch)) as listing:
            async for rows in listing:
                self._seen.update(map(id_of, rows))
                yield rows

    async def _takes_windows(self) -> bool:
        """Whether Meta applies filters by time to this list, which it does not document for each list.

        If it ignored them, no window would ever exclude the refused row.
        """
        return await self._ids(_NOTHING) == set()

    async def _around(self, window: ChangeWindow, refusal: IntegrationError) -> AsyncGenerator[Sequence[T], None]:
        """Reads everything but the refused rows, in windows.

        `refused` is a stack of windows that contain a refused row. A window is sure if Meta has refused it. If Meta
        answers the first half of a refused window, the row must be in the second: that goes on the stack without being
        asked for, and is not sure. Seconds that are remembered to contain such a row are windows from the beginning.
        """
        parts, refused = window.around(self.memory.unnamed[self.question.listing]), list[tuple[ChangeWindow, bool]]()
        if len(parts) == 1:
            refused.append((window, True))
        else:
            async with aclosing(self._ask(parts, refused, refusal)) as listing:
                async for rows in listing:
                    yield rows
        while refused:
            window, is_sure = refused.pop()
            halves = window.halves()
            # Each refused window on the stack contains at least one more refused row.
            rows_found = min(_MOST_ROWS, self._lost + 1 + len(refused))
            if halves is None or self._questions >= _QUESTIONS_PER_ROW * rows_found:
                await self._lose(window, refusal, is_sure=is_sure)
                continue
            for half in halves:
                refused_before = len(refused)
                async with aclosing(self._ask([half], refused, refusal)) as listing:
                    async for rows in listing:
                        yield rows
                if half is halves[0] and len(refused) == refused_before:
                    refused.append((halves[1], False))
                    break

    async def _ask(
        self, windows: Iterable[ChangeWindow], refused: list[tuple[ChangeWindow, bool]], refusal: IntegrationError
    ) -> AsyncGenerator[Sequence[T], None]:
        """The rows of these windows that were not read before; adds windows that Meta refuses to `refused`."""
        for window in windows:
            ids = await self._ids(window)
            if ids is None:
                refused.append((window, True))
                continue
            if window.second is not None:
                self.memory.note_unnamed(self.question.listing, window.second, is_there=False)
            # The ids of this window were answered. Its rows are read, unless all of them were read before.
            if ids - self._seen - self.memory.lost_ids(self.things.kind):
                async with aclosing(self._clean(window, refusal)) as listing:
                    async for rows in listing:
                        yield rows

    async def _clean(self, window: ChangeWindow, refusal: IntegrationError) -> AsyncGenerator[Sequence[T], None]:
        """The rows of a window for which Meta has just answered all ids."""
        self._questions += 1
        reader = ListReader(self.graph, self.memory, self.things, gives_way=True)
        async with aclosing(self._read(reader, window)) as listing:
            async for rows in listing:
                yield rows
        if reader.refusal is not None:
            await self._lose(window, refusal, is_sure=True)

    async def _lose(self, window: ChangeWindow, refusal: IntegrationError, *, is_sure: bool) -> None:
        """Notes a window as lost. A window that is not sure is asked for first.

        If Meta answers it, the refused row is not where it must be. Then the windows cannot be relied on, and the loss
        names no time: any row of the list may be missing.
        """
        self._lost += 1
        is_there = not window.is_beyond_time and (is_sure or await self._ids(window) is None)
        if is_there and window.second is not None:
            self.memory.note_unnamed(self.question.listing, window.second, is_there=True)
        self.memory.lose(Loss(self.things.kind, refusal.message, changed=str(window) if is_there else None))

    async def _ids(self, window: ChangeWindow) -> set[str] | None:
        """The ids of the rows of a window; None when Meta refuses the window even when only ids are asked for."""
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
