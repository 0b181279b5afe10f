"""The token of a grant: checks it before it is stored, stores it encrypted, records that it no longer works."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from analytics.clock import Clock
from auth.token_cipher import TokenCipher
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.ads.platform import AdPlatform
from integrations.ads.records import TokenInfo
from models.acting import Acting
from models.audit.entry import record
from models.connections.access_grant import (
    ENDED_STATUSES,
    AccessGrant,
    AccessGrantStatus,
    access_grant_of_user_for_update,
    insert_unless_known,
)
from models.database import Database
from models.ids import new_id
from models.platform import Platform
from models.tenants.tenant import hold_tenant
from services.account_access import token_context
from services.connections.tools import ConnectionTools
from services.refreshes.behind_grants import end_grant, resume_jobs
from services.tools import AdPlatforms

# How long before the end people are warned.
EXPIRING_WITHIN = timedelta(days=14)
_TOKEN_TEXTS = ("The access has expired: connect again.", "The access ends on {day}: connect again before.")
_DATA_ACCESS_TEXTS = (
    "The app was not used for 90 days, so the platform ended its access to data: connect again.",
    "The platform ends the access to data on {day}, 90 days after the app was last used: connect again before.",
)


def check_token(platform: AdPlatform, info: TokenInfo, *, otherwise: Refused) -> None:
    """Raises `otherwise` for a token that is of no use to our app, PERMISSION_MISSING if it may not read ads."""
    if not info.is_usable:
        raise otherwise
    missing = [scope for scope in platform.required_scopes if scope not in info.scopes]
    if missing:
        raise Refused(
            UserErrorCode.PERMISSION_MISSING,
            f"The permission {', '.join(missing)} was not granted: connect again and allow it.",
            field=otherwise.field,
        )


def missing_scopes(platform: AdPlatform, info: TokenInfo) -> list[str]:
    return [scope for scope in platform.scopes if scope not in info.scopes]


@dataclass(frozen=True, slots=True)
class VouchedToken:
    """A token that its platform has confirmed."""

    platform: Platform
    token: str = field(repr=False)
    info: TokenInfo


async def store_grant(tools: ConnectionTools, viewer: Viewer, vouched: VouchedToken, *, is_shared: bool) -> AccessGrant:
    """Stores the token as the tenant's grant of this platform user, and resumes the refreshes that had failed for it.

    Where the tenant has such a grant already, its token is replaced, and it stays shared if it was. Raises NotFound
    when the tenant was deleted.
    """
    async with tools.db.write(viewer) as session:
        await hold_tenant(session)
        grant = _new_grant(tools.clock, viewer, session.tenant_id, vouched)
        # Inserted without a token and then filled like a stored one, so that two dialogs at once end as one grant.
        is_new = await insert_unless_known(session, grant)
        stored = await access_grant_of_user_for_update(session, vouched.platform, vouched.info.external_user_id)
        if stored is None:
            raise Refused(UserErrorCode.CONFLICT, "The grant was removed meanwhile; try again.")
        _renew(tools.cipher, tools.vendors.ads, stored, vouched)
        stored.connected_by, stored.shared = viewer.responsible_id, is_shared or (stored.shared and not is_new)
        stored.token_stored_at = tools.clock()
        action = "access_grant.connected" if is_new else "access_grant.renewed"
        record(
            session,
            viewer,
            action=action,
            target_type="AccessGrant",
            target_id=stored.id,
            after={"external_user_id": stored.external_user_id, "scopes": stored.scopes, "shared": stored.shared},
        )
        await session.flush()
        await resume_jobs(session, viewer, stored.id, now=tools.clock())
    return stored


async def give_up(db: Database, clock: Clock, scope: Acting, refused: AccessGrant, reason: str) -> None:
    """Records that the platform no longer accepts the grant's token: people see `reason`, and its refreshes stop.

    `refused` is the grant as it was when the token was read: somebody may have connected again since.
    """
    async with db.write(scope) as session:
        await end_grant(session, refused, reason=reason, now=clock())


def health(grant: AccessGrant, now: datetime) -> tuple[AccessGrantStatus, str | None]:
    """The grant's status at `now`, and what to do about it in words.

    The stored status changes with checks alone; that an end has come near or passed shows from the dates.
    """
    if grant.status in ENDED_STATUSES:
        return grant.status, grant.reason
    ends = [(instant, texts) for instant, texts in _ends(grant) if instant is not None]
    if not ends:
        return AccessGrantStatus.ACTIVE, None
    end, (over, coming) = min(ends, key=lambda each: each[0])
    if end <= now:
        return AccessGrantStatus.NEEDS_REAUTH, over
    if end - now > EXPIRING_WITHIN:
        return AccessGrantStatus.ACTIVE, None
    return AccessGrantStatus.EXPIRING, coming.format(day=end.date())


def _ends(grant: AccessGrant) -> tuple[tuple[datetime | None, tuple[str, str]], ...]:
    """The two dates at which an access ends, each with the texts for when it has passed and when it is near."""
    return ((grant.expires_at, _TOKEN_TEXTS), (grant.data_access_expires_at, _DATA_ACCESS_TEXTS))


def _new_grant(clock: Clock, viewer: Viewer, tenant_id: UUID, vouched: VouchedToken) -> AccessGrant:
    return AccessGrant(
        tenant_id=tenant_id,
        id=new_id(),
        platform=vouched.platform,
        external_user_id=vouched.info.external_user_id,
        token_enc="",
        connected_by=viewer.responsible_id,
        created_at=clock(),
    )


def _renew(cipher: TokenCipher, ads: AdPlatforms, grant: AccessGrant, vouched: VouchedToken) -> None:
    info, platform = vouched.info, ads[vouched.platform]
    grant.token_enc = cipher.encrypt(token_context(grant.tenant_id, grant.id), vouched.token)
    grant.external_user_name = info.external_user_name
    grant.status, grant.reason, grant.revoked_at = AccessGrantStatus.ACTIVE, None, None
    grant.scopes, grant.missing_scopes = list(info.scopes), missing_scopes(platform, info)
    grant.expires_at, grant.data_access_expires_at = info.expires_at, info.data_access_expires_at
