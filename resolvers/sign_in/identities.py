"""Signing in with a provider, and unlinking a person's account there."""

import strawberry

from auth.viewer import Viewer
from models.people.oauth_identity import IdentityProvider
from resolvers.context import Info, signed_in
from resolvers.mutation import mutation
from resolvers.oauth import CODE_CHALLENGE, RETURN_URL
from services.sign_in import by_provider, identities


@strawberry.input
class BeginSignInInput:
    provider: IdentityProvider
    link: bool = strawberry.field(
        default=False,
        description=(
            "True: link the account to the viewer instead of signing in; needs a sign-in within the last 5 minutes "
            "(`FORBIDDEN` with the reason `REAUTHENTICATE`)."
        ),
    )
    return_url: str = strawberry.field(default="/", description=RETURN_URL)
    code_challenge: str = strawberry.field(description=CODE_CHALLENGE)


@mutation("authorization_url")
async def begin_sign_in(info: Info, input: BeginSignInInput) -> str:  # noqa: A002 - the API's name
    tools, plan = info.context.tools, {"return_url": input.return_url, "code_challenge": input.code_challenge}
    if input.link:
        return await identities.begin_link(tools, signed_in(info), provider=input.provider, **plan)
    return await by_provider.begin_sign_in(tools, provider=input.provider, **plan)


@mutation("viewer")
async def unlink_identity(info: Info, provider: IdentityProvider) -> Viewer:
    return await identities.unlink_identity(
        info.context.tools.db, info.context.tools.credentials, signed_in(info), provider
    )
