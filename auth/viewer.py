"""The person behind a request and where the request came from; no look-ups and no rules."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.membership import Role


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as sessions and the audit log remember it."""

    ip: str | None
    user_agent: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """A verified person, acting in at most one tenant; the role is the membership's, never the token's."""

    user_id: UUID
    tenant_id: UUID | None
    role: Role | None
    session_id: UUID | None
    is_staff: bool
    token_expires_at: datetime
    origin: Origin
    # When the session began with a sign-in; refreshing it or changing the tenant makes it no younger.
    signed_in_at: datetime | None = None
