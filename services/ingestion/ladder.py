"""How a question that is too much for the platform is made lighter, rung by rung, until it is answered or lost.

Half a page, then a report run, then smaller questions. What cannot be made smaller and is refused still is lost; the
rest of the question is answered all the same. Knows no kind of question and no table.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from integrations.errors import IntegrationError, PermissionMissing, Rejected, Relief, TimedOut, TooMuchData
from integrations.meta.insights.asking import LEAST_ROWS, PAGE_ROWS, Asking
from services.ingestion.pace import Tried, Way


class Sized(Protocol):
    @property
    def size(self) -> float:
        """How much is asked for: days or periods; less than one is a part of a day."""
        ...

    @property
    def needs_run(self) -> bool:
        """It is too long to be asked at once."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """Those that are asked for; none for all."""
        ...


# So many losses within a day say that its smaller parts will not be answered either.
_MOST_LOSSES = 20

Q = TypeVar("Q", bound=Sized)
A = TypeVar("A")


@dataclass(slots=True)
class Answers(Generic[Q, A]):
    """`given` and `lost` together are the question that was asked."""

    given: list[tuple[Q, A]] = field(default_factory=list)
    lost: list[tuple[Q, IntegrationError]] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    # Within the day that is being asked for.
    losses: int = 0

    @property
    def lessons(self) -> list[Tried]:
        """What the refusals say of the account; nothing when something was lost: that had another reason."""
        return [] if self.lost else self.tried


@dataclass(frozen=True, slots=True)
class Ladder(Generic[Q, A]):
    """`fetch` asks and reads the whole answer; `split` names smaller questions that together are the same, if any.

    `by_fields` does so for a question that is refused as such, because of something that it asks for, or for lack of a
    permission: of a whole question the first part is as small as can be.
    """

    fetch: Callable[[Q, Asking], Awaitable[A]]
    split: Callable[[Q], Awaitable[Sequence[Q]]]
    by_fields: Callable[[Q], Sequence[Q]] | None = None
    # False: smaller pages are not tried, since something better is known.
    shrinks: bool = True

    async def fetch_answers(self, question: Q, way: Way) -> Answers[Q, A]:
        """Raises every IntegrationError that a lighter question would meet as well."""
        found: Answers[Q, A] = Answers()
        await self._fetch(question, way, found)
        return found

    async def _fetch(self, question: Q, way: Way, found: Answers[Q, A]) -> None:
        if question.size > way.size:
            parts = await self.split(question)
            if parts and parts[0].size < question.size:
                await self._fetch_all(parts, way, found)
                return
        if question.size >= 1:
            found.losses = 0
        way = replace(way, size=question.size, by_run=way.by_run or question.needs_run)
        least_rows = LEAST_ROWS if self.shrinks else way.page_rows
        asking = Asking(page_rows=way.page_rows, least_rows=least_rows, by_run=way.by_run)
        try:
            answer = await self.fetch(question, asking)
        except (TooMuchData, TimedOut) as error:
            found.tried.append(Tried(replace(way, page_rows=asking.page_rows), has_worked=False))
            await self._fetch_lighter(question, way, found, error)
            return
        except (PermissionMissing, Rejected) as error:
            if self.by_fields is None or not is_refusal(error):
                raise
            await self._fetch_less(question, way, found, error)
            return
        if asking.page_rows < way.page_rows:
            found.tried.append(Tried(replace(way, page_rows=2 * asking.page_rows), has_worked=False))
        found.tried.append(Tried(replace(way, page_rows=asking.page_rows), has_worked=True))
        found.given.append((question, answer))

    async def _fetch_lighter(self, question: Q, way: Way, found: Answers[Q, A], error: IntegrationError) -> None:
        if way.by_run and isinstance(error, TimedOut):
            raise error  # a report is read in no time: the platform is away
        if not way.by_run and not _is_for_smaller_parts(error):
            await self._fetch(question, Way(by_run=True, page_rows=PAGE_ROWS, size=question.size), found)
            return
        parts = await self.split(question) if found.losses < _MOST_LOSSES else ()
        if parts:
            await self._fetch_all(parts, replace(way, size=max(part.size for part in parts)), found)
        else:
            found.losses += 1
            found.lost.append((question, error))

    async def _fetch_less(self, question: Q, way: Way, found: Answers[Q, A], error: IntegrationError) -> None:
        parts = self.by_fields(question) if self.by_fields is not None else ()
        if not parts:
            found.lost.append((question, error))
            return
        given = len(found.given)
        await self._fetch_all(parts[:1], way, found)
        if isinstance(error, PermissionMissing) and not question.fields and len(found.given) == given:
            raise error  # it lacks for everything, whatever else is asked for
        await self._fetch_all(parts[1:], way, found)

    async def _fetch_all(self, parts: Sequence[Q], way: Way, found: Answers[Q, A]) -> None:
        for part in parts:
            await self._fetch(part, way, found)


def is_refusal(error: IntegrationError) -> bool:
    """It may be due to one field that is asked for; other kinds of `Rejected` have reasons of their own."""
    return type(error) is Rejected or isinstance(error, PermissionMissing)


def _is_for_smaller_parts(error: IntegrationError) -> bool:
    return isinstance(error, TooMuchData) and error.relief is Relief.SMALLER_PART
