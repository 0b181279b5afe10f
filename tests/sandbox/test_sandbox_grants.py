"""Owns how consent ends: clocks, sessions, withdrawal, and what apps are told of it."""

import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from sandbox.meta.sign_in.grants import CallbackOrder, TokenOrder
from sandbox.meta.sign_in.people import App
from sandbox.meta.sign_in.tokens import DEMO_USER, SYSTEM_USER
from sandbox.server import run_sandbox
from tests.sandbox.graph_client import ADMIN_TOKEN, APP_ID, CONFIG, NOON, REDIRECT, SECRET, Graph, Row

OTHER = App("4712", "other-secret", deletion_url="http://127.0.0.1:9/deletion")
PERSON = "10160000000000042"


@pytest_asyncio.fixture
async def graph(http: aiohttp.ClientSession) -> AsyncIterator[Graph]:
    async with run_sandbox(replace(CONFIG, other_apps=(OTHER,))) as server:
        yield Graph(server, http)


async def post(graph: Graph, path: str, body: Row) -> tuple[int, Any]:
    url = f"{graph.server.url}/_sandbox/{path}"
    async with graph.session.post(url, json=body, headers={"X-Sandbox-Token": ADMIN_TOKEN}) as answer:
        return answer.status, await answer.json()


def user(graph: Graph, order: TokenOrder | None = None) -> Graph:
    token = graph.server.admin.issue_token(order or TokenOrder())
    return Graph(graph.server, graph.session, token, secret=OTHER.app_secret if order and order.app_id else SECRET)


async def sign_in(graph: Graph, app: App, **decision: str) -> Graph:
    url = f"{graph.server.url}/dialog/oauth?client_id={app.app_id}&redirect_uri={REDIRECT}&scope=ads_read"
    code = graph.server.admin.decide(url, **decision).partition("code=")[2]
    client = {"client_id": app.app_id, "client_secret": app.app_secret, "redirect_uri": REDIRECT}
    status, body = await graph.call("oauth/access_token", code=code, **client)
    assert status == 200, body
    return Graph(graph.server, graph.session, body["access_token"], secret=app.app_secret)


async def test_the_two_clocks_of_a_token_run_apart(graph: Graph) -> None:
    someone = user(graph, TokenOrder(life_s=0, data_access_s=3600))
    assert (await someone.get("debug_token", input_token=someone.token))["data"]["expires_at"] == 0
    graph.server.admin.set_clock(NOON + timedelta(seconds=3599))
    await someone.get("act_1001")
    graph.server.admin.set_clock(NOON + timedelta(seconds=3600))
    assert await someone.error("act_1001") == (400, 190, 493)
    short = user(graph, TokenOrder(life_s=60))
    graph.server.admin.set_clock(NOON + timedelta(seconds=3660))
    assert await short.error("me") == (400, 190, 463)


async def test_a_longer_token_does_not_renew_data_access(graph: Graph) -> None:
    someone = user(graph)
    graph.server.admin.set_clock(NOON + timedelta(days=50))
    client = {"client_id": APP_ID, "client_secret": SECRET, "grant_type": "fb_exchange_token"}
    _, body = await graph.call("oauth/access_token", fb_exchange_token=someone.token, **client)
    renewed = Graph(graph.server, graph.session, body["access_token"])
    told = (await renewed.get("debug_token", input_token=renewed.token))["data"]
    assert told["data_access_expires_at"] == int((NOON + timedelta(days=90)).timestamp())
    assert told["expires_at"] == int((NOON + timedelta(days=110)).timestamp())


@pytest.mark.parametrize("subcode", [458, 459, 460, 464, 467, 492])
async def test_sessions_end_for_a_person_in_every_app(graph: Graph, subcode: int) -> None:
    here, there = user(graph), user(graph, TokenOrder(app_id=OTHER.app_id))
    other = user(graph, TokenOrder(person_id=PERSON))
    assert (await post(graph, "sessions", {"subcode": subcode}))[0] == 200
    for ended in (here, there):
        assert await ended.error("me") == (400, 190, subcode)
    await other.get("me")
    assert (await post(graph, "sessions", {"subcode": None}))[0] == 200
    await here.get("me")


async def test_pasted_tokens_end_too_when_it_is_their_user(graph: Graph) -> None:
    graph.server.admin.end_sessions(460, person_id=SYSTEM_USER)
    assert await graph.error("me") == (400, 190, 460)
    graph.server.admin.end_sessions(None, person_id=SYSTEM_USER)
    await graph.get("me")
    assert await Graph(graph.server, graph.session, "SANDBOX-EXPIRED").error("me") == (400, 190, 463)
    graph.server.admin.end_sessions(467, person_id=SYSTEM_USER)
    graph.server.admin.reset()
    await graph.get("me")


