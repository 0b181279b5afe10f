"""Signing in through the schema: payloads, refusals as userErrors, and who the rest of the operation acts as."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.sign_in import PASSWORD, SignInWorld, new_email, sign_in_world

REGISTER = """
mutation Register($input: RegisterInput!) {
  register(input: $input) {
    accessToken accessTokenExpiresAt refreshToken
    viewer {
      role permissions email emailVerified hasPassword isStaff
      user { id name email } apiKey { id }
      tenant { id name slug currency timeZone members { totalCount nodes { user { name } } } }
      identities { provider } memberships { role tenant { id name } } sessions { id current ip userAgent }
    }
    userErrors { code field message retryAfter }
  }
}
"""
LOGIN = """
mutation Login($input: LoginInput!) {
  login(input: $input) { accessToken refreshToken viewer { tenant { id } } userErrors { code message } }
}
"""
REFRESH = """
mutation Refresh($token: String!) {
  refreshSession(refreshToken: $token) { accessToken refreshToken viewer { role } userErrors { code message } }
}
"""
LOGOUT = "mutation { logout { ok id userErrors { code } } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    made = sign_in_world(tools)
    yield made
    made.tools.credentials.passwords.close()


async def register(world: SignInWorld, email: str, **changes: object) -> dict[str, Any]:
    given = {"email": email, "password": PASSWORD, "name": "Some Body", "tenantName": "Team", **changes}
    answer = await world.ask(REGISTER, input=given)
    assert answer.codes == []
    payload: dict[str, Any] = answer.data["register"]
    return payload


async def test_registering_answers_with_everything_of_the_new_viewer(world: SignInWorld) -> None:
    email = new_email()
    payload = await register(world, email)
    viewer = payload["viewer"]
    assert payload["userErrors"] == []
    assert payload["accessToken"]
    assert payload["refreshToken"].startswith("agr_")
    assert viewer["role"] == "OWNER"
    assert viewer["permissions"][0] == "READ"
    assert viewer["permissions"][-1] == "MANAGE_TENANT"
    assert (viewer["email"], viewer["emailVerified"], viewer["hasPassword"]) == (email, False, True)
    assert (viewer["user"]["name"], viewer["apiKey"], viewer["isStaff"]) == ("Some Body", None, False)
    assert viewer["tenant"]["members"] == {"totalCount": 1, "nodes": [{"user": {"name": "Some Body"}}]}
    assert viewer["memberships"] == [{"role": "OWNER", "tenant": {"id": viewer["tenant"]["id"], "name": "Team"}}]
    assert viewer["identities"] == []
    assert [session["current"] for session in viewer["sessions"]] == [True]


async def test_a_refused_registration_names_the_input(world: SignInWorld) -> None:
    email = new_email()
    await register(world, email)
    refused = await register(world, email)
    assert refused["viewer"] is None
    assert refused["accessToken"] is None
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("EMAIL_TAKEN", ["input", "email"])]
    missing = await register(world, new_email(), tenantName=None)
    assert [error["field"] for error in missing["userErrors"]] == [["input", "tenantName"]]
    uninvited = await register(world, new_email(), tenantName=None, invitationToken="made up")
    assert [error["field"] for error in uninvited["userErrors"]] == [["input", "invitationToken"]]


async def test_logging_in_with_a_foreign_or_absent_tenant_says_the_same(world: SignInWorld) -> None:
    email, other = new_email(), await register(world, new_email())
    await register(world, email)
    tried = [other["viewer"]["tenant"]["id"], encode_id("Tenant", uuid4())]
    answers = [
        (await world.ask(LOGIN, input={"email": email, "password": PASSWORD, "tenantId": tenant_id})).data["login"]
        for tenant_id in tried
    ]
    assert answers[0]["userErrors"][0]["code"] == "INVALID_CREDENTIALS"
    assert all(answer == answers[0] for answer in answers)
    for malformed in (encode_id("User", uuid4()), "x"):
        answer = await world.ask(LOGIN, input={"email": email, "password": PASSWORD, "tenantId": malformed})
        assert answer.data["login"]["userErrors"][0]["code"] == "INVALID"


async def test_logging_in_with_one_of_my_tenants_works_in_it(world: SignInWorld) -> None:
    email = new_email()
    tenant_id = (await register(world, email))["viewer"]["tenant"]["id"]
    for chosen in (tenant_id, None, ""):
        answer = await world.ask(LOGIN, input={"email": email, "password": PASSWORD, "tenantId": chosen})
        assert answer.data["login"]["viewer"] == {"tenant": {"id": tenant_id}}


async def test_sign_in_mutations_ignore_a_bearer_that_is_no_good(world: SignInWorld) -> None:
    email = new_email()
    first = await register(world, email)
    login = await world.ask(LOGIN, bearer="expired", input={"email": email, "password": PASSWORD})
    refresh = await world.ask(REFRESH, bearer="expired", token=first["refreshToken"])
    assert (login.codes, refresh.codes) == ([], [])
    assert login.data["login"]["viewer"]
    assert refresh.data["refreshSession"]["viewer"] == {"role": "OWNER"}


async def test_an_unknown_refresh_token_is_a_user_error(world: SignInWorld) -> None:
    answer = await world.ask(REFRESH, token="agr_" + "A" * 43)
    assert answer.codes == []
    assert answer.data["refreshSession"]["userErrors"][0]["code"] == "TOKEN_INVALID"


async def test_logging_out_ends_the_access_token(world: SignInWorld) -> None:
    bearer = (await register(world, new_email()))["accessToken"]
    answer = await world.ask(LOGOUT, bearer=bearer)
    assert answer.data["logout"]["ok"] is True
    assert answer.data["logout"]["id"]
    again = await world.ask(LOGOUT, bearer=bearer)
    assert again.codes == ["UNAUTHENTICATED"]
    assert again.data == {"logout": None}


async def test_the_rest_of_an_operation_acts_as_whom_it_signed_in(world: SignInWorld) -> None:
    email, other = new_email(), await register(world, new_email())
    await register(world, email)
    text = f"""mutation {{
      login(input: {{email: "{email}", password: "{PASSWORD}"}}) {{ viewer {{ email }} }}
      logout {{ ok }}
      again: logout {{ ok }}
    }}"""
    answer = await world.ask(text, bearer=other["accessToken"])
    assert answer.data == {"login": {"viewer": {"email": email}}, "logout": {"ok": True}, "again": None}
    assert (await world.ask("{ viewer { email } }", bearer=other["accessToken"])).data["viewer"]
