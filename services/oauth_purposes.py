"""The purposes of OAuth flows: which dialog a purpose opens, and what finishes it once its code is traded."""

from dataclasses import dataclass
from typing import assert_never

from auth.viewer import Viewer
from models.acting import Origin
from models.channels.channel import Channel
from models.connections.access_grant import AccessGrant
from models.oauth import OAuthPurpose
from services.channels.dialog import finish_dialog, seller_dialog
from services.connections.dialog import connection_dialog, finish_connection
from services.oauth import OpenedFlow, trade_code
from services.people.sessions import SignedIn
from services.sign_in.by_provider import finish_sign_in
from services.sign_in.identities import finish_link
from services.sign_in.providers import fetch_sign_in_url
from services.sign_in.tools import SignInTools
from services.tools import Vendors


@dataclass(frozen=True, slots=True)
class CompletedOAuth:
    """The outcome by purpose: the grant of a connection, the channel of a marketplace, the session of a sign-in, the
    viewer of a linked identity.
    """

    grant: AccessGrant | None = None
    channel: Channel | None = None
    signed_in: SignedIn | None = None
    viewer: Viewer | None = None


async def fetch_dialog_url(vendors: Vendors, opened: OpenedFlow) -> str:
    """The provider's dialog for a flow that has just been opened."""
    if opened.purpose is OAuthPurpose.CONNECTION:
        return connection_dialog(vendors.ads, opened)
    if opened.purpose is OAuthPurpose.CHANNEL:
        return seller_dialog(vendors.selling, opened)
    return await fetch_sign_in_url(vendors.sign_in, opened)


async def complete_oauth(
    tools: SignInTools, viewer: Viewer | None, origin: Origin, *, code: str, code_verifier: str
) -> CompletedOAuth:
    """Trades the one-time code of a return URL for what its flow was begun for.

    Raises Refused as `trade_code` does, and as the purpose does.
    """
    traded = await trade_code(tools, viewer, code=code, code_verifier=code_verifier)
    match traded.purpose:
        case OAuthPurpose.CONNECTION:
            return CompletedOAuth(grant=await finish_connection(tools, viewer, traded))
        case OAuthPurpose.CHANNEL:
            return CompletedOAuth(channel=await finish_dialog(tools, viewer, traded))
        case OAuthPurpose.SIGN_IN:
            return CompletedOAuth(signed_in=await finish_sign_in(tools, origin, traded))
        case OAuthPurpose.LINK:
            return CompletedOAuth(viewer=await finish_link(tools, viewer, traded))
        case _:
            assert_never(traded.purpose)
