"""What Meta tells us about one of its users: that they removed the app, or that they want their data deleted.

Such a message names no tenant: the user's grants are looked up over all tenants, and each grant is changed under the
policies of its tenant.
"""

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

import structlog

from analytics.clock import Clock
from integrations.ads.records import CLOCK_SKEW, PersonNotice
from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.audit.entry import record
from models.connections.access_grant import (
    AccessGrant,
    AccessGrantStatus,
    access_grant_for_update,
    grants_of_platform_user,
)
from models.connections.deletion_request import (
    DeletionRequest,
    insert_unless_known,
    request_by_code,
    request_by_hash,
    request_for_update,
)
from models.database import Database, WriteSession
from models.ids import new_id
from models.people.oauth_identity import IdentityProvider
from models.platform import Platform
from models.queue.enqueue import enqueue
from services.people.tools import SessionTools
from services.refreshes.behind_grants import stop_jobs
from services.sign_in.identities import erase_identity
from services.tools import AdPlatforms

_log = structlog.get_logger(__name__)

ERASE_TASK = "person.erase"
STATUS_PATH = "/webhooks/meta/data-deletion"
_REMOVED = "The app was removed from the Facebook account: connect again."
_ERASED = "The person behind this grant had their data deleted: connect again."
_LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class AcceptedDeletion:
    """What Meta shows to the person: where they see how far the deletion is, and its code."""

    url: str
    confirmation_code: str


async def deauthorize(db: Database, clock: Clock, ads: AdPlatforms, signed_request: str) -> int:
    """Revokes the person's grants in every tenant and stops their refreshes; answers how many it revoked.

    The same message twice is no error. A grant that was connected again after the message was made stays. Raises
    BadInput for a forged request.
    """
    said = _read(clock, ads, signed_request)
    revoked = 0
    for tenant_id, grant_id in await _load_grants_of(db, said.user_id):
        async with db.write(TenantScope(tenant_id)) as session:
            grant = await access_grant_for_update(session, grant_id)
            if grant is None or grant.status is AccessGrantStatus.REVOKED or _is_newer(grant, said):
                continue
            await _revoke(clock, session, grant, reason=_REMOVED, action="access_grant.deauthorized")
            revoked += 1
    _log.info("platform_user_deauthorized", grants=revoked)
    return revoked


async def request_deletion(
    db: Database, clock: Clock, ads: AdPlatforms, public_url: str, signed_request: str
) -> AcceptedDeletion:
    """Stores the request and queues the deletion; the same request again answers the same code.

    Raises BadInput for a forged request.
    """
    said = _read(clock, ads, signed_request)
    request = DeletionRequest(
        id=new_id(),
        platform=Platform.META,
        external_user_id=said.user_id,
        confirmation_code=secrets.token_hex(16),
        request_hash=hashlib.sha256(f"{said.user_id}:{said.issued_at.timestamp()}".encode()).digest(),
        requested_at=clock(),
    )
    async with db.write(None) as session:
        if await insert_unless_known(session, request):
            await enqueue(session, ERASE_TASK, queueing_lock=str(request.id), deletion_request_id=str(request.id))
        stored = await request_by_hash(session, request.request_hash)
    url = f"{public_url.rstrip('/')}{STATUS_PATH}/{stored.confirmation_code}"
    return AcceptedDeletion(url, stored.confirmation_code)


async def deletion_of_code(db: Database, code: str) -> DeletionRequest | None:
    """The request with this confirmation code, or None; everybody who knows the code may see it."""
    if not code.isascii() or not code.isalnum() or len(code) > _LONGEST_CODE:
        return None
    async with db.read(None) as session:
        return await request_by_code(session, code)


async def erase_person(tools: SessionTools, request_id: UUID) -> None:
    """Deletes token, name and id of the person in every tenant, and their sign-in with Facebook.

    The request is marked as done at the end, so that a call that broke off may be repeated.
    """
    async with tools.db.write(None) as session:
        request = await request_for_update(session, request_id)
    if request is None or request.external_user_id is None:
        return
    for tenant_id, grant_id in await _load_grants_of(tools.db, request.external_user_id):
        async with tools.db.write(TenantScope(tenant_id)) as session:
            grant = await access_grant_for_update(session, grant_id)
            if grant is not None:
                await _revoke(tools.clock, session, grant, reason=_ERASED, action="access_grant.erased")
                grant.external_user_name, grant.external_user_id = None, f"erased:{grant.id}"
    await erase_identity(tools, IdentityProvider.FACEBOOK, request.external_user_id)
    async with tools.db.write(None) as session:
        done = await request_for_update(session, request_id)
        if done is not None:
            done.external_user_id, done.completed_at = None, tools.clock()
    _log.info("person_erased", deletion_request_id=str(request_id))


def _read(clock: Clock, ads: AdPlatforms, signed_request: str) -> PersonNotice:
    return ads[Platform.META].person_notice(signed_request, now=clock())


async def _load_grants_of(db: Database, user_id: str) -> list[tuple[UUID, UUID]]:
    async with db.system(reason="find the grants of a platform's user") as session:
        return await grants_of_platform_user(session, Platform.META, user_id)


def _is_newer(grant: AccessGrant, said: PersonNotice) -> bool:
    """Whether the person connected again after they removed the app; Meta's clock and ours may differ by CLOCK_SKEW."""
    return grant.token_stored_at is not None and grant.token_stored_at > said.issued_at + CLOCK_SKEW


async def _revoke(clock: Clock, session: WriteSession, grant: AccessGrant, *, reason: str, action: str) -> None:
    before, now = {"status": grant.status.value}, clock()
    grant.status, grant.reason, grant.token_enc = AccessGrantStatus.REVOKED, reason, ""
    grant.revoked_at = grant.revoked_at or now
    await stop_jobs(session, grant.id, reason=reason, now=now)
    record(
        session,
        TenantScope(grant.tenant_id),
        action=action,
        target_type="AccessGrant",
        target_id=grant.id,
        before=before,
        after={"status": grant.status.value},
        kind=ActorKind.WEBHOOK,
    )
