"""Connecting, as GraphQL text: from beginConnection to disconnectAdAccount, and what wrong input is answered."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.oauth import challenge_of
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.connections import SYSTEM_USER, VERIFIER, ConnectBase, ConnectWorld, connect_base, made_up

BEGIN = """
mutation ($challenge: String!, $returnUrl: String! = "/") {
  beginConnection(input: {platform: META, codeChallenge: $challenge, returnUrl: $returnUrl}) {
    authorizationUrl userErrors { code field }
  }
}
"""
COMPLETE = """
mutation ($code: String!, $verifier: String!) {
  completeOAuth(code: $code, codeVerifier: $verifier) {
    accessToken refreshToken viewer { role }
    grant { id platform externalUserId externalUserName status reason shared scopes missingScopes connectedBy { name } }
    userErrors { code field message }
  }
}
"""
ADD = """
mutation ($token: String!) {
  addAccessGrant(input: {platform: META, accessToken: $token}) {
    grant { id shared expiresAt dataAccessExpiresAt } userErrors { code field }
  }
}
"""
AVAILABLE = """
query ($grant: ID!, $first: Int, $after: String, $search: String) {
  availableAdAccounts(grantId: $grant, first: $first, after: $after, search: $search) {
    nodes { externalId name currency timeZone status connected problem }
    edges { cursor } pageInfo { hasNextPage endCursor }
  }
}
"""
CONNECT = """
mutation ($grant: ID!, $ids: [String!]!) {
  connectAdAccounts(grantId: $grant, externalIds: $ids) {
    adAccounts { id externalId grant { id } } refreshJobs { status trigger adAccount { externalId } }
    userErrors { code field }
  }
}
"""
DISCONNECT = """
mutation ($id: ID!, $delete: Boolean! = false) {
  disconnectAdAccount(id: $id, deleteData: $delete) { ok id userErrors { code field } }
}
"""
SHARE = """
mutation ($id: ID!, $shared: Boolean!) {
  shareAccessGrant(id: $id, shared: $shared) { grant { shared } userErrors { code field } }
}
"""
REVOKE = "mutation ($id: ID!) { revokeAccessGrant(id: $id) { ok id userErrors { code field } } }"
GRANTS = "query ($first: Int) { accessGrants(first: $first) { totalCount nodes { id status reason } } }"


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ConnectWorld:
    return await base.world()


@pytest.fixture
def door(world: ConnectWorld) -> Door:
    return Door(world.tools, world.viewer)


async def payload(door: Door, query: str, **variables: Any) -> Any:
    answer = await door.ask(query, **variables)
    assert answer.codes == []
    return next(iter(answer.data.values()))


async def pasted(door: Door) -> str:
    added = await payload(door, ADD, token=SYSTEM_USER)
    return str(added["grant"]["id"])


async def test_the_dialog_leads_to_a_grant(world: ConnectWorld, door: Door) -> None:
    begun = await payload(door, BEGIN, challenge=challenge_of(VERIFIER))
    browser = world.browser()
    back = await browser.get(await world.dialog(browser, begun["authorizationUrl"]))
    completed = await payload(door, COMPLETE, code=back.query["code"], verifier=VERIFIER)
    assert completed["userErrors"] == []
    assert completed["accessToken"] is completed["refreshToken"] is completed["viewer"] is None
    grant = completed["grant"]
    assert (grant["platform"], grant["status"], grant["reason"], grant["shared"]) == ("META", "ACTIVE", None, False)
    assert grant["connectedBy"] == {"name": "Owner"}


async def test_accounts_are_listed_connected_and_disconnected(door: Door) -> None:
    grant = await pasted(door)
    listed = await payload(door, AVAILABLE, grant=grant, first=2)
    assert listed["pageInfo"]["hasNextPage"]
    assert listed["nodes"][0] == {
        "externalId": "act_1002",
        "name": "Bluebird Home",
        "currency": "USD",
        "timeZone": "America/New_York",
        "status": "ACTIVE",
        "connected": False,
        "problem": None,
    }
    connected = await payload(door, CONNECT, grant=grant, ids=["act_1002"])
    assert connected["refreshJobs"] == [
        {"status": "QUEUED", "trigger": "CONNECTED", "adAccount": {"externalId": "act_1002"}}
    ]
    account = connected["adAccounts"][0]
    assert account["grant"] == {"id": grant}
    assert (await payload(door, AVAILABLE, grant=grant, search="home"))["nodes"][0]["connected"]
    assert await payload(door, DISCONNECT, id=account["id"], delete=True) == {
        "ok": True,
        "id": account["id"],
        "userErrors": [],
    }


async def test_grants_are_shared_and_revoked(door: Door) -> None:
    grant = await pasted(door)
    assert (await payload(door, SHARE, id=grant, shared=False))["grant"] == {"shared": False}
    assert await payload(door, REVOKE, id=grant) == {"ok": True, "id": grant, "userErrors": []}
    grants = await payload(door, GRANTS)
    assert grants["totalCount"] == 1
    assert grants["nodes"][0]["status"] == "REVOKED"
    assert "connect again" in grants["nodes"][0]["reason"]


async def test_the_status_is_as_of_now(world: ConnectWorld, door: Door) -> None:
    await world.connected()
    seen = []
    for days in (0, 50, 20):
        world.move(days=days)
        seen.append((await payload(door, GRANTS))["nodes"][0]["status"])
    assert seen == ["ACTIVE", "EXPIRING", "NEEDS_REAUTH"]
    assert world.moved_by == timedelta(days=70)


async def test_a_refusal_and_a_wrong_code_are_user_errors(world: ConnectWorld, door: Door) -> None:
    denied = await payload(door, COMPLETE, code=await world.come_back("deny"), verifier=VERIFIER)
    assert denied["grant"] is None
    assert denied["userErrors"][0]["code"] == "OAUTH_DENIED"
    unknown = await payload(door, COMPLETE, code=made_up(), verifier=VERIFIER)
    assert unknown["userErrors"][0]["code"] == "TOKEN_INVALID"


async def test_wrong_input_of_a_connection_is_a_user_error(door: Door) -> None:
    wrong = await payload(door, BEGIN, challenge=challenge_of(VERIFIER), returnUrl="//evil.example")
    assert wrong == {"authorizationUrl": None, "userErrors": [{"code": "INVALID", "field": ["input", "returnUrl"]}]}


async def test_a_bad_token_is_a_user_error(door: Door) -> None:
    refused = await payload(door, ADD, token="SANDBOX-NO-ADS-READ")
    assert refused == {
        "grant": None,
        "userErrors": [{"code": "PERMISSION_MISSING", "field": ["input", "accessToken"]}],
    }


@pytest.mark.parametrize("kind", ["malformed", "absent", "other type", "another tenant's"])
async def test_ids_that_lead_nowhere_are_answered_by_what_they_are(world: ConnectWorld, door: Door, kind: str) -> None:
    ids = {
        "malformed": "???",
        "absent": encode_id("AccessGrant", world.entities.tenant_id),
        "other type": encode_id("Campaign", world.entities.tenant_id),
        "another tenant's": await pasted(Door(world.tools, (await world.elsewhere()).viewer)),
    }
    is_an_id = kind in ("absent", "another tenant's")
    code = "NOT_FOUND" if is_an_id else "INVALID"
    account = encode_id("AdAccount", world.entities.tenant_id) if is_an_id else ids[kind]
    for query, node_id, variables in (
        (SHARE, ids[kind], {"shared": True}),
        (REVOKE, ids[kind], {}),
        (DISCONNECT, account, {}),
    ):
        refused = await payload(door, query, id=node_id, **variables)
        assert refused["userErrors"] == [{"code": code, "field": ["id"]}]
    connected = await payload(door, CONNECT, grant=ids[kind], ids=["act_1001"])
    assert connected == {
        "adAccounts": [],
        "refreshJobs": [],
        "userErrors": [{"code": code, "field": ["grantId"]}],
    }
    available = await door.ask(AVAILABLE, grant=ids[kind])
    assert available.codes == ([] if is_an_id else ["BAD_USER_INPUT"])
    assert available.data == {"availableAdAccounts": None}


@pytest.mark.parametrize("first", [0, -1])
async def test_a_page_of_nothing_is_bad_input(door: Door, first: int) -> None:
    grant = await pasted(door)
    for query in (GRANTS, AVAILABLE):
        assert (await door.ask(query, grant=grant, first=first)).codes == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_list_is_bad_input(door: Door) -> None:
    assert (await door.ask(AVAILABLE, grant=await pasted(door), after="bm9wZQ")).codes == ["BAD_USER_INPUT"]


async def test_without_credentials_only_completing_is_open(world: ConnectWorld) -> None:
    nobody = Door(world.tools, None)
    for query, variables in (
        (BEGIN, {"challenge": challenge_of(VERIFIER)}),
        (ADD, {"token": SYSTEM_USER}),
        (GRANTS, {}),
        (AVAILABLE, {"grant": "x"}),
        (CONNECT, {"grant": "x", "ids": ["act_1001"]}),
        (DISCONNECT, {"id": "x"}),
        (SHARE, {"id": "x", "shared": True}),
        (REVOKE, {"id": "x"}),
    ):
        assert (await nobody.ask(query, **variables)).codes == ["UNAUTHENTICATED"]
    assert (await nobody.ask(COMPLETE, code=made_up(), verifier=VERIFIER)).codes == []


async def test_the_role_decides(world: ConnectWorld) -> None:
    manager = Door(world.tools, world.entities.as_role(Role.MANAGER))
    for query, variables in ((BEGIN, {"challenge": challenge_of(VERIFIER)}), (ADD, {"token": SYSTEM_USER})):
        assert (await manager.ask(query, **variables)).codes == ["FORBIDDEN"]


async def test_no_answer_holds_a_token(world: ConnectWorld, door: Door) -> None:
    grant = await pasted(door)
    answers = [
        (await door.ask(GRANTS)).data,
        (await door.ask(AVAILABLE, grant=grant)).data,
        (await door.ask("query ($id: ID!) { node(id: $id) { ... on AccessGrant { id scopes } } }", id=grant)).data,
    ]
    assert grant in str(answers)
    assert SYSTEM_USER not in str(answers)
    assert (await world.grants())[0].token_enc not in str(answers)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("timezone_name", None, ("USD", None, "no time zone")),
        ("timezone_name", "US/Pacific-New", ("USD", "US/Pacific-New", "US/Pacific-New")),
        ("timezone_name", {"id": 7}, ("USD", None, "no time zone")),
        ("currency", None, (None, "America/New_York", "no currency")),
        ("currency", "Dollars", (None, "America/New_York", "Dollars")),
        ("name", None, ("USD", "America/New_York", None)),
    ],
)
async def test_an_account_that_cannot_be_connected_is_listed_and_says_why(
    world: ConnectWorld, door: Door, field: str, value: object, shown: tuple[str | None, ...]
) -> None:
    fields = world.server.admin.sandbox.dataset.objects["act_1002"].fields
    grant, before = await pasted(door), fields[field]
    fields[field] = value
    try:
        listed = await payload(door, AVAILABLE, grant=grant)
        connected = await payload(door, CONNECT, grant=grant, ids=["act_1001", "act_1002"])
        others = await payload(door, CONNECT, grant=grant, ids=["act_1001"])
    finally:
        fields[field] = before
    (found,) = [each for each in listed["nodes"] if each["externalId"] == "act_1002"]
    currency, time_zone, problem = shown
    assert (found["currency"], found["timeZone"]) == (currency, time_zone)
    assert problem in found["problem"] if problem else found["problem"] is None
    refused = [{"code": "INVALID", "field": ["externalIds", "1"]}] if problem else []
    assert connected["userErrors"] == refused
    assert [each["externalId"] for each in others["adAccounts"]] == ["act_1001"]
