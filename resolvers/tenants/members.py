"""Members of the active tenant: inviting them, changing their roles, removing them."""

from dataclasses import dataclass, field
from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.people.user import User
from models.tenants.invitation import Invitation
from models.tenants.membership import Membership, Role
from models.tenants.tenant import Tenant
from resolvers.auth_answer import AuthAnswer, auth_answer
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import UserError, mutation
from resolvers.ok import OkAnswer, done
from resolvers.page import Page, window
from services.tenants import invitations as inviting
from services.tenants import members

InvitationId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@dataclass(slots=True)
class InviteAnswer:
    invitation: Invitation | None = None
    token: str | None = None
    user_errors: list[UserError] = field(default_factory=list)


async def invitations(
    root: strawberry.Parent[Tenant],  # noqa: ARG001 - always the active tenant: no other one is shown whole
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[Invitation]:
    viewer, context = signed_in(info), info.context
    found = await inviting.open_invitations(context.tools.clock, context.db, viewer, window(first, after))
    return Page(found, lambda: inviting.number_of_open_invitations(context.tools.clock, context.db, viewer))


invited_by = loaded(lambda loaders, invitation: loaders.users_by_id.load(invitation.invited_by), shows=User)


@mutation(InviteAnswer)
async def invite_member(
    info: Info, email: str, role: Role, idempotency_key: str | None = strawberry.UNSET
) -> InviteAnswer:
    invited = await inviting.invite_member(
        info.context.tools, signed_in(info), email=email, role=role, idempotency_key=given(idempotency_key)
    )
    invitation = await info.context.loaders.invitations_by_id.load(invited.invitation_id)
    return InviteAnswer(invitation, invited.token)


@mutation(OkAnswer)
async def revoke_invitation(info: Info, invitation_id: InvitationId) -> OkAnswer:
    revoked = await inviting.revoke_invitation(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        claimed_id(info.context, invitation_id, "Invitation"),
    )
    return done("Invitation", revoked)


@mutation(AuthAnswer)
async def accept_invitation(info: Info, token: str) -> AuthAnswer:
    return auth_answer(info, await inviting.accept_invitation(info.context.tools, signed_in(info), token))


@mutation("membership")
async def change_member_role(info: Info, user_id: strawberry.ID, role: Role) -> Membership:
    return await members.change_member_role(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        user_id=claimed_id(info.context, user_id, "User", at=["userId"]),
        role=role,
    )


@mutation(OkAnswer)
async def remove_member(info: Info, user_id: strawberry.ID) -> OkAnswer:
    removed = await members.remove_member(
        info.context.tools.db,
        info.context.tools.clock,
        info.context.tools.vendors.billing,
        signed_in(info),
        user_id=claimed_id(info.context, user_id, "User", at=["userId"]),
    )
    return done("User", removed)
