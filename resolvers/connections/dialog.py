"""`beginConnection`: begins the platform's dialog through which ad accounts are connected."""

import strawberry

from models.platform import Platform
from resolvers.context import Info, signed_in
from resolvers.mutation import mutation
from resolvers.oauth import CODE_CHALLENGE, RETURN_URL
from services.connections import dialog


@strawberry.input
class BeginConnectionInput:
    platform: Platform
    return_url: str = strawberry.field(default="/", description=RETURN_URL)
    code_challenge: str = strawberry.field(description=CODE_CHALLENGE)


@mutation("authorization_url")
async def begin_connection(info: Info, input: BeginConnectionInput) -> str:  # noqa: A002 - the API's name
    return await dialog.begin_connection(
        info.context.tools,
        signed_in(info),
        platform=input.platform,
        return_url=input.return_url,
        code_challenge=input.code_challenge,
    )
