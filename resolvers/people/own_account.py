"""Mutations of persons on their own account: e-mail address, password, profile, sessions, deletion."""

from typing import Annotated

import strawberry

from auth.viewer import Viewer
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.ok import OkAnswer, done
from services.people import deletion, email_verification, passwords, profile, sessions


@mutation(OkAnswer)
async def request_email_verification(info: Info) -> OkAnswer:
    person_id = await email_verification.request_email_verification(info.context.tools, signed_in(info))
    return done("User", person_id)


@mutation(OkAnswer)
async def verify_email(info: Info, token: str) -> OkAnswer:
    person_id = await email_verification.verify_email(info.context.tools, info.context.origin, token)
    return done("User", person_id)


@mutation(OkAnswer)
async def request_password_reset(info: Info, email: str) -> OkAnswer:
    await passwords.request_password_reset(info.context.tools, email)
    return OkAnswer(ok=True)


@mutation(OkAnswer)
async def reset_password(info: Info, token: str, password: str) -> OkAnswer:
    person_id = await passwords.reset_password(info.context.tools, info.context.origin, token=token, password=password)
    return done("User", person_id)


@mutation(OkAnswer)
async def set_password(info: Info, password: str, current: str | None = strawberry.UNSET) -> OkAnswer:
    person_id = await passwords.set_password(
        info.context.tools, signed_in(info), current=current or None, password=password
    )
    return done("User", person_id)


@mutation("viewer")
async def update_profile(
    info: Info, name: str | None = strawberry.UNSET, email: str | None = strawberry.UNSET
) -> Viewer:
    changed = {"name": name if isinstance(name, str) else None, "email": email if isinstance(email, str) else None}
    return await profile.update_profile(info.context.tools, signed_in(info), **changed)


@mutation(OkAnswer)
async def revoke_session(info: Info, session_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> OkAnswer:
    ended = await sessions.revoke_session(
        info.context.tools, signed_in(info), claimed_id(info.context, session_id, "Session")
    )
    return done("Session", ended)


@mutation(OkAnswer)
async def delete_my_account(info: Info) -> OkAnswer:
    person_id = await deletion.delete_my_account(info.context.tools, signed_in(info))
    info.context.viewer = None
    return done("User", person_id)
