"""What the tests of teams share: a tenant with people of every role, and the operations that change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.tenants.membership import Membership, Role, memberships_of_user
from resolvers.node_id import encode_id
from services.people.sessions import SignedIn
from tests.worlds.sign_in import Answer, SignInWorld

_ERRORS = "userErrors { code message field }"
_AUTH = f"accessToken refreshToken viewer {{ role tenant {{ id name }} }} {_ERRORS}"
_INVITED = f"token invitation {{ id email role invitedBy {{ name }} }} {_ERRORS}"
OPERATIONS = {
    "createTenant": (
        "$input: CreateTenantInput!, $idempotencyKey: String",
        f"(input: $input, idempotencyKey: $idempotencyKey) {{ {_AUTH} }}",
    ),
    "switchTenant": ("$tenantId: ID!", f"(tenantId: $tenantId) {{ {_AUTH} }}"),
    "updateTenant": (
        "$input: UpdateTenantInput!",
        f"(input: $input) {{ tenant {{ name slug currency timeZone }} {_ERRORS} }}",
    ),
    "leaveTenant": ("", f"{{ ok id {_ERRORS} }}"),
    "deleteTenant": ("", f"{{ ok id {_ERRORS} }}"),
    "inviteMember": (
        "$email: String!, $role: Role!, $idempotencyKey: String",
        f"(email: $email, role: $role, idempotencyKey: $idempotencyKey) {{ {_INVITED} }}",
    ),
    "revokeInvitation": ("$id: ID!", f"(id: $id) {{ ok id {_ERRORS} }}"),
    "acceptInvitation": ("$token: String!", f"(token: $token) {{ {_AUTH} }}"),
    "changeMemberRole": (
        "$userId: ID!, $role: Role!",
        f"(userId: $userId, role: $role) {{ membership {{ role user {{ name }} }} {_ERRORS} }}",
    ),
    "removeMember": ("$userId: ID!", f"(userId: $userId) {{ ok id {_ERRORS} }}"),
    "register": ("$input: RegisterInput!", f"(input: $input) {{ {_AUTH} }}"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One mutation's payload, and the codes of its user errors, or else of its GraphQL error."""

    payload: dict[str, Any]
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Team:
    world: SignInWorld
    owner: SignedIn

    @property
    def tenant_id(self) -> UUID:
        assert self.owner.viewer.tenant_id is not None
        return self.owner.viewer.tenant_id

    async def member(self, role: Role) -> SignedIn:
        """Somebody new with a verified address, signed in to this tenant."""
        person = await self.stranger()
        await self.world.join(self.tenant_id, person.viewer.responsible_id, role)
        return await self.again(person, self.tenant_id)

    async def stranger(self, email: str | None = None) -> SignedIn:
        """Somebody of another tenant, with a verified address."""
        person = await self.world.person(email=email)
        await self.world.change_user(person.viewer.responsible_id, email_verified_at=self.world.clock())
        return person

    async def again(self, person: SignedIn, tenant_id: UUID | None = None) -> SignedIn:
        """A new sign-in of the person."""
        user = await self.world.user(person.viewer.responsible_id)
        assert user.email is not None
        return await self.world.login(user.email, tenant_id)

    async def tell(self, who: SignedIn, name: str, **variables: object) -> Told:
        declared, body = OPERATIONS[name]
        declaration = f"({declared})" if declared else ""
        answer = await self.world.ask(
            f"mutation {declaration} {{ {name}{body} }}", bearer=who.access_token.text, **variables
        )
        payload = answer.data.get(name) or {}
        return Told(payload, answer.codes or [error["code"] for error in payload["userErrors"]])

    async def ask(self, who: SignedIn, query: str) -> Answer:
        return await self.world.ask(query, bearer=who.access_token.text)

    async def invite(self, email: str, role: Role = Role.VIEWER) -> str:
        told = await self.tell(self.owner, "inviteMember", email=email, role=role.value)
        assert told.codes == []
        return str(told.payload["token"])

    async def roles(self, *people: SignedIn) -> list[Role | None]:
        """What each of them is in this tenant today."""
        found = [await self._memberships(person) for person in people]
        return [{each.tenant_id: each.role for each in own}.get(self.tenant_id) for own in found]

    async def _memberships(self, person: SignedIn) -> Sequence[Membership]:
        async with self.world.db.read(person.viewer) as session:
            return await memberships_of_user(session, person.viewer.responsible_id)


def user_node(person: SignedIn) -> str:
    return encode_id("User", person.viewer.responsible_id)


async def team_of(world: SignInWorld) -> Team:
    return Team(world, await world.person())
