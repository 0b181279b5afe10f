"""Where the files of exports lie, what they are called, and the links to them; writes none."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from integrations.storage.door import FileStorage
from models.exports.export import Export, ExportFormat, ExportStatus
from services.stored_files import folder_of

# How long a file is kept, and how long the list tells of an export whose file is gone.
FILE_LIFE = timedelta(days=7)
ROW_LIFE = timedelta(days=90)
ENDINGS = {ExportFormat.PARQUET: "parquet", ExportFormat.CSV: "csv", ExportFormat.JSONL: "jsonl"}
MEDIA_TYPES = {
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/jsonl",
}


def key_of(export: Export, run_id: UUID) -> str:
    """Each run has a place of its own: one that was taken for dead may go on, and would write over another's file."""
    return f"{folder_of(export.tenant_id)}exports/{export.id}-{run_id}.{ENDINGS[export.format]}"


def file_name(export: Export) -> str:
    """What the file is saved as."""
    return f"insights-{export.created_at:%Y-%m-%d-%H%M%S}.{ENDINGS[export.format]}"


async def links(files: FileStorage, clock: Clock, viewer: Viewer, exports: Sequence[Export]) -> list[str | None]:
    """A link to each file; None where there is none, or no longer. Needs EXPORT."""
    require(viewer, Permission.EXPORT)
    now, found = clock(), list[str | None]()
    for export in exports:
        is_there = export.status is ExportStatus.SUCCEEDED and export.expires_at is not None and export.expires_at > now
        if export.object_key is None or not is_there:
            found.append(None)
        else:
            found.append((await files.link(export.object_key, name=file_name(export))).url)
    return found
