"""The pages behind the links of mails: our own files alone, and documents that the server trusts."""

import re
from pathlib import Path

import pytest

from execution.persisted.manifest import read_manifest
from execution.persisted.manifest_check import checked_manifest
from schema import build_schema
from tests.doors.http import GraphQLClient
from tests.worlds.sign_in import PASSWORD, new_email
from web.pages.account import OWN_DOCUMENTS, PATHS

REGISTER = """
mutation ($email: String!, $password: String!) {
  register(input: { email: $email, password: $password, name: "Pat", tenantName: "North" }) { accessToken }
}
"""
INVITE = "mutation ($email: String!) { inviteMember(email: $email, role: MANAGER) { token invitation { id } } }"
SCRIPT = Path(__file__).resolve().parents[3] / "static" / "account" / "account.js"


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_loads_our_own_files_alone(server: GraphQLClient, path: str) -> None:
    page = await server.send("GET", path)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    sources = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert sources == ["data:,", "/account/account.css", "/account/account.js"]
    for source in sources[1:]:
        assert (await server.send("GET", source)).status == 200
    assert f'"{path}"' in SCRIPT.read_text()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"token": 1}', b"[" * 1500, b'{"token": "ago_x"}', b"x" * 9000, b"\xff"]
)
async def test_what_is_no_invitation_is_told_nothing(server: GraphQLClient, body: bytes) -> None:
    reply = await server.send("POST", "/accept-invitation", data=body)
    assert (reply.status, reply.body) == (400, {"message": "This link was used, withdrawn or never given out."})


async def test_an_invitation_names_team_inviter_and_role_while_it_is_open(server: GraphQLClient) -> None:
    email, invited = new_email(), new_email()
    registered = await server.ask(REGISTER, email=email, password=PASSWORD)
    owner = server.signed_in(registered.data["register"]["accessToken"])
    invitation = (await owner.ask(INVITE, email=invited)).data["inviteMember"]
    shown = await server.send("POST", "/accept-invitation", json={"token": invitation["token"]})
    assert shown.body == {"team": "North", "inviter": "Pat", "email": invited, "role": "MANAGER"}
    assert shown.headers["cache-control"] == "no-store"
    again = await server.send("POST", "/accept-invitation", json={"token": invitation["token"]})
    assert again.body == shown.body, "looking uses nothing up"
    await owner.ask("mutation ($id: ID!) { revokeInvitation(id: $id) { ok } }", id=invitation["invitation"]["id"])
    gone = await server.send("POST", "/accept-invitation", json={"token": invitation["token"]})
    assert gone.status == 400


def test_each_document_of_the_script_is_among_those_of_the_server() -> None:
    """They are checked against the schema at every start, as those of an installation's manifest are."""
    asked = {f"adgraph-{name}" for name in re.findall(r'ask\("([a-z-]+)"', SCRIPT.read_text())}
    found = checked_manifest(build_schema().core, read_manifest(OWN_DOCUMENTS))
    assert asked == {each.document_id for each in found}
    assert len(asked) == 6
