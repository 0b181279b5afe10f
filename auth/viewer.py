"""Viewer: the person or API key behind a request; no look-ups and no rules."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.acting import Origin
from models.tenants.membership import Role


@dataclass(frozen=True, slots=True)
class Viewer:
    """A verified person or an API key, acting in at most one tenant; the role is that of the membership.

    Functions that check a permission take a Viewer; code that acts for nobody who asks has a TenantScope instead
    (`models/acting.py`). An API key has no `user_id`, so nothing that belongs to a person belongs to it.
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
