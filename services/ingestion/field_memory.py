"""Which fields of insights, and rules on statuses, a refresh leaves out because the platform refuses them.

Both are stored by the version of the platform's API, and asked for again after a day.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from integrations.errors import Rejected
from models.database import WriteSession
from services.ingestion.memory import TRY_AGAIN_EVERY, is_outdated, load_memories, store_refused
from services.ingestion.run import Run

T = TypeVar("T")


@dataclass(slots=True)
class LeftOut:
    """The platform's names of the fields. `is_changed`: they may be others than what was stored when this was loaded.

    That stays true after they are stored, because the transaction may be repeated, and fields be added meanwhile.
    """

    names: set[str] = field(default_factory=set)
    is_changed: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether every field is known to be answered; False while a refused one is being tried again."""
        return not self.names and not self.is_changed

    def add(self, name: str) -> None:
        self.is_changed |= name not in self.names
        self.names.add(name)

    def rest_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the fields that are asked for; all of them where none would be left."""
        return tuple(name for name in names if name not in self.names) or tuple(names)

    async def fetch_rest(self, names: Sequence[str], fetch: Callable[[tuple[str, ...]], Awaitable[T]]) -> T:
        """What `fetch` answers for the rest of the fields; one that the platform names as the reason of its refusal is
        left out from then on.
        """
        while True:
            rest = self.rest_of(names)
            try:
                return await fetch(rest)
            except Rejected as error:
                name = error.refused_field(rest)
                if name is None or name in self.names or len(rest) == 1:
                    raise
                self.add(name)


async def load_fields(run: Run, kind: str) -> LeftOut:
    """What earlier refreshes were refused of this kind of question; after a day everything is asked for again."""
    refused = await _load_refused(run, _memory_kind(run, kind))
    return LeftOut({*refused}) if refused is not None else LeftOut(is_changed=True)


async def store_fields(session: WriteSession, run: Run, kind: str, left_out: LeftOut) -> None:
    """Stores the refused fields in the caller's transaction."""
    await store_refused(session, run, _memory_kind(run, kind), sorted(left_out.names), kept_for=TRY_AGAIN_EVERY)


async def store_fields_alone(run: Run, kind: str, left_out: LeftOut) -> None:
    """Stores the refused fields in a transaction of its own, when there is something new."""
    if left_out.is_changed:
        await run.store(partial(store_fields, run=run, kind=kind, left_out=left_out))


async def load_rules(run: Run) -> None:
    """Begins without the rules on statuses that earlier refreshes were refused."""
    refused, statuses = await _load_refused(run, _rules_kind(run)), run.source.statuses
    if refused is None:
        statuses.is_changed = True
    elif refused:
        statuses.leave_out(refused[0])


async def store_rules(session: WriteSession, run: Run) -> None:
    """Stores the rules that are left out in the caller's transaction, when there is something new."""
    statuses = run.source.statuses
    if statuses.is_changed:
        refused = [statuses.left_out] if statuses.left_out else []
        await store_refused(session, run, _rules_kind(run), refused, kept_for=TRY_AGAIN_EVERY)


async def _load_refused(run: Run, memory_kind: str) -> list[Any] | None:
    """What is left out; None after a day, when everything is asked for again."""
    [memory] = await load_memories(run, memory_kind)
    return None if is_outdated(run, memory, TRY_AGAIN_EVERY) else memory.refused


def tell_fields(run: Run, left_out: LeftOut) -> None:
    """Adds a warning to the run for each field that is left out."""
    for name in sorted(left_out.names):
        run.warn(
            f"The platform refuses the field {name} of insights: it is left out, what is made of it is null, and it is"
            " asked for again daily."
        )


def _memory_kind(run: Run, kind: str) -> str:
    return f"FIELDS:{kind}:{run.source.version}"


def _rules_kind(run: Run) -> str:
    return f"STATUSES:{run.source.version}"
