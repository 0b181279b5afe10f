"""Reading the audit log of the active tenant."""

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.audit.entry import AuditEntry, AuditFilter, audit_page, count_audit_entries
from models.database import Database
from models.keyset import KeysetPage, Window


async def audit_log(db: Database, viewer: Viewer, wanted: AuditFilter, window: Window) -> KeysetPage[AuditEntry]:
    """One page of the tenant's audit log, newest first; needs READ_AUDIT. Raises BadInput for another list's cursor."""
    require(viewer, Permission.READ_AUDIT)
    async with db.read(viewer) as session:
        return await audit_page(session, wanted, window)


async def number_of_entries(db: Database, viewer: Viewer, wanted: AuditFilter) -> int:
    """How many entries match the filter; needs READ_AUDIT."""
    require(viewer, Permission.READ_AUDIT)
    async with db.read(viewer) as session:
        return await count_audit_entries(session, wanted)
