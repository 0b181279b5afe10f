"""The payloads of the connect flow."""

from datetime import datetime

import strawberry

from schema.ads.ad_account import AdAccount
from schema.connections.access_grant import AccessGrant
from schema.field import field
from schema.people.viewer import Viewer
from schema.refreshes import RefreshJob
from schema.user_error import UserError


@strawberry.type
class BeginOAuthPayload:
    authorization_url: str | None = field(description="Open it in a browser within 10 minutes; it works once.")
    user_errors: list[UserError]


@strawberry.type(description="Sign-in: tokens and viewer. Link: viewer. Connection: grant.")
class CompleteOAuthPayload:
    access_token: str | None
    access_token_expires_at: datetime | None
    refresh_token: str | None
    viewer: Viewer | None
    grant: AccessGrant | None
    user_errors: list[UserError]


@strawberry.type(description="All of the accounts, or none and the reason.")
class ConnectAdAccountsPayload:
    ad_accounts: list[AdAccount] = field(description="In the order of externalIds.")
    refresh_jobs: list[RefreshJob] = field(description="Their first refreshes, and those that were on their way.")
    user_errors: list[UserError]
