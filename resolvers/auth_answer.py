"""AuthAnswer: what every mutation that signs somebody in answers."""

from dataclasses import dataclass, field
from datetime import datetime

from auth.viewer import Viewer
from resolvers.context import Context, Info
from resolvers.mutation import UserError
from services.people.sessions import SignedIn


@dataclass(slots=True)
class AuthAnswer:
    access_token: str | None = None
    access_token_expires_at: datetime | None = None
    refresh_token: str | None = None
    viewer: Viewer | None = None
    user_errors: list[UserError] = field(default_factory=list)


def auth_answer(info: Info, signed_in_now: SignedIn) -> AuthAnswer:
    """The payload of a sign-in; it also makes the new viewer that of the operation."""
    # The payload's fields, and the mutations that follow in the operation, must see what the new viewer may see.
    info.context.viewer = signed_in_now.viewer
    return AuthAnswer(
        access_token=signed_in_now.access_token.text,
        access_token_expires_at=signed_in_now.access_token.expires_at,
        refresh_token=_handed_over(info.context, signed_in_now),
        viewer=signed_in_now.viewer,
    )


def _handed_over(context: Context, signed_in_now: SignedIn) -> str | None:
    """The refresh token for the payload; None if it was put into the browser's cookie instead."""
    cookie = context.session_cookie
    if cookie is None or not cookie.is_wanted:
        return signed_in_now.refresh_token
    cookie.keep(signed_in_now.refresh_token, until=signed_in_now.refresh_token_expires_at, now=context.tools.clock())
    return None
