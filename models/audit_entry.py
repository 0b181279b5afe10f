"""The audit log: who changed what; the application can add entries and read them, never change them."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.actor import ActorKind
from models.columns import JSON, TenantRow, TextEnum, dated, one_of
from models.database import HasTenant, TenantScope, WriteSession

# The log of what no tenant has: acts of people outside of any, and of the installation's staff. No tenant has this id.
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


class Whence(Protocol):
    """Where the act came from."""

    @property
    def ip(self) -> str | None: ...

    @property
    def request_id(self) -> str: ...


class Actor(Protocol):
    """Whoever acts: a signed-in person has an id, an API key has its own, the system has none."""

    @property
    def user_id(self) -> UUID | None: ...

    @property
    def api_key_id(self) -> UUID | None: ...

    @property
    def tenant_id(self) -> UUID | None: ...

    @property
    def origin(self) -> Whence: ...


def log_scope(actor: HasTenant) -> TenantScope:
    """What a session is opened for that records acts of somebody who may be in no tenant."""
    return TenantScope(actor.tenant_id or INSTALLATION, actor.user_id)


def kind_of(actor: Actor) -> ActorKind:
    if actor.user_id is not None:
        return ActorKind.USER
    return ActorKind.SYSTEM if actor.api_key_id is None else ActorKind.API_KEY


def record(
    session: WriteSession,
    actor: Actor,
    *,
    action: str,
    target_type: str | None = None,
    target_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    kind: ActorKind | None = None,
    in_tenant: UUID | None = None,
) -> None:
    """Adds an entry to the caller's transaction, in the actor's tenant; the kind is what `actor` is, unless given.

    `in_tenant` is for sessions over all tenants, whose acts concern another tenant than the actor's, or none.
    For an actor outside of any tenant the session is to be open for `log_scope(actor)`.
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
