"""How a test moves the stand-in of eBay: faults, limits, log, state on disk."""

from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from sandbox.ebay.calls import SCOPE
from sandbox.ebay.server import run_ebay
from tests.sandbox.ebay.ebay_client import EbayClient, ebay_config

USER = "/commerce/identity/v1/user"


async def test_control_is_for_whoever_has_the_token(ebay: EbayClient) -> None:
    for token in ("", "wrong"):
        refused = await ebay.send("POST", "/_sandbox/clock", {}, **{"X-Sandbox-Token": token})
        assert refused.status == 403
    for path, body in (
        ("clock", {"when": 1}),
        ("tokens", {"seller": "nobody"}),
        ("faults", {"nth": 0}),
        ("pace", []),
        ("clock", {"skew_s": 1e300}),
    ):
        wrong = await ebay.send("POST", f"/_sandbox/{path}", body, **{"X-Sandbox-Token": "admin"})
        assert wrong.status == 422


async def test_faults_hit_the_named_call_as_often_as_told(ebay: EbayClient) -> None:
    html = {"body": "<html>Service unavailable</html>", "media_type": "text/html", "status": 503}
    await ebay.control("POST", "faults", {"call": "identity.*", "nth": 2, "times": 2, **html})
    found = [await ebay.call("GET", USER) for _ in range(4)]
    assert [got.status for got in found] == [200, 503, 503, 200]
    assert found[1].body.startswith("<html>")
    await ebay.control("DELETE", "faults")
    await ebay.control("POST", "faults", {"call": "oauth.token", "status": 500})
    assert (await ebay.mint(grant_type="client_credentials", scope="x")).status == 500


async def test_chance_is_the_same_for_a_seed(ebay: EbayClient) -> None:
    rounds = []
    for _ in range(2):
        await ebay.control("DELETE", "faults")
        await ebay.control("POST", "faults", {"probability": 0.5, "seed": 3, "times": None})
        rounds.append([(await ebay.call("GET", USER)).status for _ in range(12)])
    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {200, 500}


@pytest.mark.parametrize("kind", ["reset", "answer_lost"])
async def test_connections_break(ebay: EbayClient, kind: str) -> None:
    minted = len(ebay.server.sandbox.book.access_tokens)
    await ebay.control("POST", "faults", {"call": "oauth.token", "kind": kind})
    with pytest.raises(aiohttp.ClientError):
        await ebay.mint(grant_type="client_credentials", scope=SCOPE)
    last = (await ebay.control("GET", "log"))["calls"][-1]
    assert (last["call"], last["fault"], last["status"]) == ("oauth.token", kind, 0)
    assert len(ebay.server.sandbox.book.access_tokens) - minted == (kind == "answer_lost")


async def test_answers_can_be_late(ebay: EbayClient) -> None:
    await ebay.call("GET", USER)
    started = monotonic()
    await ebay.control("POST", "pace", {"latency_s": 0.02})
    await ebay.control("POST", "faults", {"kind": "delay", "delay_s": 0.03})
    assert (await ebay.call("GET", USER)).status == 200
    assert monotonic() - started >= 0.05


async def test_a_throttled_api_says_neither_when_nor_why(ebay: EbayClient) -> None:
    await ebay.control("POST", "throttle", {"apis": ["commerce.*"]})
    refused = await ebay.call("GET", USER)
    assert (refused.status, refused.error_ids, refused.headers.get("Retry-After")) == (429, [2001], None)
    await ebay.control("POST", "throttle", {"apis": []})
    assert (await ebay.call("GET", USER)).status == 200


async def test_what_is_unknown_is_refused_in_ebays_shape(ebay: EbayClient) -> None:
    got = await ebay.call("GET", "/sell/inventory/v7/nothing")
    assert (got.status, got.error_ids) == (404, [2002])
    assert {"errorId", "domain", "category", "message", "longMessage"} == set(got.body["errors"][0])


async def test_tokens_and_sellers_are_there_after_a_restart(tmp_path: Path) -> None:
    kept = ebay_config(state_path=tmp_path / "ebay.json")
    async with run_ebay(kept) as server, aiohttp.ClientSession() as http:
        before = EbayClient(server, http)
        token = await before.token("EBAY_GB")
        user = (await before.send("GET", USER, Authorization=f"Bearer {token}")).body
    async with run_ebay(kept) as server, aiohttp.ClientSession() as http:
        again = await EbayClient(server, http).send("GET", USER, Authorization=f"Bearer {token}")
    assert (again.status, again.body) == (200, user)


async def test_sellers_are_the_same_for_a_seed_and_more_can_come(ebay: EbayClient) -> None:
    first = (await ebay.control("GET", "sellers"))["sellers"]
    assert [seller["marketplace"] for seller in first[:3]] == ["EBAY_DE", "EBAY_US", "EBAY_GB"]
    async with run_ebay(ebay_config()) as other, aiohttp.ClientSession() as http:
        assert (await EbayClient(other, http).control("GET", "sellers"))["sellers"] == first[:3]
    new = {**first[0], "user_id": "NEW", "username": "new", "marketplace": "EBAY_FR", "country": "FR"}
    await ebay.control("POST", "sellers", new)
    assert (await ebay.call("GET", USER, seller="NEW")).body["userId"] == "NEW"
