"""Named queries of the audit log; entries are added by `record`, and never changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from models.audit_entry import AuditEntry
from models.database import ReadSession
from models.keyset import Listing, Ordering, Slice, Window, count_rows, load_slice

_NEWEST_FIRST = Ordering("audit", col(AuditEntry.at), col(AuditEntry.id), descending=True)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """All that is given must hold: `since` is included, `until` is not, an `action` that ends in a dot is a prefix."""

    actor_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def audit_slice(session: ReadSession, wanted: AuditFilter, window: Window) -> Slice[AuditEntry]:
    """Entries of the session's tenant, newest first."""
    return await load_slice(session, Listing(_of_tenant(session, wanted), _NEWEST_FIRST), window)


async def count_audit_entries(session: ReadSession, wanted: AuditFilter) -> int:
    return await count_rows(session, _of_tenant(session, wanted))


def audit_entries(wanted: AuditFilter) -> SelectOfScalar[AuditEntry]:
    """What the filter lets through, of whatever tenants the session sees."""
    query = select(AuditEntry)
    if wanted.actor_id is not None:
        of_actor = (AuditEntry.actor_user_id, AuditEntry.actor_api_key_id)
        query = query.where(or_(*(col(column) == wanted.actor_id for column in of_actor)))
    if wanted.action is not None and wanted.action.endswith("."):
        query = query.where(col(AuditEntry.action).startswith(wanted.action, autoescape=True))
    elif wanted.action is not None:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query


def _of_tenant(session: ReadSession, wanted: AuditFilter) -> SelectOfScalar[AuditEntry]:
    return audit_entries(wanted).where(AuditEntry.tenant_id == session.tenant_id)
