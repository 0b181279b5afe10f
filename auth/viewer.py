"""Viewer: the person or API key behind a request, and where the request came from; no look-ups and no rules."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.tenants.membership import Role


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as sessions and audit entries store it."""

    ip: str | None
    user_agent: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Caller:
    """A person identified by a one-time token or a refresh token, who is no viewer: such a token carries no role."""

    user_id: UUID
    tenant_id: UUID | None
    origin: Origin
    api_key_id: None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A verified person or an API key, acting in at most one tenant; the role is that of the membership.

    An API key has no `user_id`, so nothing that belongs to a person belongs to it.
    """

    user_id: UUID | None
    tenant_id: UUID | None
    role: Role | None
    session_id: UUID | None
    is_staff: bool
    token_expires_at: datetime
    origin: Origin
    # When the person signed in; renewing the session or changing the tenant does not change this instant.
    signed_in_at: datetime | None = None
    api_key_id: UUID | None = None
    key_maker_id: UUID | None = None

    @property
    def is_api_key(self) -> bool:
        return self.api_key_id is not None

    @property
    def responsible_id(self) -> UUID:
        """The person who is responsible for what is done: the viewer, or the maker of the API key."""
        person_id = self.user_id or self.key_maker_id
        if person_id is None:
            raise ValueError("A viewer is a person or a person's key.")
        return person_id
