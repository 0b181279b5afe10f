"""Access grants as people use them: adding a token, listing, sharing and revoking grants, and what a grant can see."""

import re
from dataclasses import replace
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, permissions_of_viewer, require
from auth.viewer import Viewer
from errors import Forbidden, Refused, UpstreamUnavailable, UserErrorCode
from integrations.ads.records import VisibleAdAccounts
from integrations.errors import AccessRevoked
from models.audit.entry import record
from models.connections.access_grant import (
    AccessGrant,
    AccessGrantStatus,
    access_grant_by_id,
    access_grant_for_update,
    count_access_grants,
    list_access_grants,
)
from models.database import Database
from models.keyset import KeysetPage, Window
from models.platform import Platform
from services.account_access import token_of
from services.connections.grant_tokens import VouchedToken, check_token, give_up, store_grant
from services.connections.tools import ConnectionTools
from services.people.names import name_key
from services.refreshes.behind_grants import stop_jobs
from services.vendor_calls import platform_call

# Printable characters without spaces: anything else is no token, and cannot be sent in a header.
_TOKEN = re.compile(r"[\x21-\x7e]{8,1024}")


async def add_access_grant(
    tools: ConnectionTools, viewer: Viewer, *, platform: Platform, access_token: str
) -> AccessGrant:
    """Stores a pasted token after the platform has confirmed it; that of a system user is shared from the start.

    Needs CONNECT_ACCOUNTS. Raises Refused: ACCESS_TOKEN_INVALID, PERMISSION_MISSING.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    vendor = tools.vendors.ads[platform]
    invalid = Refused(
        UserErrorCode.ACCESS_TOKEN_INVALID,
        f"{vendor.name} does not accept this access token for our app: paste a valid one.",
        field="access_token",
    )
    token = access_token.strip()
    if not _TOKEN.fullmatch(token):
        raise invalid
    try:
        with platform_call():
            info = await vendor.account_session(token).token_info()
    except AccessRevoked as error:
        raise invalid from error
    check_token(vendor, info, otherwise=invalid)
    return await store_grant(tools, viewer, VouchedToken(platform, token, info), is_shared=info.is_of_system)


async def access_grants(db: Database, viewer: Viewer, window: Window) -> KeysetPage[AccessGrant]:
    """One page of the tenant's grants, oldest first; needs READ. Raises BadInput for a cursor of another list."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_access_grants(session, window)


async def number_of_access_grants(db: Database, viewer: Viewer) -> int:
    """How many grants the tenant has; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_access_grants(session)


async def share_access_grant(db: Database, viewer: Viewer, grant_id: UUID | None, *, shared: bool) -> AccessGrant:
    """Shares a grant with colleagues, or ends that; needs CONNECT_ACCOUNTS.

    Raises Refused: NOT_FOUND, FORBIDDEN for anybody but the person who connected the grant.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    async with db.write(viewer) as session:
        grant = await access_grant_for_update(session, grant_id) if grant_id else None
        if grant is None:
            raise _not_found()
        if grant.connected_by != viewer.user_id:
            raise Refused(
                UserErrorCode.FORBIDDEN, "Only the person who connected this grant can share it.", field="grant_id"
            )
        if grant.shared != shared:
            before, grant.shared = grant.shared, shared
            record(
                session,
                viewer,
                action="access_grant.shared" if shared else "access_grant.unshared",
                target_type="AccessGrant",
                target_id=grant.id,
                before={"shared": before},
                after={"shared": shared},
            )
    return grant


async def revoke_access_grant(db: Database, clock: Clock, viewer: Viewer, grant_id: UUID | None) -> UUID:
    """Deletes the grant's token and stops its refreshes; the ad accounts and their data stay. Needs CONNECT_ACCOUNTS.

    A colleague's grant may be revoked as well, since that only takes access away. Revoking twice is no error. Raises
    Refused: NOT_FOUND.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    async with db.write(viewer) as session:
        grant = await access_grant_for_update(session, grant_id) if grant_id else None
        if grant is None:
            raise _not_found()
        if grant.status is not AccessGrantStatus.REVOKED:
            before = {"status": grant.status.value}
            grant.status, grant.revoked_at, grant.token_enc = AccessGrantStatus.REVOKED, clock(), ""
            grant.reason = "Revoked here: connect again to use its ad accounts."
            await stop_jobs(session, grant.id, reason=grant.reason, now=clock())
            record(
                session,
                viewer,
                action="access_grant.revoked",
                target_type="AccessGrant",
                target_id=grant.id,
                before=before,
                after={"status": grant.status.value},
            )
    return grant.id


async def fetch_visible_ad_accounts(tools: ConnectionTools, viewer: Viewer, grant: AccessGrant) -> VisibleAdAccounts:
    """The ad accounts that the platform lists for the grant, by name, also those that it lists but refuses to describe.

    Raises UpstreamUnavailable where the list is refused as a whole, and AccessRevoked where the token no longer works,
    which is recorded on the grant.
    """
    try:
        with platform_call():
            vendor = tools.vendors.ads[grant.platform]
            found = await vendor.account_session(token_of(tools.cipher, grant)).visible_ad_accounts()
    except AccessRevoked as error:
        await give_up(tools.db, tools.clock, viewer, grant, error.reason)
        raise
    if found.cut_short is not None and not found.records:
        raise UpstreamUnavailable(f"The platform refuses the list of ad accounts: {found.cut_short}")
    return replace(found, records=sorted(found.records, key=lambda row: (name_key(row.name), row.external_id)))


async def load_grant_for_listing(db: Database, viewer: Viewer, grant_id: UUID | None) -> AccessGrant | None:
    """The grant, when the viewer connected it, or when it is shared and the viewer may connect accounts; needs READ.

    None when there is no such grant. Raises Forbidden for any other grant.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        grant = await access_grant_by_id(session, grant_id) if grant_id else None
    if grant is None or may_use(viewer, grant):
        return grant
    if grant.shared:
        require(viewer, Permission.CONNECT_ACCOUNTS)
    raise Forbidden("This grant is not shared with you; ask the person who connected it to share it.")


def may_use(viewer: Viewer, grant: AccessGrant) -> bool:
    """Whether the viewer connected the grant, or may connect accounts and the grant is shared."""
    is_own = grant.connected_by == viewer.user_id
    return is_own or (grant.shared and Permission.CONNECT_ACCOUNTS in permissions_of_viewer(viewer))


def _not_found() -> Refused:
    return Refused(UserErrorCode.NOT_FOUND, "There is no such access grant.", field="grant_id")
