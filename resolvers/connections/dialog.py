"""The connect flow and what it is for: beginning it, completing it, connecting and disconnecting ad accounts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import strawberry

from auth.viewer import Viewer
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant
from models.platform import Platform
from models.refreshes.job import RefreshJob
from resolvers.auth_answer import auth_answer
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import UserError, mutation
from resolvers.ok import OkAnswer, done
from services.connections import ad_accounts, dialog
from services.oauth_purposes import complete_oauth as complete_flow


@strawberry.input
class BeginConnectionInput:
    platform: Platform
    return_url: str = strawberry.field(
        default="/", description="A path of this site, or a URL whose origin RETURN_ORIGINS lists."
    )
    code_challenge: str = strawberry.field(
        description="base64url SHA-256 of a random codeVerifier of your own (RFC 7636, S256), 43 characters."
    )


@dataclass(slots=True)
class CompleteOAuthAnswer:
    access_token: str | None = None
    access_token_expires_at: datetime | None = None
    refresh_token: str | None = None
    viewer: Viewer | None = None
    grant: AccessGrant | None = None
    user_errors: list[UserError] = field(default_factory=list)


@dataclass(slots=True)
class ConnectAdAccountsAnswer:
    ad_accounts: list[AdAccount] = field(default_factory=list)
    refresh_jobs: list[RefreshJob] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


@mutation("authorization_url")
async def begin_connection(info: Info, input: BeginConnectionInput) -> str:  # noqa: A002 - the API's name
    return await dialog.begin_connection(
        info.context.tools,
        signed_in(info),
        platform=input.platform,
        return_url=input.return_url,
        code_challenge=input.code_challenge,
    )


@mutation(CompleteOAuthAnswer)
async def complete_oauth(info: Info, code: str, code_verifier: str) -> CompleteOAuthAnswer:
    """Open to all: a sign-in has no viewer yet. What was begun by a viewer is completed by the same one only."""
    context = info.context
    completed = await complete_flow(
        context.tools, context.viewer, context.origin, code=code, code_verifier=code_verifier
    )
    signed_in_now = completed.signed_in
    if signed_in_now is None:
        return CompleteOAuthAnswer(viewer=completed.viewer, grant=completed.grant)
    opened = auth_answer(info, signed_in_now)
    return CompleteOAuthAnswer(
        access_token=opened.access_token,
        access_token_expires_at=opened.access_token_expires_at,
        refresh_token=opened.refresh_token,
        viewer=opened.viewer,
    )


@mutation(ConnectAdAccountsAnswer)
async def connect_ad_accounts(info: Info, grant_id: strawberry.ID, external_ids: list[str]) -> ConnectAdAccountsAnswer:
    connected = await ad_accounts.connect_ad_accounts(
        info.context.tools,
        signed_in(info),
        grant_id=claimed_id(info.context, grant_id, "AccessGrant", at=["grantId"]),
        external_ids=external_ids,
    )
    return ConnectAdAccountsAnswer(connected.ad_accounts, connected.refresh_jobs)


@mutation(OkAnswer)
async def disconnect_ad_account(
    info: Info, account_id: Annotated[strawberry.ID, strawberry.argument(name="id")], delete_data: bool = False
) -> OkAnswer:
    disconnected = await ad_accounts.disconnect_ad_account(
        info.context.tools, signed_in(info), claimed_id(info.context, account_id, "AdAccount"), delete_data=delete_data
    )
    return done("AdAccount", disconnected)
