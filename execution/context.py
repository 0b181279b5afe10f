"""OperationContext: what execution/ asks the application about one operation; resolvers find it in `info.context`."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

from graphql import GraphQLField

from errors import AppError
from execution.answers.cache import AnswerCache
from execution.answers.selected import Selected
from execution.limits.cost import Existing
from execution.persisted.lookup import Documents


class Throttle(NamedTuple):
    """How many points there are at most, and now, and how many come back in a second."""

    maximum: int
    available: int
    restore_rate: float

    def status(self) -> dict[str, Any]:
        """As clients are shown it."""
        rate = round(self.restore_rate, 2)
        return {"maximumAvailable": self.maximum, "currentlyAvailable": self.available, "restoreRate": rate}


class OperationContext(Protocol):
    """What this folder needs of `info.context`."""

    @property
    def request_id(self) -> str: ...
    @property
    def shows_schema(self) -> bool:
        """Whether this client may read the schema by introspection; if not, errors suggest no names of it either."""
        ...

    def for_operation(self, *, behind_all: Callable[[], Awaitable[None]]) -> Self:
        """A new context for one operation.

        A loader, which collects the questions of many objects, awaits `behind_all` before it asks them: until then
        objects that wait for a turn may add to its batch.
        """
        ...

    async def charge(
        self, fields: Sequence[tuple[str, Mapping[str, Any]]], *, cost: int, reserves: bool = False
    ) -> None:
        """Counts an operation against the rate limits before it runs: its root fields with arguments, and its points.

        `reserves`: `settle` will tell how many of the points it really cost. Raises RateLimited when a limit is
        exceeded.
        """
        ...

    async def settle(self, *, spent: int) -> Throttle | None:
        """Told once what the operation cost of the points that it reserved; None if nothing is limited."""
        ...

    def refusal(self, fields: Iterable[GraphQLField | None]) -> AppError | None:
        """Why this client may run no operation of these root fields; None if any of them is open to it.

        A field of introspection has no declaration, so it comes as None.
        """
        ...

    def only_reads(self) -> None:
        """Told before a query runs: what it reads need not come from a server that can write."""
        ...

    def begin_again(self) -> bool:
        """Whether the query that has just ended must run once more, since a server failed it that others stand in for.

        The context is then as it was before the first run.
        """
        ...

    @property
    def documents(self) -> Documents:
        """The application's documents that a request may name in place of a text, and whether others may run."""
        ...

    @property
    def documents_owner(self) -> str | None:
        """Whose registered documents this client finds and adds to; None if it has no tenant."""
        ...

    @property
    def reader(self) -> str:
        """Who reads the answer, and with which permissions; another text for everybody who is counted apart."""
        ...

    @property
    def answers(self) -> AnswerCache | None:
        """The application's kept answers; None where none are kept."""
        ...

    async def answers_version(self, selected: Selected) -> str | None:
        """What the answer to a query of these fields depends on besides its document and variables.

        That is who may see it, and the state of all that it shows: the text is never again what it was before a change.
        None for an answer that is not to be kept.
        """
        ...

    async def existing(self, fields: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Mapping[str, Existing]:
        """How many objects of each type there can be below each root field, as far as that is known."""
        ...