async def test_a_person_is_another_user_in_every_app(graph: Graph) -> None:
    main = App(APP_ID, SECRET)
    first, second, third = (
        await sign_in(graph, main),
        await sign_in(graph, OTHER),
        await sign_in(graph, main, person_id=PERSON),
    )
    ids = [(await client.get("me"))["id"] for client in (first, second, third)]
    assert ids[0] == DEMO_USER
    assert ids[2] == PERSON
    assert len({*ids}) == 3
    told = (await second.get("debug_token", input_token=second.token))["data"]
    assert told["app_id"] == OTHER.app_id
    assert await replace(second, secret=SECRET).error("me") == (400, 100, None)


async def test_tokens_and_codes_belong_to_their_app(graph: Graph) -> None:
    someone = user(graph)
    exchange = {"client_id": OTHER.app_id, "client_secret": OTHER.app_secret, "grant_type": "fb_exchange_token"}
    assert (await graph.error("oauth/access_token", fb_exchange_token=someone.token, **exchange))[1] == 190
    app_token = Graph(graph.server, graph.session, f"{OTHER.app_id}|{OTHER.app_secret}")
    assert (await app_token.error("debug_token", input_token=someone.token))[1] == 100
    url = f"{graph.server.url}/dialog/oauth?client_id={APP_ID}&redirect_uri={REDIRECT}&scope=ads_read"
    code = graph.server.admin.decide(url).partition("code=")[2]
    wrong = {"client_id": OTHER.app_id, "client_secret": OTHER.app_secret, "redirect_uri": REDIRECT}
    assert (await graph.error("oauth/access_token", code=code, **wrong))[1] == 100


async def test_consent_is_withdrawn_from_one_app(graph: Graph) -> None:
    here, there = user(graph), user(graph, TokenOrder(app_id=OTHER.app_id))
    assert (await post(graph, "withdraw", {"scope": "ads_read", "app_id": OTHER.app_id}))[0] == 200
    assert (await there.error("act_1001"))[:2] == (403, 200)
    await here.get("act_1001")
    graph.server.admin.withdraw()
    assert await here.error("me") == (400, 190, 458)
    for wrong in ({"scope": "mood"}, {"app_id": "12"}, {"person_id": "me"}):
        assert (await post(graph, "withdraw", wrong))[0] == 422


async def test_a_token_is_issued_over_http(graph: Graph) -> None:
    status, body = await post(graph, "tokens", {"kind": "SYSTEM_USER", "scopes": ["ads_read"], "life_s": 0})
    assert status == 200
    assert (await Graph(graph.server, graph.session, body["access_token"]).get("act_1001"))["id"] == "act_1001"


@dataclass
class Listener:
    """Stands for the app's callback URLs."""

    url: str
    received: list[str] = field(default_factory=list)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener("")

    async def take(request: web.Request) -> web.Response:
        listener.received.append(str((await request.post())["signed_request"]))
        return web.json_response({"url": "https://app.example/deletion/abc", "confirmation_code": "abc"})

    app = web.Application()
    app.router.add_post("/callback", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    try:
        yield listener
    finally:
        await runner.cleanup()


def unsigned(signed: str, secret: str) -> Row:
    """The payload, when the signature over its encoded form is right."""
    signature, _, payload = signed.partition(".")
    expected = hmac.new(secret.encode(), payload.encode(), sha256).digest()
    assert "=" not in signed
    assert urlsafe_b64decode(signature + "=" * (-len(signature) % 4)) == expected
    told: Row = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return told


async def test_an_app_is_told_that_it_was_removed(graph: Graph) -> None:
    here, there = user(graph), user(graph, TokenOrder(app_id=OTHER.app_id))
    async with listening() as app:
        status, body = await post(graph, "deauthorize", {"url": app.url})
    assert (status, body["status"]) == (200, 200)
    told = unsigned(app.received[0], SECRET)
    assert told == {"user_id": DEMO_USER, "algorithm": "HMAC-SHA256", "issued_at": int(NOON.timestamp())}
    assert await here.error("me") == (400, 190, 458)
    await there.get("me")


async def test_an_app_is_asked_to_delete(graph: Graph) -> None:
    there = user(graph, TokenOrder(app_id=OTHER.app_id))
    stale = datetime(2026, 11, 1, tzinfo=UTC)
    async with listening() as app:
        order = CallbackOrder(app_id=OTHER.app_id, url=app.url, issued_at=stale)
        answer = await graph.server.admin.request_deletion(order)
    assert json.loads(answer.body)["confirmation_code"] == "abc"
    told = unsigned(app.received[0], OTHER.app_secret)
    assert told["user_id"] == (await there.get("me"))["id"]
    assert told["issued_at"] == int(stale.timestamp())


async def test_a_callback_needs_somebody_who_listens(graph: Graph) -> None:
    assert (await post(graph, "deauthorize", {}))[0] == 422
    assert (await post(graph, "deletion", {"app_id": OTHER.app_id}))[0] == 422
