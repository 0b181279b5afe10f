"""The mutations that sign somebody in or out, and their payload."""

from datetime import datetime

import strawberry

from resolvers.sign_in import by_password, identities
from schema.field import field
from schema.oauth import BeginOAuthPayload
from schema.ok_payload import OkPayload
from schema.people.viewer import Viewer, ViewerPayload
from schema.user_error import UserError


@strawberry.type
class AuthPayload:
    access_token: str | None = field(
        secret=True, description="Send it as `Authorization: Bearer ...`; a JWT of about 10 minutes."
    )
    access_token_expires_at: datetime | None
    refresh_token: str | None = field(
        secret=True,
        description="For `refreshSession`: opaque, works once, replaced each time. Null once the browser keeps it as "
        "its cookie, which a page of our own origin asks for with the header `X-Adgraph-Session: cookie`.",
    )
    viewer: Viewer | None
    user_errors: list[UserError]


@strawberry.type
class SignInMutations:
    register: AuthPayload | None = field(
        by_password.register,
        is_open=True,
        description="A new person, signed in: in a new tenant or the one that invited.",
    )
    login: AuthPayload | None = field(by_password.login, is_open=True)
    refresh_session: AuthPayload | None = field(
        by_password.refresh_session,
        is_open=True,
        description="Trades a refresh token for new tokens; it works once. Without one, the session cookie of the "
        "browser is traded, for a page of our own origin that sends `X-Adgraph-Session: cookie`.",
    )
    logout: OkPayload | None = field(
        by_password.logout,
        is_open=True,
        description="Ends the session that asks, and with `X-Adgraph-Session: cookie` the one of the browser's cookie.",
    )
    begin_sign_in: BeginOAuthPayload | None = field(
        identities.begin_sign_in,
        is_open=True,
        description="Facebook or Google: sign in, or link to the viewer. Open authorizationUrl in a browser, then "
        "trade the code that comes back on returnUrl with completeOAuth.",
    )
    unlink_identity: ViewerPayload | None = field(
        identities.unlink_identity,
        description="CONFLICT for the last way to sign in: set a password or link another account first.",
    )
