"""Completing a provider's dialog, whatever it was begun for, and the inputs that are shared by what begins one."""

from dataclasses import dataclass, field
from datetime import datetime

from auth.viewer import Viewer
from models.channels.channel import Channel
from models.connections.access_grant import AccessGrant
from resolvers.auth_answer import auth_answer
from resolvers.context import Info
from resolvers.mutation import UserError, mutation
from services.oauth_purposes import complete_oauth as complete_flow

RETURN_URL = "A path of this site, or a URL whose origin RETURN_ORIGINS lists."
CODE_CHALLENGE = "base64url SHA-256 of a random codeVerifier of your own (RFC 7636, S256), 43 characters."


@dataclass(slots=True)
class CompleteOAuthAnswer:
    access_token: str | None = None
    access_token_expires_at: datetime | None = None
    refresh_token: str | None = None
    viewer: Viewer | None = None
    grant: AccessGrant | None = None
    channel: Channel | None = None
    user_errors: list[UserError] = field(default_factory=list)


@mutation(CompleteOAuthAnswer)
async def complete_oauth(info: Info, code: str, code_verifier: str) -> CompleteOAuthAnswer:
    """Completes a dialog. It is open to everybody, since a sign-in has no viewer yet.

    A dialog that a viewer has begun can be completed by the same viewer only.
    """
    context = info.context
    completed = await complete_flow(
        context.tools, context.viewer, context.origin, code=code, code_verifier=code_verifier
    )
    signed_in_now = completed.signed_in
    if signed_in_now is None:
        return CompleteOAuthAnswer(viewer=completed.viewer, grant=completed.grant, channel=completed.channel)
    opened = auth_answer(info, signed_in_now)
    return CompleteOAuthAnswer(
        access_token=opened.access_token,
        access_token_expires_at=opened.access_token_expires_at,
        refresh_token=opened.refresh_token,
        viewer=opened.viewer,
    )
