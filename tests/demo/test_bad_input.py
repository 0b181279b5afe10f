"""Wrong input through the front door: a clear error, never a fault, and nothing of it is kept."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from auth.access_tokens import AccessTokenSigner
from resolvers.node_id import encode_id
from tests.demo.conftest import Demo
from tests.doors.http import GraphQLClient, Reply

LOOK = """
query ($id: ID!) { node(id: $id) { id } adAccount(id: $id) { id } refreshJob(id: $id) { id } nodes(ids: [$id]) { id } }
"""
GRANT_LOOK = "query ($id: ID!) { availableAdAccounts(grantId: $id) { nodes { externalId } } }"
CHANGE = """
mutation ($id: ID!) {
  refreshAdAccount(input: { adAccountId: $id }) { userErrors { ...E } }
  cancelRefreshJob(id: $id) { userErrors { ...E } }
  retryRefreshJob(id: $id) { userErrors { ...E } }
  connectAdAccounts(grantId: $id, externalIds: ["act_1001"]) { userErrors { ...E } }
  disconnectAdAccount(id: $id, deleteData: true) { userErrors { ...E } }
  shareAccessGrant(id: $id, shared: true) { userErrors { ...E } }
  revokeAccessGrant(id: $id) { userErrors { ...E } }
}
fragment E on UserError { code message }
"""
REGISTER = """
mutation ($email: String!) {
  register(input: { email: $email, password: "correct horse battery", name: "Eve", tenantName: "Elsewhere" }) {
    accessToken
  }
}
"""
INSIGHTS = """
query ($id: ID!, $range: DateRangeInput!) {
  insights(input: { adAccountIds: [$id], range: $range }) { rows { totalCount } }
  adAccount(id: $id) { metrics(range: $range) { spend } series(range: $range) { metrics { spend } } }
}
"""
REFRESH = """
mutation ($id: ID!, $range: DateRangeInput!) {
  refreshAdAccount(input: { adAccountId: $id, range: $range }) { refreshJob { id } userErrors { code field } }
}
"""
TAKING = {
    "AdAccount": {"refreshAdAccount", "disconnectAdAccount"},
    "AccessGrant": {"connectAdAccounts", "shareAccessGrant", "revokeAccessGrant"},
    "RefreshJob": {"cancelRefreshJob", "retryRefreshJob"},
}
LISTS = ("adAccounts", "campaigns", "adSets", "ads", "creatives", "accessGrants", "refreshJobs")
PAGE = "query ($first: Int, $after: String) {{ {field}(first: $first, after: $after) {{ {page} }} }}"
CURSOR = "pageInfo { endCursor }"


def unknown(kind: str) -> str:
    return encode_id(kind, UUID("00000000-0000-7000-8000-000000000000"))


async def stranger(demo: Demo) -> GraphQLClient:
    """The owner of another tenant."""
    reply = await demo.nobody.ask(REGISTER, email=f"{uuid4().hex}@example.com")
    return demo.nobody.signed_in(reply.data["register"]["accessToken"])


@pytest.mark.parametrize("node_id", ["garbage", "", "QWRB", "ÄÖ", "A" * 5000, "act_1001"])
async def test_what_is_no_id_is_bad_input_to_read_and_invalid_to_change(demo: Demo, node_id: str) -> None:
    seen = await demo.owner.ask(LOOK, id=node_id)
    assert seen.data == {"node": None, "adAccount": None, "refreshJob": None, "nodes": [None]}
    assert seen.codes == ["BAD_USER_INPUT"] * 4
    assert (await demo.owner.ask(GRANT_LOOK, id=node_id)).codes == ["BAD_USER_INPUT"]
    changed = await demo.owner.ask(CHANGE, id=node_id)
    assert changed.errors == []
    assert {payload["userErrors"][0]["code"] for payload in changed.data.values()} == {"INVALID"}


@pytest.mark.parametrize("kind", ["AdAccount", "Tenant", "AccessGrant", "RefreshJob"])
async def test_an_id_of_nothing_is_null_where_its_type_fits_and_else_told(demo: Demo, kind: str) -> None:
    seen = await demo.owner.ask(LOOK, id=unknown(kind))
    assert seen.data == {"node": None, "adAccount": None, "refreshJob": None, "nodes": [None]}
    wrong = {"adAccount", "refreshJob"} - {kind[0].lower() + kind[1:]}
    assert {error["path"][0] for error in seen.errors} == wrong
    changed = await demo.owner.ask(CHANGE, id=unknown(kind))
    assert changed.errors == []
    codes = {name: payload["userErrors"][0]["code"] for name, payload in changed.data.items()}
    fits = {name for name, code in codes.items() if code == "NOT_FOUND"}
    assert set(codes.values()) <= {"NOT_FOUND", "INVALID"}
    assert fits == TAKING.get(kind, set())


async def test_an_id_of_another_tenant_is_answered_like_an_id_of_nothing(demo: Demo) -> None:
    eve = await stranger(demo)
    for query in (LOOK, CHANGE):
        foreign = await eve.ask(query, id=demo.accounts[0])
        nothing = await eve.ask(query, id=unknown("AdAccount"))
        assert foreign.text == nothing.text.replace(nothing.headers["x-request-id"], foreign.headers["x-request-id"])
    assert (await demo.owner.ask(LOOK, id=demo.accounts[0])).data["adAccount"] is not None


def between(start: str, end: str) -> dict[str, Any]:
    return {"between": {"from": start, "to": end}}


@pytest.mark.parametrize(
    "wrong", [between("2026-02-02", "2026-02-01"), between("2100-01-01", "2100-01-02")], ids=["ends first", "future"]
)
async def test_a_range_that_means_no_days_is_told(demo: Demo, wrong: dict[str, Any]) -> None:
    account = demo.accounts[0]
    asked = await demo.owner.ask(INSIGHTS, id=account, range=wrong)
    assert asked.codes == ["BAD_USER_INPUT"] * 3
    assert all("range" in error["message"] for error in asked.errors)
    [error] = (await demo.owner.ask(REFRESH, id=account, range=wrong)).data["refreshAdAccount"]["userErrors"]
    assert error == {"code": "INVALID", "field": ["input", "range"]}


@pytest.mark.parametrize(
    "malformed",
    [{}, {"preset": "TODAY", **between("2026-02-01", "2026-02-02")}, between("2026-02-30", "2026-03-01")],
    ids=["neither", "both", "no day of the calendar"],
)
async def test_a_range_that_is_none_is_bad_input(demo: Demo, malformed: dict[str, Any]) -> None:
    for query in (INSIGHTS, REFRESH):
        assert set((await demo.owner.ask(query, id=demo.accounts[0], range=malformed)).codes) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("field", LISTS)
async def test_a_page_has_at_least_one_row_and_a_limit(demo: Demo, field: str) -> None:
    query = PAGE.format(field=field, page="nodes { id }")
    for too_small in (0, -1):
        refused = await demo.owner.ask(query, first=too_small)
        assert (refused.codes, refused.data) == (["BAD_USER_INPUT"], {field: None})
    for clamped in (10_000_000, None):
        assert (await demo.owner.ask(query, first=clamped)).data[field]["nodes"]


@pytest.mark.parametrize("field", LISTS)
async def test_a_cursor_belongs_to_its_list(demo: Demo, field: str) -> None:
    query = PAGE.format(field=field, page=CURSOR)
    cursors = {
        other: (await demo.owner.ask(PAGE.format(field=other, page=CURSOR))).data[other]["pageInfo"]["endCursor"]
        for other in LISTS
    }
    assert (await demo.owner.ask(query, after=cursors.pop(field))).errors == []
    for wrong in (*cursors.values(), "garbage"):
        refused = await demo.owner.ask(query, after=wrong)
        assert (refused.codes, refused.data) == (["BAD_USER_INPUT"], {field: None})


def issued(demo: Demo, secret: str, ago: timedelta) -> str:
    """The owner's own token, signed with `secret` some time ago."""
    assert demo.owner.token is not None
    payload = demo.owner.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    tokens = AccessTokenSigner(secret, issuer=claims["iss"], clock=lambda: datetime.now(UTC) - ago)
    who = {"user_id": UUID(claims["sub"]), "session_id": UUID(claims["sid"]), "tenant_id": UUID(claims["tid"])}
    return tokens.issue(**who, version=claims["ver"]).text


