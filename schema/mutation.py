"""The list of mutations: one line each, what they do is in resolvers/."""

import strawberry

from resolvers import sign_in
from schema.auth import AuthPayload
from schema.field import field
from schema.ok_payload import OkPayload


@strawberry.type
class Mutation:
    """What concerns the input is a `userErrors` entry of the payload."""

    register: AuthPayload | None = field(sign_in.register, description="A new person with a new tenant, signed in.")
    login: AuthPayload | None = field(sign_in.login)
    refresh_session: AuthPayload | None = field(
        sign_in.refresh_session, description="Trades a refresh token for new tokens; it works once."
    )
    logout: OkPayload | None = field(sign_in.logout, description="Ends the session that asks.")
