"""What attackers meet: the whole application over HTTP and WebSockets, and people who have accounts there."""

from dataclasses import dataclass

from tests.doors.http import GraphQLClient
from tests.worlds.sign_in import PASSWORD, new_email

REGISTER = """
mutation ($input: RegisterInput!) { register(input: $input) { accessToken refreshToken userErrors { code } } }
"""


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    password: str
    client: GraphQLClient


@dataclass(frozen=True, slots=True)
class Front:
    client: GraphQLClient

    async def person(self, *, team: str = "Acme") -> Person:
        """The owner of a new team, signed in."""
        email = new_email()
        wanted = {"email": email, "password": PASSWORD, "name": "Ann", "tenantName": team}
        reply = await self.client.ask(REGISTER, input=wanted)
        return Person(email, PASSWORD, self.client.signed_in(reply.data["register"]["accessToken"]))
