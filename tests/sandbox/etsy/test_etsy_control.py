"""How a test moves the stand-in of Etsy: faults, limits, log, other shops, state on disk."""

from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from sandbox.etsy.faults import GATEWAY_PAGE
from sandbox.etsy.server import run_etsy
from tests.sandbox.etsy.etsy_client import KEYSTRING, EtsyClient, etsy_config
from tests.sandbox.etsy.shelf import active, put_body, read

ME = "/users/me"
LIMITS = ("x-limit-per-second", "x-remaining-this-second", "x-limit-per-day", "x-remaining-today")


async def test_control_is_for_whoever_has_the_token(etsy: EtsyClient) -> None:
    for token in ("", "wrong"):
        refused = await etsy.send("POST", "/_sandbox/clock", {}, **{"X-Sandbox-Token": token})
        assert refused.status == 403
    for path, body in (
        ("clock", {"when": 1}),
        ("tokens", {"shop": "nobody"}),
        ("faults", {"nth": 0}),
        ("pace", []),
        ("shops/money", {"shop": "DE", "divisor": 0}),
        ("listings/state", {"listing_id": 5, "state": "x"}),
        ("listings/ready", {"shop": "DE", "count": 0}),
        ("receipts/generate", {"shop": "DE", "count": 20_001}),
        ("receipts/pay", {"shop": "DE", "receipt_id": 5}),
        ("webhooks", {"secrets": ["whsec_!"]}),
    ):
        wrong = await etsy.send("POST", f"/_sandbox/{path}", body, **{"X-Sandbox-Token": "admin"})
        assert wrong.status == 422, path


async def test_faults_hit_the_named_call_as_often_as_told(etsy: EtsyClient) -> None:
    html = {"body": GATEWAY_PAGE, "media_type": "text/html", "status": 502}
    await etsy.control("POST", "faults", {"call": "users.*", "nth": 2, "times": 2, **html})
    found = [await etsy.call("GET", ME) for _ in range(4)]
    assert [got.status for got in found] == [200, 502, 502, 200]
    assert found[1].body == GATEWAY_PAGE
    await etsy.control("DELETE", "faults")
    await etsy.control("POST", "faults", {"call": "oauth.token"})
    assert (await etsy.mint(grant_type="refresh_token", refresh_token="x")).seen == (500, "Server Error")


async def test_chance_is_the_same_for_a_seed(etsy: EtsyClient) -> None:
    rounds = []
    for _ in range(2):
        await etsy.control("DELETE", "faults")
        await etsy.control("POST", "faults", {"probability": 0.5, "seed": 3, "times": None})
        rounds.append([(await etsy.call("GET", ME)).status for _ in range(12)])
    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {200, 500}


@pytest.mark.parametrize("kind", ["reset", "answer_lost"])
async def test_connections_break(etsy: EtsyClient, kind: str) -> None:
    pair = await etsy.control("POST", "tokens", {"shop": "DE"})
    await etsy.control("POST", "faults", {"call": "oauth.token", "kind": kind})
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    with pytest.raises(aiohttp.ClientError):
        await etsy.mint(**form)
    last = (await etsy.control("GET", "log"))["calls"][-1]
    assert (last["call"], last["fault"], last["status"]) == ("oauth.token", kind, 0)
    # Of a pair whose answer was lost nobody has the refresh token: that is the end of the consent.
    assert (await etsy.mint(**form)).status == (400 if kind == "answer_lost" else 200)


async def test_answers_can_be_late_and_drip(etsy: EtsyClient) -> None:
    await etsy.call("GET", ME)
    started = monotonic()
    await etsy.control("POST", "pace", {"latency_s": 0.02})
    await etsy.control("POST", "faults", {"kind": "delay", "delay_s": 0.03})
    assert (await etsy.call("GET", ME)).status == 200
    assert monotonic() - started >= 0.05
    await etsy.control("POST", "faults", {"kind": "drip", "delay_s": 0.05, "status": 200, "body": '{"user_id":1}'})
    started = monotonic()
    assert (await etsy.call("GET", ME)).body == {"user_id": 1}
    assert monotonic() - started >= 0.05


