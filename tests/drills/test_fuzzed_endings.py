"""No input of a mutation that ends its session answers INTERNAL: each is asked by somebody who has just signed in."""

import pytest

from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.drills.fuzzing import ENDINGS, Fuzzer, Spot, arguments_of, check, drawn
from tests.isolation.canaries import canary_tenant
from tests.isolation.worlds import PASSWORD, Worlds
from tests.sandbox.graph_client import SYSTEM_USER

pytestmark = pytest.mark.drill

EXAMPLES = 6


async def newcomer(tools: Toolbox, server: GraphQLClient, password_hash: str) -> Fuzzer:
    own = await canary_tenant(tools.db, tools.cipher, platform_token=SYSTEM_USER, password_hash=password_hash)
    return Fuzzer(Worlds(tools, own, own), server, await server.login(own.rows["user_account"]["email"], PASSWORD))


@pytest.mark.parametrize("name", sorted(ENDINGS))
async def test_no_argument_is_a_fault_of_ours(tools: Toolbox, server: GraphQLClient, name: str) -> None:
    spot, password_hash = Spot("Mutation", (), "Mutation", name), await tools.credentials.passwords.hash(PASSWORD)
    known = await newcomer(tools, server, password_hash)
    ids = list(known.worlds.own.ids.values())
    for arguments in [None, *dict.fromkeys(drawn(arguments_of(spot, ids, []), EXAMPLES))]:
        fuzzer = await newcomer(tools, server, password_hash)
        text = fuzzer.operation(spot, arguments or None)
        for client in (fuzzer.nobody, fuzzer.owner, fuzzer.owner):
            check(await client.ask(text), text)
