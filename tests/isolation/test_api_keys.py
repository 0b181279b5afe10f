"""An API key asks for everything that the schema has: it may be refused, and nothing ends in a fault of ours."""

import json
from dataclasses import replace

from models.tenants.membership import Role
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox
from tests.isolation.canaries import ORIGIN
from tests.isolation.test_isolation import MUTATIONS, QUERIES, WRITES
from tests.isolation.worlds import Worlds, answer_text, with_key, worlds_of

# What only people do; a key is told so before anything else is looked at.
OF_PEOPLE = {
    "acceptInvitation",
    "beginConnection",
    "changeMemberRole",
    "createApiKey",
    "createBillingPortalSession",
    "createCheckoutSession",
    "createTenant",
    "deleteMyAccount",
    "deleteTenant",
    "inviteMember",
    "leaveTenant",
    "removeMember",
    "requestEmailVerification",
    "revokeApiKey",
    "revokeInvitation",
    "revokeSession",
    "setPassword",
    "switchTenant",
    "unlinkIdentity",
    "updateProfile",
    "updateTenant",
}


async def asked(worlds: Worlds, operation: str, **ids: str) -> list[str]:
    """The codes that an ADMIN key of the tenant is told."""
    person = worlds.own.viewer(Role.ADMIN)
    key = replace(
        person,
        user_id=None,
        session_id=None,
        signed_in_at=None,
        api_key_id=worlds.own.id_of("api_key"),
        key_maker_id=person.user_id,
    )
    context = Context(key, worlds.tools, worlds.tools.db.bounded(4), ORIGIN)
    answer = answer_text(await build_schema().execute(operation, with_key(ids), context))
    return [error["extensions"]["code"] for error in json.loads(answer)["errors"]]


async def codes_of_pieces(worlds: Worlds, query: str) -> list[str]:
    """The codes that a key is told of all that a query can answer, each once."""
    return [*dict.fromkeys([code for piece in worlds.pieces(query) for code in await asked(worlds, piece)])]


async def test_what_people_do_is_refused_to_keys_and_nothing_fails(tools: Toolbox) -> None:
    worlds = (await worlds_of(tools)).mirrored
    told = {name: await codes_of_pieces(worlds, name) for name in QUERIES}
    assert {code for codes in told.values() for code in codes} <= {"FORBIDDEN"}
    told |= {name: await asked(worlds, worlds.everything("Mutation", name)) for name in MUTATIONS}
    for place in WRITES:
        told[place.field] = await asked(worlds, worlds.question(place), id=worlds.own.ids["User"], node="")
    assert {name: codes for name, codes in told.items() if "INTERNAL" in codes} == {}
    assert {name for name in OF_PEOPLE if told[name] != ["FORBIDDEN"]} == set()