async def test_a_second_has_so_many_calls(etsy: EtsyClient) -> None:
    await etsy.call("GET", ME)
    etsy.server.sandbox.second.clear()
    await etsy.control("POST", "pace", {"per_second": 2})
    found = [await etsy.call("GET", ME) for _ in range(3)]
    assert found[2].seen == (429, "Exceeded per second rate limit")
    assert found[2].headers["retry-after"] == "1"
    etsy.server.sandbox.second.clear()
    assert (await etsy.call("GET", ME)).status == 200


async def test_24_hours_roll(etsy: EtsyClient) -> None:
    await etsy.control("POST", "clock", {"now": "2026-03-01T12:00:00Z"})
    etsy.tokens.clear()
    await etsy.token("DE")
    etsy.server.sandbox.day.clear()
    await etsy.control("POST", "pace", {"per_day": 2})
    first = await etsy.call("GET", ME)
    assert [first.headers[name] for name in LIMITS] == ["1000", "999", "2", "1"]
    await etsy.control("POST", "clock", {"now": "2026-03-01T12:50:00Z"})
    assert (await etsy.call("GET", ME)).headers["x-remaining-today"] == "0"
    refused = await etsy.call("GET", ME)
    assert (refused.seen, refused.headers["retry-after"]) == ((429, "Exceeded daily rate limit"), "83400")
    await etsy.control("POST", "clock", {"now": "2026-03-02T12:00:00Z"})
    etsy.tokens.clear()
    assert [(await etsy.call("GET", ME)).status for _ in range(2)] == [200, 429]


async def test_answers_may_say_nothing_of_limits(etsy: EtsyClient) -> None:
    await etsy.control("POST", "pace", {"has_limit_headers": False, "per_day": 1})
    etsy.server.sandbox.day.clear()
    found = [await etsy.call("GET", ME) for _ in range(2)]
    assert [got.status for got in found] == [200, 429]
    assert not {*LIMITS, "retry-after"} & {name.lower() for got in found for name in got.headers}


async def test_texts_may_come_as_they_are(etsy: EtsyClient) -> None:
    listing_id = await active(etsy, title="Cup's")
    await etsy.control("POST", "pace", {"has_entities": False})
    assert (await read(etsy, listing_id))["title"] == "Cup's"


async def test_a_user_may_have_no_shop(etsy: EtsyClient) -> None:
    seller = {"user_id": 5, "shop_id": 6, "shop_name": "Gone", "country": "FR", "currency": "EUR"}
    await etsy.control("POST", "shops", seller)
    user = {"Authorization": f"Bearer {await etsy.token('FR')}"}
    assert (await etsy.call("GET", ME, **user)).body == {"user_id": 5, "shop_id": 6}
    assert (await etsy.call("GET", "/users/5/shops", **user)).body["shop_name"] == "Gone"
    await etsy.control("POST", "shops/close", {"shop": 6})
    assert (await etsy.call("GET", ME, **user)).body == {"user_id": 5, "shop_id": None}
    gone = await etsy.call("GET", "/users/5/shops", **user)
    assert gone.seen == (404, "Could not find a shop for user with user_id = 5")
    again = await etsy.send(
        "POST", "/_sandbox/shops", seller | {"user_id": etsy.shop().seller.user_id}, **{"X-Sandbox-Token": "admin"}
    )
    assert again.status == 422


async def test_profiles_are_what_publishing_needs(etsy: EtsyClient) -> None:
    found = {}
    for path in ("shipping-profiles", "readiness-state-definitions", "policies/return", "sections"):
        got = await etsy.call("GET", f"/shops/{{shop}}/{path}")
        assert got.body["count"] == len(got.body["results"]) > 0
        found[path] = got.body["results"]
    shipping_id = found["shipping-profiles"][0]["shipping_profile_id"]
    one = await etsy.call("GET", f"/shops/{{shop}}/shipping-profiles/{shipping_id}")
    assert one.body == found["shipping-profiles"][0]
    assert not {"min_processing_time", "processing_days_display_label"} & set(one.body)
    ready = found["readiness-state-definitions"]
    assert [each["readiness_state"] for each in ready] == ["ready_to_ship", "made_to_order"]
    assert (await etsy.call("GET", "/shops/{shop}/policies/return/5")).status == 404
    page = await etsy.call("GET", "/shops/{shop}/readiness-state-definitions?limit=1&offset=1")
    assert (page.body["count"], page.body["results"]) == (2, ready[1:])


