"""Stores the pace of an account, which is the ways in which the platform answers, for the next refresh."""

from functools import partial

from models.database import WriteSession
from services.ingestion.memory import load_memories, store_memory
from services.ingestion.pace import Pace, Way
from services.ingestion.run import Run


async def load_pace(run: Run, kind: str) -> Pace:
    """The pace of the run's account for one kind of question; an empty one when it was never stored."""
    [stored] = await load_memories(run, kind)
    pace = Pace(_ways(stored.worked), _ways(stored.refused), stored.refused_at, stored.rows_each)
    pace.recall(run.clock())
    return pace


async def store_pace(session: WriteSession, run: Run, kind: str, pace: Pace) -> None:
    """Stores the pace in the caller's transaction."""
    await store_memory(
        session,
        run,
        kind,
        worked=_rows(pace.worked),
        refused=_rows(pace.refused),
        refused_at=pace.refused_at,
        rows_each=pace.rows_each,
    )


async def store_pace_alone(run: Run, kind: str, pace: Pace) -> None:
    """Stores the pace in a transaction of its own, when there is something new."""
    if pace.is_changed:
        await run.store(partial(store_pace, run=run, kind=kind, pace=pace))


# A row of `fetch_memory` holds each way as three numbers: by report (0 or 1), rows of a page, size.
def _ways(rows: list[list[float]]) -> list[Way]:
    return [Way(bool(by_report), int(page_rows), size) for by_report, page_rows, size in rows]


def _rows(ways: list[Way]) -> list[list[float]]:
    return [[int(way.by_report), way.page_rows, way.size] for way in ways]
