"""Loads and stores what refreshes have learned of an account, by kind of question; knows no kind."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from models.database import WriteSession
from models.ingestion.fetch_memory import FetchMemory, fetch_memory, store_fetch_memory
from services.ingestion.run import Run
from services.patience import patiently

# A refused field is asked for again after this time, so a field that the platform answers again is missing for a day at
# most. Asking for it costs one refused call.
TRY_AGAIN_EVERY = timedelta(hours=24)


async def load_memories(run: Run, *kinds: str) -> list[FetchMemory]:
    """What is stored of each kind of question; an empty memory where nothing is."""

    async def load() -> list[FetchMemory]:
        async with run.db.read(run.scope) as session:
            found = [await fetch_memory(session, run.account.id, kind) for kind in kinds]
        return [memory or _memory(run, kind) for kind, memory in zip(kinds, found, strict=True)]

    return await patiently(load)


def is_outdated(run: Run, memory: FetchMemory, kept_for: timedelta) -> bool:
    """Whether the refusals were too old when the run began, so that it asks for everything again."""
    return memory.refused_at is not None and run.started_at - memory.refused_at >= kept_for


async def store_refused(
    session: WriteSession,
    run: Run,
    kind: str,
    refused: Sequence[Any],
    *,
    worked: Sequence[Any] = (),
    kept_for: timedelta,
) -> None:
    """Stores what is believed for `kept_for` from the first refusal on; a later refusal does not prolong that."""
    earlier = await fetch_memory(session, run.account.id, kind)
    since = None if earlier is None or is_outdated(run, earlier, kept_for) else earlier.refused_at
    refused_at = since or run.clock() if worked or refused else None
    await store_memory(session, run, kind, worked=worked, refused=refused, refused_at=refused_at)


async def store_memory(
    session: WriteSession,
    run: Run,
    kind: str,
    *,
    worked: Sequence[Any] = (),
    refused: Sequence[Any] = (),
    refused_at: datetime | None,
    rows_each: float | None = None,
) -> None:
    """Replaces what is stored of one kind of question, in the caller's transaction."""
    memory = _memory(run, kind)
    memory.worked, memory.refused = list(worked), list(refused)
    memory.refused_at, memory.rows_each = refused_at, rows_each
    await store_fetch_memory(session, memory)


def _memory(run: Run, kind: str) -> FetchMemory:
    return FetchMemory(tenant_id=run.fence.tenant_id, ad_account_id=run.account.id, kind=kind, updated_at=run.clock())
