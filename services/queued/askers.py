"""What whoever asked for a job may do at the moment at which it runs: roles and keys change while jobs wait."""

from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID

from auth.permissions import Permission, lesser_role, permissions_of
from models.acting import Origin
from models.database import WriteSession
from models.people.standing import standing_of_key
from models.tenants.membership import Membership

_NO_REQUEST = Origin(ip=None, user_agent=None, request_id="")


class RequestedJob(Protocol):
    """The row of a job; both are None where no person and no key asked for it."""

    @property
    def tenant_id(self) -> UUID: ...

    @property
    def requested_by_user_id(self) -> UUID | None: ...

    @property
    def requested_by_api_key_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asked for a job, for the audit log: an Acting without a request."""

    tenant_id: UUID
    user_id: UUID | None
    api_key_id: UUID | None
    origin: Origin = _NO_REQUEST

    @classmethod
    def of(cls, job: RequestedJob) -> Self:
        return cls(job.tenant_id, job.requested_by_user_id, job.requested_by_api_key_id)


async def load_permissions_of_asker(session: WriteSession, job: RequestedJob) -> frozenset[Permission] | None:
    """What the member or the API key that asked for the job may do now; None where neither did."""
    if job.requested_by_user_id is not None:
        asker = await session.get(Membership, (job.tenant_id, job.requested_by_user_id))
        return permissions_of(asker.role if asker else None)
    if job.requested_by_api_key_id is not None:
        key = await standing_of_key(session, job.requested_by_api_key_id)
        return permissions_of(lesser_role(key.role, key.maker_role) if key else None)
    return None
