"""Connecting a platform through its dialog: begun by a viewer, finished by the same one with the one-time code."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from auth.permissions import Permission, person_id_of, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.errors import AccessRevoked, Rejected
from integrations.meta.oauth import authorization_url, token_for_code
from models.access_grant import AccessGrant
from models.ad_account import Platform
from models.audit_entry import record
from models.oauth_flow import OAuthPurpose
from services.oauth_flows import OpenedFlow, Plan, ProviderCode, begin_flow, trade_code
from services.platform_access import check_token, platform_call, store_grant
from services.toolbox import Toolbox

FACEBOOK = "facebook"


@dataclass(frozen=True, slots=True)
class CompletedOAuth:
    """What a finished flow led to: a connection's is its grant."""

    grant: AccessGrant | None = None


async def begin_connection(
    tools: Toolbox, viewer: Viewer, *, platform: Platform, return_url: str, code_challenge: str
) -> str:
    """The address to open in a browser; needs CONNECT_ACCOUNTS.

    Raises Refused for a wrong returnUrl or codeChallenge.
    """
    person_id_of(require(viewer, Permission.CONNECT_ACCOUNTS))
    if not tools.meta.app.app_id:
        raise Refused(
            UserErrorCode.NOT_CONFIGURED, f"{platform} is not set up here: set META_APP_ID and META_APP_SECRET."
        )
    plan = Plan(FACEBOOK, OAuthPurpose.CONNECTION, viewer, return_url=return_url, code_challenge=code_challenge)
    async with tools.db.write(viewer) as session:
        url = await begin_flow(tools, session, plan)
        record(session, viewer, action="connection.begun", after={"platform": platform.value})
    return url


def dialog_url(tools: Toolbox, opened: OpenedFlow) -> str:
    """The provider's dialog for a flow that has just been opened."""
    return _DIALOGS[opened.provider](tools, opened)


async def complete_oauth(tools: Toolbox, viewer: Viewer | None, *, code: str, code_verifier: str) -> CompletedOAuth:
    """Trades the one-time code of a return URL for what its flow was begun for.

    Raises Refused as `trade_code` does, and as the purpose does.
    """
    traded = await trade_code(tools, viewer, code=code, code_verifier=code_verifier)
    return await _FINISHERS[traded.purpose](tools, viewer, traded)


async def _finish_connection(tools: Toolbox, viewer: Viewer | None, traded: ProviderCode) -> CompletedOAuth:
    """The stored grant. Raises Refused: OAUTH_FAILED, PERMISSION_MISSING."""
    viewer = require(viewer, Permission.CONNECT_ACCOUNTS)
    try:
        with platform_call():
            token = await token_for_code(tools.meta, code=traded.code, code_verifier=traded.provider_verifier)
            info = await tools.meta.account_session(token).token_info()
    except (Rejected, AccessRevoked) as error:
        raise _failed() from error
    check_token(tools, info, otherwise=_failed())
    return CompletedOAuth(grant=await store_grant(tools, viewer, info, token=token, is_shared=False))


def _failed() -> Refused:
    return Refused(
        UserErrorCode.OAUTH_FAILED, "The platform did not hand out access for this dialog's answer; begin again."
    )


def _facebook_dialog(tools: Toolbox, opened: OpenedFlow) -> str:
    return authorization_url(tools.meta.app, state=opened.state, code_verifier=opened.provider_verifier)


_DIALOGS: dict[str, Callable[[Toolbox, OpenedFlow], str]] = {FACEBOOK: _facebook_dialog}
# Each purpose is finished by its own service; signing in and linking add their lines here.
_FINISHERS: dict[OAuthPurpose, Callable[[Toolbox, Viewer | None, ProviderCode], Awaitable[CompletedOAuth]]] = {
    OAuthPurpose.CONNECTION: _finish_connection
}
