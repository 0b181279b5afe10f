"""Owns the sandbox's consent dialog and token exchange, as an app and its user meet them."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.sandbox.graph_client import APP_ID, REDIRECT, SECRET, Graph, Row, proof

SCOPES = "ads_read,business_management"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
APP = {"client_id": APP_ID, "client_secret": SECRET}


def dialog_url(graph: Graph, **changes: str) -> str:
    asked = {"client_id": APP_ID, "redirect_uri": REDIRECT, "scope": SCOPES, "state": "st&te", "response_type": "code"}
    return f"{graph.server.dialog_url}/v26.0/dialog/oauth?{urlencode(asked | changes)}"


async def click(graph: Graph, decision: str, **changes: str) -> dict[str, str]:
    """Open the page, press a button, and read where the browser is sent."""
    url = dialog_url(graph, **changes)
    async with graph.session.get(url, allow_redirects=False) as page:
        assert page.status == 200
        [ticket] = re.findall(r'name="ticket" value="([^"]+)"', await page.text())
    form = {"ticket": ticket, "decision": decision}
    async with graph.session.post(url, data=form, allow_redirects=False) as answer:
        assert answer.status == 303
        location = answer.headers["location"]
    assert location.startswith(REDIRECT + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def exchange(graph: Graph, **params: str) -> Row:
    url = f"{graph.server.url}/v26.0/oauth/access_token"
    async with graph.session.get(url, params=APP | params) as answer:
        body: Row = await answer.json()
    return body


async def signed_in(graph: Graph, decision: str = "allow") -> Graph:
    code = (await click(graph, decision))["code"]
    token = await exchange(graph, code=code, redirect_uri=REDIRECT)
    return Graph(graph.server, graph.session, token["access_token"])


async def test_the_dialog_asks_for_a_click_and_runs_no_script(graph: Graph) -> None:
    async with graph.session.get(dialog_url(graph), allow_redirects=False) as page:
        text, policy = await page.text(), page.headers["content-security-policy"]
    assert page.status == 200
    assert "<script" not in text
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy
    assert all(label in text for label in ("Allow<", "Allow without ads_read<", "Deny<"))


async def test_the_dialogs_of_signing_in_and_of_connecting_differ(graph: Graph) -> None:
    texts = []
    for scope in ("public_profile,email", "ads_read,ads_management"):
        async with graph.session.get(dialog_url(graph, scope=scope)) as page:
            texts.append(await page.text())
    sign_in, connection = texts
    assert "Sign in to Adgraph with Facebook" in sign_in
    assert [label in sign_in for label in ("Continue as Demo Marketer<", "ads_read", "ad account")] == [
        True,
        False,
        False,
    ]
    assert "connect your ad accounts" in connection
    assert [label in connection for label in ("Allow<", "first ad account only<", "e-mail")] == [True, True, False]


async def test_allow_leads_back_with_a_code_and_the_state(graph: Graph) -> None:
    answer = await click(graph, "allow")
    assert answer.keys() == {"code", "state"}
    assert answer["state"] == "st&te"


async def test_deny_leads_back_with_the_refusal(graph: Graph) -> None:
    answer = await click(graph, "deny")
    assert (answer["error"], answer["error_reason"]) == ("access_denied", "user_denied")
    assert answer["state"] == "st&te"
    assert "code" not in answer


async def test_one_click_answers_one_dialog(graph: Graph) -> None:
    url = dialog_url(graph)
    async with graph.session.get(url) as page:
        [ticket] = re.findall(r'name="ticket" value="([^"]+)"', await page.text())
    statuses = []
    for decision in ("perhaps", "deny", "allow"):
        form = {"ticket": ticket, "decision": decision}
        async with graph.session.post(url, data=form, allow_redirects=False) as answer:
            statuses.append(answer.status)
    assert statuses == [400, 303, 400]


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": REDIRECT + "/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": "1"},
        {"response_type": "token"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
    ],
)
async def test_a_wrong_request_never_redirects(graph: Graph, changes: dict[str, str]) -> None:
    async with graph.session.get(dialog_url(graph, **changes), allow_redirects=False) as page:
        assert page.status == 400
        assert "<form" not in await page.text()


async def test_a_code_becomes_a_short_then_a_long_token(graph: Graph) -> None:
    user = await signed_in(graph)
    longer = await exchange(graph, grant_type="fb_exchange_token", fb_exchange_token=user.token)
    assert longer["access_token"] != user.token
    assert longer["token_type"] == "bearer"
    assert longer["expires_in"] == 60 * 24 * 3600
    user.token = longer["access_token"]
    assert (await user.get("me"))["name"] == "Demo Marketer"
    assert len((await user.get("me/adaccounts"))["data"]) == 3


async def test_a_code_works_once_and_for_its_redirect_only(graph: Graph) -> None:
    code = (await click(graph, "allow"))["code"]
    elsewhere = await exchange(graph, code=code, redirect_uri=REDIRECT + "2")
    assert elsewhere["error"]["error_subcode"] == 36008
    assert "access_token" in await exchange(graph, code=code, redirect_uri=REDIRECT)
    again = await exchange(graph, code=code, redirect_uri=REDIRECT)
    assert again["error"]["error_subcode"] == 36009


async def test_a_challenge_is_enforced(graph: Graph) -> None:
    answer = await click(graph, "allow", code_challenge=CHALLENGE, code_challenge_method="S256")
    asked = {"code": answer["code"], "redirect_uri": REDIRECT}
    assert (await exchange(graph, **asked))["error"]["code"] == 100
    assert (await exchange(graph, **asked, code_verifier="w" * 64))["error"]["code"] == 100
    assert "access_token" in await exchange(graph, **asked, code_verifier=VERIFIER)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"client_id": "1"}, 101),
        ({"client_secret": "wrong"}, 1),
        ({"code": "never given"}, 100),
        ({"grant_type": "password"}, 100),
        ({"grant_type": "fb_exchange_token", "fb_exchange_token": "unknown"}, 190),
    ],
)
async def test_a_wrong_exchange_is_refused(graph: Graph, params: dict[str, str], code: int) -> None:
    assert (await exchange(graph, **params))["error"]["code"] == code


async def test_exchange_takes_a_form_too_and_gives_the_apps_own_token(graph: Graph) -> None:
    form = APP | {"grant_type": "client_credentials"}
    async with graph.session.post(f"{graph.server.url}/oauth/access_token", data=form) as answer:
        assert (await answer.json())["access_token"] == f"{APP_ID}|{SECRET}"


async def inspect(graph: Graph, token: str, by: str | None = None) -> Row:
    url = f"{graph.server.url}/v26.0/debug_token"
    params = {"input_token": token, "access_token": by or f"{APP_ID}|{SECRET}"}
    async with graph.session.get(url, params=params) as answer:
        body: Row = await answer.json()
    return body


async def test_debug_token_tells_scopes_targets_and_both_ends(graph: Graph) -> None:
    user = await signed_in(graph, "allow_one_account")
    data = (await inspect(graph, user.token))["data"]
    assert (data["app_id"], data["type"], data["is_valid"]) == (APP_ID, "USER", True)
    assert {"ads_read", "business_management"} <= {*data["scopes"]}
    assert data["granular_scopes"] == [{"scope": "ads_read", "target_ids": ["1001"]}]
    assert data["issued_at"] < data["expires_at"] < data["data_access_expires_at"]
    assert len((await user.get("me/adaccounts"))["data"]) == 1


async def test_debug_token_says_why_a_token_is_dead(graph: Graph) -> None:
    assert (await inspect(graph, "unknown"))["data"]["is_valid"] is False
    assert (await inspect(graph, "SANDBOX-EXPIRED"))["data"]["error"]["subcode"] == 463
    assert (await inspect(graph, "SANDBOX-SYSTEM-USER"))["data"]["expires_at"] == 0
    assert (await inspect(graph, "SANDBOX-SYSTEM-USER", by="another"))["error"]["code"] == 100


async def test_declined_scopes_are_listed_and_missing(graph: Graph) -> None:
    user = await signed_in(graph, "allow_without_ads_read")
    statuses = {row["permission"]: row["status"] for row in (await user.get("me/permissions"))["data"]}
    assert statuses["ads_read"] == "declined"
    assert statuses["business_management"] == "granted"
    assert await user.error("me/adaccounts") == (403, 200, None)
    assert "ads_read" not in (await inspect(graph, user.token))["data"]["scopes"]


async def test_permissions_can_be_taken_back(own_graph: Graph) -> None:
    user = await signed_in(own_graph)
    assert await user.call("me/permissions/ads_read", "DELETE") == (200, {"success": True})
    assert await user.error("me/adaccounts") == (403, 200, None)
    assert await user.call("me/permissions", "DELETE") == (200, {"success": True})
    assert await user.error("me") == (400, 190, 458)
    assert (await own_graph.call("me/permissions", "DELETE"))[0] == 200
    assert (await own_graph.call("me/permissions/fly", "DELETE"))[0] == 400
    await own_graph.get("me")


async def test_a_token_ends_when_the_clock_passes_its_end(own_graph: Graph) -> None:
    user = await signed_in(own_graph)
    own_graph.server.admin.set_clock(own_graph.server.admin.sandbox.clock.now().date().replace(day=30))
    assert await user.error("me") == (400, 190, 463)
    renewed = await exchange(own_graph, grant_type="fb_exchange_token", fb_exchange_token=user.token)
    assert renewed["error"]["error_subcode"] == 463


async def test_a_code_ends_after_ten_minutes(own_graph: Graph) -> None:
    code = (await click(own_graph, "allow"))["code"]
    admin = own_graph.server.admin
    admin.set_clock(admin.sandbox.clock.now().replace(minute=11))
    assert (await exchange(own_graph, code=code, redirect_uri=REDIRECT))["error"]["error_subcode"] == 36007


async def test_tests_may_decide_without_the_page(graph: Graph) -> None:
    location = graph.server.admin.decide(dialog_url(graph), "allow")
    code = parse_qs(urlsplit(location).query)["code"][0]
    token = (await exchange(graph, code=code, redirect_uri=REDIRECT))["access_token"]
    assert proof(token) != proof(code)
    assert "EAAS" in token
