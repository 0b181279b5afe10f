"""The dialog in a browser with a provider of identities, ads or sales: its payloads and mutations."""

from datetime import datetime

import strawberry

from resolvers import oauth
from resolvers.connections import dialog
from schema.channels import Channel
from schema.connections.access_grant import AccessGrant
from schema.field import field
from schema.people.viewer import Viewer
from schema.user_error import UserError


@strawberry.type
class BeginOAuthPayload:
    authorization_url: str | None = field(
        secret=True, description="Open it in a browser within 10 minutes; it works once."
    )
    user_errors: list[UserError]


@strawberry.type(description="Sign-in: tokens and viewer. Link: viewer. Connection: grant. Marketplace: channel.")
class CompleteOAuthPayload:
    access_token: str | None = field(secret=True, description="As in AuthPayload.")
    access_token_expires_at: datetime | None
    refresh_token: str | None = field(secret=True, description="As in AuthPayload.")
    viewer: Viewer | None
    grant: AccessGrant | None
    channel: Channel | None = field(description="Of a marketplace: the seller's channel, new or renewed.")
    user_errors: list[UserError]


@strawberry.type
class OAuthMutations:
    begin_connection: BeginOAuthPayload | None = field(
        dialog.begin_connection,
        description="Connects ad accounts in a browser: open authorizationUrl, then trade the code that comes back on "
        "returnUrl. Needs CONNECT_ACCOUNTS.",
    )
    complete_oauth: CompleteOAuthPayload | None = field(
        oauth.complete_oauth,
        is_open=True,
        name="completeOAuth",
        description="The one-time code of the callback (60 s) and the verifier of codeChallenge; a connection, a "
        "channel or a link only by the viewer who began it.",
    )
