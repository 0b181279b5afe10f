"""Owns who may see what in the sandbox: pasted tokens, proofs, scopes, accounts."""

import pytest

from tests.sandbox.graph_client import APP_ID, REDIRECT, SECRET, SYSTEM_USER, Graph, proof


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("SANDBOX-NO-ADS-READ", (403, 200, None)),
        ("SANDBOX-EXPIRED", (400, 190, 463)),
        ("SANDBOX-REVOKED", (400, 190, 458)),
        ("nobody's", (400, 190, None)),
    ],
)
@pytest.mark.parametrize("path", ["me/adaccounts", "act_1001", "act_1001/ads", "act_1001/insights"])
async def test_a_token_that_may_not_read_ads_says_why(
    graph: Graph, token: str, error: tuple[int, int, int | None], path: str
) -> None:
    assert await Graph(graph.server, graph.session, token).error(path) == error


async def test_an_account_outside_the_grant_looks_like_none(graph: Graph) -> None:
    narrow = Graph(graph.server, graph.session, "SANDBOX-ONE-ACCOUNT")
    assert [row["id"] for row in (await narrow.get("me/adaccounts"))["data"]] == ["act_1001"]
    ad = (await graph.get("act_1002/ads"))["data"][0]["id"]
    for path in ("act_1002", "act_1002/ads", "act_1002/insights", ad, f"{ad}/insights", "act_4040", "12345"):
        assert await narrow.error(path) == (400, 100, 33)
    assert await narrow.error("", ids=f"act_1001,{ad}") == (400, 100, 33)


async def answer_to(graph: Graph, params: dict[str, str], headers: dict[str, str] | None = None) -> tuple[int, str]:
    async with graph.session.get(f"{graph.server.url}/me", params=params, headers=headers) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("given", [None, proof("another"), proof(SYSTEM_USER).upper(), "é"])
async def test_the_proof_is_required_and_checked(graph: Graph, given: str | None) -> None:
    params = {"access_token": SYSTEM_USER} | ({"appsecret_proof": given} if given else {})
    status, text = await answer_to(graph, params)
    assert status == 400
    assert "appsecret_proof" in text


async def test_a_bearer_token_works_and_no_token_does_not(graph: Graph) -> None:
    bearer = {"Authorization": f"Bearer {SYSTEM_USER}"}
    assert (await answer_to(graph, {"appsecret_proof": proof(SYSTEM_USER)}, bearer))[0] == 200
    assert "2500" in (await answer_to(graph, {}))[1]
    assert "2500" in (await answer_to(graph, {}, {"Authorization": "Basic abc"}))[1]


@pytest.mark.parametrize("path", ["act_1001/nothing/here", "search", "me/likes", "v26.0", "act_1001/likes"])
async def test_unknown_paths_are_errors_of_the_graph(graph: Graph, path: str) -> None:
    status, code, _ = await graph.error(path)
    assert status == 400
    assert code in (100, 2500)


async def test_any_version_or_none_and_a_trailing_slash_are_fine(graph: Graph) -> None:
    params = {"access_token": SYSTEM_USER, "appsecret_proof": proof(SYSTEM_USER)}
    for path in ("/act_1001", "/v19.0/act_1001/", "/v26.0/act_1001"):
        async with graph.session.get(graph.server.url + path, params=params) as answer:
            assert (await answer.json())["id"] == "act_1001"
            assert answer.headers["facebook-api-version"] == ("v19.0" if "v19" in path else "v26.0")


async def test_the_owner_of_an_account_needs_a_scope_of_its_own(graph: Graph) -> None:
    url = f"{graph.server.url}/dialog/oauth?client_id={APP_ID}&redirect_uri={REDIRECT}&scope=ads_read"
    code = graph.server.admin.decide(url).partition("code=")[2]
    app = {"client_id": APP_ID, "client_secret": SECRET, "redirect_uri": REDIRECT, "code": code}
    _, body = await graph.call("oauth/access_token", **app)
    user = Graph(graph.server, graph.session, body["access_token"])
    assert await user.error("act_1001", fields="owner") == (403, 200, None)
    assert (await graph.get("act_1001", fields="owner"))["owner"] == "771001"


async def test_a_user_without_business_has_no_business_users(graph: Graph) -> None:
    assert await graph.get("me/business_users") == {"data": []}
    assert await graph.error("me", fields="mood") == (400, 100, None)
    assert (await graph.get("me", fields="name"))["name"] == "Adgraph System User"


async def test_a_verb_the_graph_does_not_know_is_refused(graph: Graph) -> None:
    form = {"access_token": SYSTEM_USER, "appsecret_proof": proof(SYSTEM_USER), "method": "PUT"}
    async with graph.session.post(f"{graph.server.url}/me", data=form) as answer:
        assert answer.status == 405