async def test_the_tree_of_categories_has_properties(etsy: EtsyClient) -> None:
    nodes = (await etsy.call("GET", "/seller-taxonomy/nodes")).body["results"]
    home = next(node for node in nodes if node["name"] == "Home & Living")
    assert (home["level"], home["parent_id"], home["full_path_taxonomy_ids"]) == (0, None, [891])
    leaf = home["children"][0]["children"][0]["children"][0]["children"][0]
    assert (leaf["id"], leaf["level"], leaf["full_path_taxonomy_ids"]) == (1064, 4, [891, 1061, 1062, 1063, 1064])
    found = (await etsy.call("GET", "/seller-taxonomy/nodes/1064/properties")).body["results"]
    color = next(each for each in found if each["name"] == "Primary color")
    assert (color["supports_variations"], color["possible_values"][1]["name"]) == (True, "Blue")
    assert (await etsy.call("GET", "/seller-taxonomy/nodes/7/properties")).status == 404


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    kept = etsy_config(state_path=tmp_path / "etsy.json")
    async with run_etsy(kept) as server, aiohttp.ClientSession() as http:
        etsy = EtsyClient(server, http)
        pair = await etsy.control("POST", "tokens", {"shop": "DE"})
        listing_id = await active(etsy)
        await etsy.call("PUT", f"/listings/{listing_id}/inventory", put_body(etsy))
        sale = {"shop": "DE", "lines": [{"listing_id": listing_id}]}
        made = await etsy.control("POST", "sell", sale)
        await etsy.control("POST", "receipts/refund", {"shop": "DE", "receipt_id": made["receipt_id"], "amount": "1"})
        await etsy.control("POST", "receipts/hole", {"shop": "DE", "receipt_id": made["receipt_id"]})
        await etsy.control("POST", "webhooks/rotate")
        secrets, before = server.sandbox.book.webhooks.secrets, await read(etsy, listing_id)
    async with run_etsy(kept) as server, aiohttp.ClientSession() as http:
        etsy = EtsyClient(server, http)
        after = await read(etsy, listing_id)
        # Addresses of pictures and listings have the port.
        assert after["inventory"] == before["inventory"]
        receipts = (await etsy.call("GET", "/shops/{shop}/receipts")).body
        assert (receipts["count"], receipts["results"]) == (1, [])
        assert server.sandbox.book.webhooks.secrets == secrets
        assert [fee.kind for fee in etsy.shop().fees] == ["publish"]
        renewed = await etsy.mint(grant_type="refresh_token", refresh_token=pair["refresh_token"])
        assert renewed.status == 200


async def test_shops_are_the_same_for_a_seed(etsy: EtsyClient) -> None:
    first = (await etsy.control("GET", "shops"))["shops"][:3]
    assert [(each["country"], each["currency"]) for each in first] == [("DE", "EUR"), ("US", "USD"), ("JP", "JPY")]
    async with run_etsy(etsy_config()) as same, run_etsy(etsy_config(seed=8)) as other:
        assert [shop.seller.shop_id for shop in same.sandbox.book.shops.values()] == [each["shop_id"] for each in first]
        assert set(other.sandbox.book.shops).isdisjoint(same.sandbox.book.shops)


async def test_the_log_has_calls_and_no_token(etsy: EtsyClient) -> None:
    await etsy.control("DELETE", "log")
    await etsy.call("GET", f"{ME}?x=1")
    await etsy.call("GET", "/nothing")
    calls = (await etsy.control("GET", "log"))["calls"]
    assert [(each["call"], each["status"]) for each in calls] == [("users.me", 200), ("unknown", 404)]
    assert (calls[0]["seller_id"], calls[0]["query"]) == (str(etsy.shop().seller.user_id), "x=1")
    assert KEYSTRING not in str(calls)
    assert etsy.tokens["DE"] not in str(calls)
