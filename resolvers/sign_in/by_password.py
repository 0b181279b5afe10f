"""Registering, signing in with a password, renewing a session and signing out."""

from uuid import UUID

import strawberry

from errors import Refused, UserErrorCode
from resolvers.auth_answer import AuthAnswer, auth_answer
from resolvers.context import Context, Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import wanted_id
from resolvers.mutation import mutation
from resolvers.ok import OkAnswer, done
from services.people import sessions
from services.sign_in import by_password
from services.sign_in.by_password import Registration


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


@mutation(AuthAnswer, called={"token": "invitation_token"})
async def register(info: Info, input: RegisterInput) -> AuthAnswer:  # noqa: A002 - the argument's name in the API
    wanted = Registration(
        input.email,
        input.password,
        input.name,
        tenant_name=input.tenant_name or None,
        invitation_token=input.invitation_token or None,
    )
    return auth_answer(info, await by_password.register(info.context.tools, info.context.origin, wanted))


@mutation(AuthAnswer)
async def login(info: Info, input: LoginInput) -> AuthAnswer:  # noqa: A002 - the argument's name in the API
    tenant_id = wanted_id(input.tenant_id, "Tenant", at=["input", "tenantId"]) if input.tenant_id else None
    signed_in_now = await by_password.login(
        info.context.tools, info.context.origin, email=input.email, password=input.password, tenant_id=tenant_id
    )
    return auth_answer(info, signed_in_now)


@mutation(AuthAnswer)
async def refresh_session(info: Info, refresh_token: str | None = strawberry.UNSET) -> AuthAnswer:
    cookie, token = info.context.session_cookie, given(refresh_token)
    if token is None:
        token = cookie.presented if cookie else None
    if token is None:
        raise Refused(
            UserErrorCode.TOKEN_INVALID,
            "This browser has no session: sign in, or give the refresh token.",
            field="refresh_token",
        )
    renewed = await sessions.refresh_session(info.context.tools, info.context.origin, refresh_token=token)
    return auth_answer(info, renewed)


@mutation(OkAnswer)
async def logout(info: Info) -> OkAnswer:
    """Ends the session of the bearer token and that of the browser's cookie.

    A page whose access token has expired can so sign out by the cookie alone.
    """
    context = info.context
    of_cookie = await _end_cookies_session(context)
    if of_cookie is None or context.viewer is not None:
        session_id = await sessions.end_session(context.tools, signed_in(info))
    else:
        session_id = of_cookie
    context.viewer = None
    return done("Session", session_id)


async def _end_cookies_session(context: Context) -> UUID | None:
    cookie = context.session_cookie
    if cookie is None or not cookie.is_wanted:
        return None
    cookie.clear()
    if cookie.presented is None:
        return None
    return await sessions.end_session_of(context.tools, context.origin, refresh_token=cookie.presented)
