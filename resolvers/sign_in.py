"""Signing in and out, and the payload of every mutation that changes who the viewer is."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import strawberry

from auth.viewer import Viewer
from resolvers.context import Info, signed_in
from resolvers.mutation import UserError, mutation
from resolvers.node_id import decode_id, encode_id
from resolvers.ok import OkAnswer
from services import sessions, sign_in
from services.sessions import SignedIn
from services.sign_in import Registration

# Nobody's tenant: a malformed id is answered like another tenant's.
_NO_TENANT = UUID(int=0)


@strawberry.input(
    description="A new person, and either the name of a tenant that they will own or the invitation to one."
)
class RegisterInput:
    email: str
    password: str = strawberry.field(description="12 to 256 characters, not your name or e-mail address.")
    name: str
    tenant_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Name of a new tenant, whose owner you become."
    )
    invitation_token: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Instead of a tenant's name: the token of an invitation to `email`, whose tenant you join.",
    )


@strawberry.input
class LoginInput:
    email: str
    password: str
    tenant_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Which of your tenants to work in; without it, your oldest one."
    )


@dataclass(slots=True)
class AuthAnswer:
    access_token: str | None = None
    access_token_expires_at: datetime | None = None
    refresh_token: str | None = None
    viewer: Viewer | None = None
    user_errors: list[UserError] = field(default_factory=list)


@mutation(AuthAnswer)
async def register(info: Info, input: RegisterInput) -> AuthAnswer:  # noqa: A002 - the argument's name in the API
    wanted = Registration(
        input.email,
        input.password,
        input.name,
        tenant_name=input.tenant_name or None,
        invitation_token=input.invitation_token or None,
    )
    return auth_answer(info, await sign_in.register(info.context.tools, info.context.origin, wanted))


@mutation(AuthAnswer)
async def login(info: Info, input: LoginInput) -> AuthAnswer:  # noqa: A002 - the argument's name in the API
    tenant_id = (decode_id(input.tenant_id, "Tenant") or _NO_TENANT) if input.tenant_id else None
    signed_in_now = await sign_in.login(
        info.context.tools, info.context.origin, email=input.email, password=input.password, tenant_id=tenant_id
    )
    return auth_answer(info, signed_in_now)


@mutation(AuthAnswer)
async def refresh_session(info: Info, refresh_token: str) -> AuthAnswer:
    renewed = await sessions.refresh_session(info.context.tools, info.context.origin, refresh_token=refresh_token)
    return auth_answer(info, renewed)


@mutation(OkAnswer)
async def logout(info: Info) -> OkAnswer:
    session_id = await sessions.end_session(info.context.tools, signed_in(info))
    info.context.viewer = None
    return OkAnswer(ok=True, id=strawberry.ID(encode_id("Session", session_id)))


def auth_answer(info: Info, signed_in_now: SignedIn) -> AuthAnswer:
    """The payload; from here on the operation acts as its viewer."""
    # The rest of the operation, the payload's own fields first, is read as whom it signed in.
    info.context.viewer = signed_in_now.viewer
    return AuthAnswer(
        access_token=signed_in_now.access_token.text,
        access_token_expires_at=signed_in_now.access_token.expires_at,
        refresh_token=signed_in_now.refresh_token,
        viewer=signed_in_now.viewer,
    )
