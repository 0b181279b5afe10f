"""How a question that is too much for the platform is made lighter, step by step, until it is answered or lost.

The steps are smaller pages, then a report, then smaller questions. A part that cannot be made smaller and is still
refused is lost; the rest of the question is answered all the same. This module knows no kind of question and no table.
ARCHITECTURE.md draws the steps.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from integrations.ads.questions import LEAST_ROWS, PAGE_ROWS, Asking
from integrations.errors import IntegrationError, PermissionMissing, Rejected, Relief, TimedOut, TooMuchData
from services.ingestion.pace import Tried, Way


class Sized(Protocol):
    """What the ladder has to know of a question."""

    @property
    def size(self) -> float:
        """How much the question asks for, in days or periods; less than one is a part of a day or period."""
        ...

    @property
    def needs_report(self) -> bool:
        """Whether the question is too long for one address, so that only a report can take it."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """The platform's names of the fields that are asked for; empty for all of them."""
        ...


# So many lost parts of one day say that its other small parts will not be answered either: they are not divided any
# further. Else a day of which everything is refused would be asked for down to each field of each ad.
_MOST_LOSSES = 20

Q = TypeVar("Q", bound=Sized)
A = TypeVar("A")


@dataclass(slots=True)
class Answers(Generic[Q, A]):
    """`given` and `lost` together are the question that was asked."""

    given: list[tuple[Q, A]] = field(default_factory=list)
    lost: list[tuple[Q, IntegrationError]] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    # How many parts were lost of the day that is being asked for.
    losses: int = 0

    @property
    def lessons(self) -> list[Tried]:
        """What was tried, for the pace of the account to learn from; nothing when a part was lost.

        The platform refuses a field that it cannot compute with the same words as a question that is too heavy. So
        where something was lost, the refusals may say nothing about size.
        """
        return [] if self.lost else self.tried


@dataclass(frozen=True, slots=True)
class Ladder(Generic[Q, A]):
    """`fetch` asks and reads the whole answer. `split` answers smaller questions that together ask the same; empty
    where there are none.

    `by_fields` divides a question that is refused whatever its size: because of a field that it asks for, or for lack
    of a permission. The first part of a whole question is as small as can be, so that it tells for one call whether any
    field is answered.
    """

    fetch: Callable[[Q, Asking], Awaitable[A]]
    split: Callable[[Q], Awaitable[Sequence[Q]]]
    by_fields: Callable[[Q], Sequence[Q]] | None = None
    # False: smaller pages are not tried, since the pace of the account already knows a better way.
    shrinks: bool = True

    async def fetch_answers(self, question: Q, way: Way) -> Answers[Q, A]:
        """Asks the question `way`, and in lighter ways where that is refused.

        Raises every IntegrationError that a lighter question would meet as well.
        """
        found: Answers[Q, A] = Answers()
        await self._fetch(question, way, found)
        return found

    async def _fetch(self, question: Q, way: Way, found: Answers[Q, A]) -> None:
        # The account is known to refuse questions of this size: the question is divided before it is asked.
        if question.size > way.size:
            parts = await self.split(question)
            if parts and parts[0].size < question.size:
                await self._fetch_all(parts, way, found)
                return
        # A whole day or more begins here: losses are counted within one day.
        if question.size >= 1:
            found.losses = 0
        way = replace(way, size=question.size, by_report=way.by_report or question.needs_report)
        least_rows = LEAST_ROWS if self.shrinks else way.page_rows
        asking = Asking(page_rows=way.page_rows, least_rows=least_rows, by_report=way.by_report)
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
        # `asking.page_rows` has shrunk in halves while pages were refused: twice that is the last size that failed.
        if asking.page_rows < way.page_rows:
            found.tried.append(Tried(replace(way, page_rows=2 * asking.page_rows), has_worked=False))
        found.tried.append(Tried(replace(way, page_rows=asking.page_rows), has_worked=True))
        found.given.append((question, answer))

    async def _fetch_lighter(self, question: Q, way: Way, found: Answers[Q, A], error: IntegrationError) -> None:
        """Asks again after the question was too much: by a report, then in parts; else it is lost."""
        if way.by_report and isinstance(error, TimedOut):
            raise error  # a finished report is a list that is quickly read, whatever its size: the platform is away
        # Some refusals say that only a smaller question helps; a report of the same question would be refused as well.
        if not way.by_report and not _is_for_smaller_parts(error):
            await self._fetch(question, Way(by_report=True, page_rows=PAGE_ROWS, size=question.size), found)
            return
        parts = await self.split(question) if found.losses < _MOST_LOSSES else ()
        if parts:
            await self._fetch_all(parts, replace(way, size=max(part.size for part in parts)), found)
        else:
            found.losses += 1
            found.lost.append((question, error))

    async def _fetch_less(self, question: Q, way: Way, found: Answers[Q, A], error: IntegrationError) -> None:
        """Asks again by fields after one of them may have been the reason of a refusal; a single field is lost."""
        parts = self.by_fields(question) if self.by_fields is not None else ()
        if not parts:
            found.lost.append((question, error))
            return
        given = len(found.given)
        await self._fetch_all(parts[:1], way, found)
        if isinstance(error, PermissionMissing) and not question.fields and len(found.given) == given:
            raise error  # the smallest part lacks the permission as well, so every other part does too
        await self._fetch_all(parts[1:], way, found)

    async def _fetch_all(self, parts: Sequence[Q], way: Way, found: Answers[Q, A]) -> None:
        for part in parts:
            await self._fetch(part, way, found)


def is_refusal(error: IntegrationError) -> bool:
    """Whether one of the fields that were asked for may be the reason.

    Subclasses of `Rejected` (days that are too old, objects that are missing) have reasons that leaving out fields does
    not mend, so the exact class is compared.
    """
    return type(error) is Rejected or isinstance(error, PermissionMissing)


def _is_for_smaller_parts(error: IntegrationError) -> bool:
    """Whether the platform has said that neither smaller pages nor a report would help."""
    return isinstance(error, TooMuchData) and error.relief is Relief.SMALLER_PART
