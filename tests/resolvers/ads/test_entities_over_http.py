"""Ad entities from outside: over HTTP, with the tenant that the access token stands for."""

from decimal import Decimal
from uuid import uuid4

import pytest

from resolvers.node_id import decode_id, encode_id
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.worlds.ads import EntityWorld

REGISTER = """
mutation Register($email: String!) {
  register(input: {email: $email, password: "correct horse battery", name: "Somebody", tenantName: "Team"}) {
    accessToken viewer { user { id } tenant { id } }
  }
}
"""
PAGE = """
query Page($after: String, $id: ID!) {
  node(id: $id) { id }
  adAccounts { totalCount nodes { name schedule { everyHours lookbackDays } grant { id } } }
  campaigns(first: 2, after: $after, order: NAME_DESC) {
    totalCount nodes { name dailyBudget adAccount { name } } pageInfo { hasNextPage endCursor }
  }
}
"""


async def newcomer(server: GraphQLClient, tools: Toolbox) -> tuple[GraphQLClient, EntityWorld]:
    reply = await server.ask(REGISTER, email=f"{uuid4().hex}@example.com")
    answer = reply.data["register"]
    tenant_id = decode_id(answer["viewer"]["tenant"]["id"], "Tenant")
    user_id = decode_id(answer["viewer"]["user"]["id"], "User")
    assert tenant_id is not None
    assert user_id is not None
    return server.signed_in(answer["accessToken"]), EntityWorld(tools.db, tenant_id, user_id)


@pytest.fixture
async def client_and_world(server: GraphQLClient, tools: Toolbox) -> tuple[GraphQLClient, EntityWorld]:
    return await newcomer(server, tools)


async def test_pages_of_the_own_tenant_arrive_in_order(client_and_world: tuple[GraphQLClient, EntityWorld]) -> None:
    client, world = client_and_world
    account = await world.account(name="Acme")
    [_, campaign, _] = await world.campaigns(account, "a", "b", "c", daily_budget=Decimal("12.50"))
    node_id = encode_id("Campaign", campaign.id)
    page = (await client.ask(PAGE, id=node_id)).data
    assert page["node"] == {"id": node_id}
    schedule = {"everyHours": None, "lookbackDays": 28}
    assert page["adAccounts"] == {
        "totalCount": 1,
        "nodes": [{"name": "Acme", "schedule": schedule, "grant": None}],
    }
    assert [node["name"] for node in page["campaigns"]["nodes"]] == ["c", "b"]
    assert page["campaigns"]["nodes"][0] == {"name": "c", "dailyBudget": 12.5, "adAccount": {"name": "Acme"}}
    assert (page["campaigns"]["totalCount"], page["campaigns"]["pageInfo"]["hasNextPage"]) == (3, True)
    rest = (await client.ask(PAGE, id=node_id, after=page["campaigns"]["pageInfo"]["endCursor"])).data["campaigns"]
    assert ([node["name"] for node in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["a"], False)


async def test_a_colleague_of_nobody_sees_nothing(
    server: GraphQLClient, tools: Toolbox, client_and_world: tuple[GraphQLClient, EntityWorld]
) -> None:
    _, world = client_and_world
    [campaign] = await world.campaigns(await world.account(), "secret")
    stranger, _ = await newcomer(server, tools)
    reply = await stranger.ask(PAGE, id=encode_id("Campaign", campaign.id))
    assert reply.errors == []
    assert reply.data["node"] is None
    assert (reply.data["campaigns"]["nodes"], reply.data["adAccounts"]["totalCount"]) == ([], 0)
    assert "secret" not in reply.text
