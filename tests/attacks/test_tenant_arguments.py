"""Attack 2: an operation that takes a tenant and believes it; ours take it from the credentials."""

from uuid import uuid4

from resolvers.node_id import encode_id
from tests.attacks.front import Front


async def test_a_foreign_tenant_cannot_be_chosen(front: Front) -> None:
    ann, ben = await front.person(), await front.person()
    bens = (await ben.client.ask("{ tenant { id } }")).data["tenant"]["id"]
    switch = "mutation ($id: ID!) { switchTenant(tenantId: $id) { accessToken userErrors { code } } }"
    answers = [(await ann.client.ask(switch, id=each)).body for each in (bens, encode_id("Tenant", uuid4()))]
    assert answers[0] == answers[1]
    assert answers[0]["data"]["switchTenant"] == {"accessToken": None, "userErrors": [{"code": "NOT_FOUND"}]}
    login = "mutation ($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }"
    refused = await ann.client.ask(login, input={"email": ann.email, "password": ann.password, "tenantId": bens})
    assert refused.data["login"] == {"accessToken": None, "userErrors": [{"code": "INVALID_CREDENTIALS"}]}


async def test_a_header_or_a_parameter_that_names_a_tenant_is_not_read(front: Front) -> None:
    ann, ben = await front.person(), await front.person()
    bens = (await ben.client.ask("{ tenant { id } }")).data["tenant"]["id"]
    named = {"x-tenant-id": bens, "x-tenant": bens, "tenant": bens}
    reply = await ann.client.send(
        "GET", "/graphql", params={"query": "{ tenant { id } }", "tenantId": bens}, headers=named
    )
    assert reply.data["tenant"]["id"] != bens
