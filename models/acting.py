"""Who acts: the shapes of it, and when each is used; decides nothing.

* `Viewer` (`auth/viewer.py`): whoever asks, after `auth` has recognised them. Services check its permissions.
* `TenantScope`: whoever acts without being a viewer, such as a job, a webhook, or somebody with a link from a letter.
* `Acting`: either of them, for sessions of the database and for the audit log, which do not care which.
* `Origin`: where the request came from.

What clients see of it afterwards is the `Actor` of an audit entry or a refresh (`resolvers/actors.py`).
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as sessions and audit entries store it."""

    ip: str | None
    user_agent: str | None
    request_id: str


_NOWHERE = Origin(ip=None, user_agent=None, request_id="")


class Acting(Protocol):
    """Whoever a session is opened for and an audit entry names.

    A person has `user_id`, an API key `api_key_id`, the system neither; without a tenant `tenant_id` is None.
    """

    @property
    def tenant_id(self) -> UUID | None: ...

    @property
    def user_id(self) -> UUID | None: ...

    @property
    def api_key_id(self) -> UUID | None: ...

    @property
    def origin(self) -> Origin: ...


@dataclass(frozen=True, slots=True)
class TenantScope:
    """An Acting for code that has no viewer: jobs, webhooks, operators, and requests before it is known who asks.

    It has no role, so it asks for no permission. A person is in it where a one-time token or a refresh token names one;
    only a request has an origin.
    """

    tenant_id: UUID | None
    user_id: UUID | None = None
    origin: Origin = _NOWHERE

    @property
    def api_key_id(self) -> None:
        return None
