"""Attack 13: asking whether an address has an account; answers and work are the same. Times are in benchmarks.

Registering tells that an address is taken: it signs in at once, so it cannot keep that to itself.
"""

from collections.abc import AsyncIterator

import pytest

from services.toolbox import Toolbox
from tests.worlds.ads import statements
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.sign_in import new_email

LOGIN = """
mutation ($email: String!) {
  login(input: { email: $email, password: "a wrong password" }) { accessToken userErrors { code message field } }
}
"""
RESET = "mutation ($email: String!) { requestPasswordReset(email: $email) { ok id userErrors { code message } } }"
INVITE = """
mutation ($email: String!) { inviteMember(email: $email, role: VIEWER) { invitation { role } userErrors { code } } }
"""


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


@pytest.mark.parametrize("mutation", [LOGIN, RESET, INVITE], ids=["login", "reset", "invite"])
async def test_known_and_unknown_addresses_get_the_same_bytes_for_the_same_work(
    world: PeopleWorld, mutation: str
) -> None:
    asker, known = await world.person(), [new_email(), new_email()]
    for email in known:
        await world.person(email=email)
    # Who asks is read once in a while, whatever is asked.
    await world.say("{ viewer { email } }", asker)
    seen = set()
    for email in (known[0], new_email(), known[1].upper()):
        before = world.hasher.operations
        with statements(world.db) as said:
            answer = await world.as_(asker).ask(mutation, email=email)
        assert answer.errors == []
        seen.add((answer.text, world.hasher.operations - before, tuple(said)))
    assert len(seen) == 1