def own_secret(demo: Demo) -> str:
    return (demo.folder / "secrets" / "jwt_secret_key").read_text()


def tampered(demo: Demo) -> str:
    token = issued(demo, own_secret(demo), timedelta())
    header, payload, signature = token.split(".")
    return f"{header}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}"


@pytest.mark.parametrize(
    "token",
    [
        lambda demo: issued(demo, own_secret(demo), timedelta(minutes=11)),
        lambda demo: issued(demo, "another secret that is long enough for a key", timedelta()),
        tampered,
        lambda _demo: "no token at all",
    ],
    ids=["expired", "wrong key", "tampered", "none"],
)
async def test_a_token_that_does_not_hold_opens_nothing(demo: Demo, token: Callable[[Demo], str]) -> None:
    client = demo.nobody.signed_in(token(demo))
    refused: Reply = await client.ask("{ adAccounts { totalCount } }")
    assert (refused.status, refused.codes) == (401, ["UNAUTHENTICATED"])
    assert (await client.ask("{ viewer { role } }")).data == {"viewer": None}
    async with client.socket() as socket:
        await socket.say({"type": "connection_init", "payload": {"authorization": f"Bearer {client.token}"}})
        assert await socket.closed() == 4401


async def test_a_token_that_holds_opens(demo: Demo) -> None:
    """The positive control of the test before."""
    good = demo.nobody.signed_in(issued(demo, own_secret(demo), timedelta(minutes=9)))
    assert (await good.ask("{ adAccounts { totalCount } }")).data == {"adAccounts": {"totalCount": 3}}


async def test_a_role_that_is_too_low_changes_nothing(demo: Demo) -> None:
    refused = await demo.viewer.ask(CHANGE, id=demo.accounts[0])
    assert refused.codes == ["FORBIDDEN"] * 7
    assert set(refused.data.values()) == {None}
    assert all("permission" in error["message"] for error in refused.errors)
