"""Stores the pace of an account, which is the ways in which the platform answers, for the next refresh."""

from functools import partial

from models.database import WriteSession
from models.ingestion.fetch_memory import FetchMemory, fetch_memory, store_fetch_memory
from services.ingestion.pace import Pace, Way
from services.ingestion.run import Run
from services.patience import patiently


async def load_pace(run: Run, kind: str) -> Pace:
    """The pace of the run's account for one kind of question; an empty one when it was never stored."""

    async def load() -> FetchMemory | None:
        async with run.tools.db.read(run.scope) as session:
            return await fetch_memory(session, run.account.id, kind)

    stored = await patiently(load)
    pace = Pace()
    if stored is not None:
        pace.worked, pace.refused = _ways(stored.worked), _ways(stored.refused)
        pace.refused_at, pace.rows_each = stored.refused_at, stored.rows_each
    pace.recall(run.tools.clock())
    return pace


async def store_pace(session: WriteSession, run: Run, kind: str, pace: Pace) -> None:
    """Stores the pace in the caller's transaction."""
    memory = FetchMemory(
        tenant_id=session.tenant_id,
        ad_account_id=run.account.id,
        kind=kind,
        worked=_rows(pace.worked),
        refused=_rows(pace.refused),
        refused_at=pace.refused_at,
        rows_each=pace.rows_each,
        updated_at=run.tools.clock(),
    )
    await store_fetch_memory(session, memory)


async def store_pace_alone(run: Run, kind: str, pace: Pace) -> None:
    """Stores the pace in a transaction of its own, when there is something new."""
    if pace.is_changed:
        await run.store(partial(store_pace, run=run, kind=kind, pace=pace))


# A row of `fetch_memory` holds each way as three numbers: by report (0 or 1), rows of a page, size.
def _ways(rows: list[list[float]]) -> list[Way]:
    return [Way(bool(by_report), int(page_rows), size) for by_report, page_rows, size in rows]


def _rows(ways: list[Way]) -> list[list[float]]:
    return [[int(way.by_report), way.page_rows, way.size] for way in ways]
