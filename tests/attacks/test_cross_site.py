"""Attack 11: pages of other sites that read, write or watch with a visitor's browser."""

import json

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from tests.attacks.front import Front
from tests.doors.http import GraphQLClient

ORIGIN = "https://app.test"  # the one that the server of the tests lists
CHANGE = {"query": "mutation { logout { ok } }"}
QUERY = {"query": "{ metricDefinitions { key } }"}
FOREIGN = ["null", "https://evil.test", "https://app.test.evil.test", "http://app.test", "https://app.test:444"]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_page_reads_nothing_and_asks_in_vain(front: Front, origin: str) -> None:
    ann = await front.person()
    reply = await ann.client.send("POST", json={"query": "{ viewer { email } }"}, headers={"origin": origin})
    asked = await front.client.send("OPTIONS", headers={"origin": origin, "access-control-request-method": "POST"})
    for answer in (reply, asked):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


async def test_not_even_a_listed_page_gets_cookies_along(front: Front) -> None:
    asked = await front.client.send("OPTIONS", headers={"origin": ORIGIN, "access-control-request-method": "POST"})
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in asked.headers
    assert "origin" in asked.headers["vary"].lower()


@pytest.mark.parametrize("header", ["authorization", "graphql-require-preflight", "apollo-require-preflight"])
async def test_a_listed_page_may_send_what_a_get_needs_and_a_foreign_one_may_not(front: Front, header: str) -> None:
    asks = {"access-control-request-method": "GET", "access-control-request-headers": header}
    assert (await front.client.send("OPTIONS", headers={"origin": ORIGIN, **asks})).status == 200
    assert (
        "access-control-allow-origin"
        not in (await front.client.send("OPTIONS", headers={"origin": FOREIGN[1], **asks})).headers
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "",
    ],
)
async def test_what_a_form_can_send_is_no_operation(front: Front, content_type: str) -> None:
    ann = await front.person()
    body, refused = json.dumps(CHANGE), 415
    if content_type.startswith("multipart"):  # a form may have files; this one lacks what says where they belong
        refused = 400
        body = f'--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{body}\r\n--x--\r\n'
    reply = await ann.client.send("POST", data=body.encode(), headers={"content-type": content_type})
    assert reply.status == refused
    assert (await ann.client.ask("{ viewer { role } }")).data == {"viewer": {"role": "OWNER"}}


@pytest.mark.parametrize("headers", [{}, {"accept": "image/*,*/*;q=0.8"}, {"content-type": "text/plain"}])
async def test_a_picture_runs_no_query(front: Front, headers: dict[str, str]) -> None:
    """A page has a browser send such a GET without asking us, and learns from how long it takes."""
    url = f"{front.client.url}/graphql"
    async with aiohttp.ClientSession(headers=headers) as browser, browser.get(url, params=QUERY) as answer:
        assert answer.status in (400, 415)
        assert "data" not in await answer.json()


async def test_a_link_changes_nothing(front: Front) -> None:
    ann = await front.person()
    assert (await ann.client.send("GET", "/graphql", params=CHANGE)).status == 405
    assert (await ann.client.ask("{ viewer { role } }")).data == {"viewer": {"role": "OWNER"}}


async def test_the_api_reads_no_cookie(front: Front) -> None:
    ann = await front.person()
    token = ann.client.token
    cookie = {"cookie": f"token={token}; access_token={token}; authorization=Bearer {token}"}
    reply = await front.client.send("POST", json={"query": "{ viewer { role } }"}, headers=cookie)
    assert reply.data == {"viewer": None}


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_page_opens_no_socket(front: Front, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with front.client.socket(origin=origin):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("scheme", ["chrome-extension", "moz-extension", "safari-web-extension"])
async def test_a_browser_extension_asks_with_its_token_and_listens(front: Front, scheme: str) -> None:
    """It is no page: what it sends has no cookie to abuse, and reads no answer without a token."""
    origin = f"{scheme}://abcdefghijklmnop"
    ann = await front.person()
    reply = await ann.client.send("POST", json={"query": "{ viewer { role } }"}, headers={"origin": origin})
    assert reply.data == {"viewer": {"role": "OWNER"}}
    assert "access-control-allow-origin" not in reply.headers
    async with front.client.socket(origin=origin) as socket:
        await socket.introduce({"authorization": f"Bearer {ann.client.token}"})


async def test_no_page_may_be_framed(server: GraphQLClient) -> None:
    for path in ("/", "/graphql", "/auth/facebook/callback"):
        reply = await server.send("GET", path)
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"], path
