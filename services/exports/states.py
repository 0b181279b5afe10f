"""The states of an export and the moves between them; the caller has locked the row.

QUEUED -> RUNNING -> SUCCEEDED | FAILED; RUNNING -> QUEUED (its worker stops, or the storage does not answer). No other
module changes the status or the version, so that each change is announced to who watches.
"""

from datetime import datetime
from uuid import UUID

from models.database import WriteSession
from models.exports.export import Export, ExportStatus
from models.listener import notify_export
from services.exports.files import FILE_LIFE, key_of


async def begin(session: WriteSession, export: Export, *, run_id: UUID, now: datetime) -> None:
    """A run claims the export; one that had claimed it before can write no more.

    The key is stored before the file. What a run before this one has left under its own is named by nobody from now on.
    """
    export.status, export.run_id = ExportStatus.RUNNING, run_id
    export.object_key = key_of(export, run_id)
    await _announce(session, export, now)


async def hand_back(session: WriteSession, export: Export, *, now: datetime) -> None:
    export.status, export.run_id = ExportStatus.QUEUED, None
    await _announce(session, export, now)


async def succeed(session: WriteSession, export: Export, *, rows: int, size: int, sha256: str, now: datetime) -> None:
    export.status, export.run_id = ExportStatus.SUCCEEDED, None
    export.rows, export.bytes, export.sha256 = rows, size, sha256
    export.progress, export.finished_at, export.expires_at = 1.0, now, now + FILE_LIFE
    await _announce(session, export, now)


async def fail(session: WriteSession, export: Export, error: str, *, now: datetime) -> None:
    """The key is kept for the chore that deletes what may lie there, and is due at once."""
    export.status, export.run_id, export.error = ExportStatus.FAILED, None, error
    export.finished_at = export.expires_at = now
    await _announce(session, export, now)


async def forget_file(session: WriteSession, export: Export, *, now: datetime) -> None:
    """The file is gone."""
    export.object_key = None
    await _announce(session, export, now)


async def _announce(session: WriteSession, export: Export, now: datetime) -> None:
    export.version += 1
    export.heartbeat_at = now
    session.add(export)
    await session.flush()
    await notify_export(session, export_id=export.id, version=export.version)
