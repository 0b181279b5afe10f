"""Connecting a platform through its dialog: begun by a viewer, finished by the same one with the one-time code."""

from typing import Protocol

from auth.permissions import Permission, person_id_of, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.errors import AccessRevoked, Rejected
from models.audit.entry import record
from models.connections.access_grant import AccessGrant
from models.oauth import OAuthPurpose
from models.platform import Platform
from services.connections.grant_tokens import VouchedToken, check_token, store_grant
from services.connections.tools import ConnectionTools
from services.oauth import FlowStart, FlowTools, OpenedFlow, ProviderCode, begin_flow
from services.tools import AdPlatforms, HasVendors
from services.vendor_calls import platform_call


class DialogTools(FlowTools, HasVendors, Protocol):
    """What begins a dialog of a platform, which is one of the vendors."""


async def begin_connection(
    tools: DialogTools, viewer: Viewer, *, platform: Platform, return_url: str, code_challenge: str
) -> str:
    """The address to open in a browser, for a dialog with the platform; needs CONNECT_ACCOUNTS.

    Raises Refused: NOT_CONFIGURED, INVALID for a wrong returnUrl or codeChallenge.
    """
    person_id_of(require(viewer, Permission.CONNECT_ACCOUNTS))
    vendor = tools.vendors.ads[platform]
    if not vendor.is_set_up:
        raise Refused(UserErrorCode.NOT_CONFIGURED, f"{platform} is not set up here: set {vendor.settings}.")
    flow = FlowStart(
        vendor.dialog_name, OAuthPurpose.CONNECTION, viewer, return_url=return_url, code_challenge=code_challenge
    )
    async with tools.db.write(viewer) as session:
        url = await begin_flow(tools, session, flow)
        record(session, viewer, action="connection.begun", after={"platform": platform.value})
    return url


def connection_dialog(ads: AdPlatforms, opened: OpenedFlow) -> str:
    """The platform's dialog for a flow that has just been opened."""
    vendor = ads[_platform_of(ads, opened.provider)]
    return vendor.dialog_url(state=opened.state, code_verifier=opened.provider_verifier)


async def finish_connection(tools: ConnectionTools, viewer: Viewer | None, traded: ProviderCode) -> AccessGrant:
    """Trades the platform's code for a token and answers the stored grant; needs CONNECT_ACCOUNTS.

    Raises Refused: OAUTH_FAILED, PERMISSION_MISSING.
    """
    viewer = require(viewer, Permission.CONNECT_ACCOUNTS)
    platform = _platform_of(tools.vendors.ads, traded.provider)
    vendor = tools.vendors.ads[platform]
    try:
        with platform_call():
            token = await vendor.token_for_code(code=traded.code, code_verifier=traded.provider_verifier)
            info = await vendor.account_session(token).token_info()
    except (Rejected, AccessRevoked) as error:
        raise _failed() from error
    check_token(vendor, info, otherwise=_failed())
    return await store_grant(tools, viewer, VouchedToken(platform, token, info), is_shared=False)


def _platform_of(ads: AdPlatforms, dialog_name: str) -> Platform:
    return next(key for key, vendor in ads.items() if vendor.dialog_name == dialog_name)


def _failed() -> Refused:
    return Refused(UserErrorCode.OAUTH_FAILED, "The dialog is over, but the platform gave no access: begin again.")
