"""Which fields of insights, and rules on statuses, a refresh leaves out because the platform refuses them.

Both are stored by the version of the platform's API, and asked for again after a day.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from models.database import WriteSession
from models.ingestion.fetch_memory import FetchMemory, fetch_memory, store_fetch_memory
from services.ingestion.losses import TRY_AGAIN_EVERY
from services.ingestion.run import Run
from services.patience import patiently


@dataclass(slots=True)
class LeftOut:
    """The platform's names of the fields."""

    names: set[str] = field(default_factory=set)
    is_changed: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether every field is known to be answered; False while a refused one is being tried again."""
        return not self.names and not self.is_changed

    def add(self, name: str) -> None:
        self.is_changed |= name not in self.names
        self.names.add(name)


async def load_fields(run: Run, kind: str) -> LeftOut:
    """What earlier refreshes were refused of this kind of question; after a day everything is asked for again."""
    refused = await _load_refused(run, _memory_kind(run, kind))
    return LeftOut({*refused}) if refused is not None else LeftOut(is_changed=True)


async def store_fields(session: WriteSession, run: Run, kind: str, left_out: LeftOut) -> None:
    """Stores the refused fields in the caller's transaction."""
    await _store(session, run, _memory_kind(run, kind), sorted(left_out.names))
    left_out.is_changed = False


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
        await _store(session, run, _rules_kind(run), [statuses.left_out] if statuses.left_out else [])
        statuses.is_changed = False


async def _load_refused(run: Run, memory_kind: str) -> list[Any] | None:
    """What is left out; None after a day, when everything is asked for again."""

    async def load() -> FetchMemory | None:
        async with run.tools.db.read(run.scope) as session:
            return await fetch_memory(session, run.account.id, memory_kind)

    stored = await patiently(load)
    if stored is None or stored.refused_at is None:
        return []
    return stored.refused if run.tools.clock() - stored.refused_at < TRY_AGAIN_EVERY else None


async def _store(session: WriteSession, run: Run, memory_kind: str, refused: list[Any]) -> None:
    now = run.tools.clock()
    memory = FetchMemory(
        tenant_id=session.tenant_id,
        ad_account_id=run.account.id,
        kind=memory_kind,
        worked=[],
        refused=refused,
        refused_at=now if refused else None,
        rows_each=None,
        updated_at=now,
    )
    await store_fetch_memory(session, memory)


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
