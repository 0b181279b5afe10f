"""The audit log: who changed what. `record` adds entries, the queries read them; nothing here changes an entry."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from models.acting import Acting, TenantScope
from models.audit.actor import ActorKind
from models.columns import JSON, TenantRow, TextEnum, dated, one_of
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page

# Stands for a tenant in entries that belong to none: acts of persons outside of any tenant, and of the installation's
# staff. No tenant has this id.
INSTALLATION = UUID(int=0)


class AuditEntry(TenantRow, table=True):
    __tablename__ = "audit_log"
    __table_args__ = (one_of("actor_kind", ActorKind), Index(None, "tenant_id", "at", "id"), Index(None, "at", "id"))

    at: datetime = dated()
    actor_kind: ActorKind = Field(sa_type=TextEnum(ActorKind))
    actor_user_id: UUID | None = None
    actor_api_key_id: UUID | None = None
    action: str
    target_type: str | None = None
    target_id: UUID | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    ip: str | None = None
    request_id: str | None = None


def log_scope(actor: Acting) -> TenantScope:
    """The scope of a session that records acts of somebody who may be in no tenant."""
    return TenantScope(actor.tenant_id or INSTALLATION, actor.user_id)


def kind_of(actor: Acting) -> ActorKind:
    if actor.user_id is not None:
        return ActorKind.USER
    return ActorKind.SYSTEM if actor.api_key_id is None else ActorKind.API_KEY


def record(
    session: WriteSession,
    actor: Acting,
    *,
    action: str,
    target_type: str | None = None,
    target_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    kind: ActorKind | None = None,
    in_tenant: UUID | None = None,
) -> None:
    """Adds an entry to the caller's transaction, in the actor's tenant; without `kind` the actor's own kind is stored.

    `in_tenant` is for sessions over all tenants: the act concerns another tenant than the actor's. For an actor outside
    of any tenant, open the session for `log_scope(actor)`.
    """
    session.add(
        AuditEntry(
            tenant_id=in_tenant or actor.tenant_id or session.tenant_id,
            actor_kind=kind or kind_of(actor),
            actor_user_id=actor.user_id,
            actor_api_key_id=actor.api_key_id,
            action=action,
            target_type=target_type,
            target_id=target_id,
            before=before,
            after=after,
            ip=actor.origin.ip,
            request_id=actor.origin.request_id,
        )
    )


_NEWEST_FIRST = Ordering("audit", col(AuditEntry.at), col(AuditEntry.id), descending=True)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Every given part must be true. `since` is included, `until` is not; an `action` ending in a dot is a prefix."""

    actor_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def audit_page(session: ReadSession, wanted: AuditFilter, window: Window) -> KeysetPage[AuditEntry]:
    """Entries of the session's tenant, newest first."""
    return await load_page(session, Listing(_of_tenant(session, wanted), _NEWEST_FIRST), window)


async def count_audit_entries(session: ReadSession, wanted: AuditFilter) -> int:
    return await count_rows(session, _of_tenant(session, wanted))


def audit_entries(wanted: AuditFilter) -> SelectOfScalar[AuditEntry]:
    """The select of the entries that the filter matches, of all tenants that the session sees."""
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
