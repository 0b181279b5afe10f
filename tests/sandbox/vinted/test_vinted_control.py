"""How a test moves the stand-in of Vinted: challenge, pace, faults, log, other members, state on disk."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.vinted.server import run_vinted
from sandbox.vinted.sessions import SESSION_COOKIE
from tests.sandbox.vinted.shelf import ITEMS, item_body, photographed, put_up, wardrobe
from tests.sandbox.vinted.site_browser import SiteBrowser, browsers, vinted_config

ME = "/users/current"


async def test_control_is_for_whoever_has_the_token(site: SiteBrowser) -> None:
    for token in ("", "wrong"):
        assert (await site.ask_control("POST", "clock", {}, token)).status == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"when": 1}),
        ("faults", {"nth": 0}),
        ("pace", {"signed_out_status": 200}),
        ("pace", {"csrf_place": "COOKIE"}),
        ("challenge", {"style": "RIDDLE"}),
        ("challenge", {"member": "nobody"}),
        ("sessions", {"member": 9}),
        ("members", {"member_id": 1}),
        ("items/ready", {"count": 0}),
        ("items/ready", {"state": "lost"}),
        ("items/state", {"item_id": 5, "state": "live"}),
        ("items/late", {"item_id": "x", "seconds": 1}),
        ("messages/write", {"text": "Hi", "item_id": 5}),
        ("sales/move", {"transaction_id": 5, "stage": "paid"}),
        ("conversations/hole", {"conversation_id": 5}),
    ],
)
async def test_orders_that_cannot_be_are_refused(site: SiteBrowser, path: str, body: Any) -> None:
    assert (await site.ask_control("POST", path, body)).status == 422


@pytest.mark.parametrize(("style", "status"), [("PAGE", 403), ("PAGE_200", 200)])
async def test_a_challenge_is_a_page_in_place_of_every_answer(site: SiteBrowser, style: str, status: int) -> None:
    await site.control("POST", "challenge", {"style": style})
    photos = len(site.member.photos)
    for got in (await site.call("GET", ME), await site.upload(), await site.visit("/"), await site.visit("/inbox")):
        assert (got.status, got.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert "Are you a person?" in got.body
    assert len(site.member.photos) == photos
    async with site.http.post(f"{site.server.url}/challenge") as answer:
        assert answer.status == 200
    assert (await site.call("GET", ME)).status == 200


async def test_a_challenge_may_be_json_for_calls(site: SiteBrowser) -> None:
    await site.control("POST", "challenge", {"style": "JSON"})
    got = await site.call("GET", ME)
    assert (got.status, got.body) == (403, {"url": f"{site.server.url}/challenge"})
    assert "Are you a person?" in (await site.visit("/")).body


async def test_a_stubborn_challenge_stays(site: SiteBrowser) -> None:
    await site.control("POST", "challenge", {"is_stubborn": True})
    async with site.http.post(f"{site.server.url}/challenge") as answer:
        assert answer.status == 403
    assert (await site.call("GET", ME)).status == 403
    await site.control("POST", "challenge", {"style": "NONE"})
    assert (await site.control("GET", "challenge"))["style"] == "NONE"
    assert (await site.call("GET", ME)).status == 200


async def test_a_challenge_may_be_for_one_member(site: SiteBrowser, other: SiteBrowser) -> None:
    await site.control("POST", "challenge", {"member": 2})
    assert (await site.call("GET", ME)).status == 200
    assert (await other.call("GET", ME)).status == 403


async def test_a_minute_has_so_many_calls(site: SiteBrowser) -> None:
    await site.control("POST", "clock", {"now": "2027-05-01T12:00:00Z"})
    await site.control("POST", "pace", {"per_minute": 2})
    got = [await site.call("GET", ME) for _ in range(3)]
    assert ([each.status for each in got], got[2].body["code"]) == ([200, 200, 429], 106)
    assert got[2].headers["retry-after"] == "60"
    await site.control("POST", "pace", {"has_retry_after": False})
    assert "retry-after" not in (await site.call("GET", ME)).headers
    await site.control("POST", "clock", {"now": "2027-05-01T12:01:00Z"})
    assert (await site.call("GET", ME)).status == 200


async def test_faults_hit_the_named_call_as_often_as_told(site: SiteBrowser) -> None:
    await site.control("POST", "faults", {"call": "users.*", "nth": 2, "times": 2})
    found = [await site.call("GET", ME) for _ in range(4)]
    assert [got.status for got in found] == [200, 500, 500, 200]
    assert found[1].body["message_code"] == "server_error"
    await site.control("POST", "faults", {"call": "pages.home", "status": 502, "body": "<h1>Bad gateway</h1>"})
    assert (await site.visit("/")).status == 502


async def test_chance_is_the_same_for_a_seed(site: SiteBrowser) -> None:
    rounds = []
    for _ in range(2):
        await site.control("DELETE", "faults")
        await site.control("POST", "faults", {"probability": 0.5, "seed": 3, "times": None})
        rounds.append([(await site.call("GET", ME)).status for _ in range(12)])
    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {200, 500}


@pytest.mark.parametrize(("kind", "made"), [("reset", 0), ("answer_lost", 1)])
async def test_an_item_may_be_there_without_an_answer(site: SiteBrowser, kind: str, made: int) -> None:
    body = item_body(await photographed(site))
    before = len(await wardrobe(site))
    await site.control("POST", "faults", {"call": "items.create", "kind": kind})
    with pytest.raises(aiohttp.ClientError):
        await site.call("POST", ITEMS, body)
    assert len(await wardrobe(site)) == before + made


async def test_a_call_that_nobody_waits_for_is_done_late(site: SiteBrowser) -> None:
    body = item_body(await photographed(site))
    before = len(site.member.items)
    await site.control("POST", "faults", {"call": "items.create", "kind": "delay", "delay_s": 0.2})
    sending = asyncio.create_task(site.call("POST", ITEMS, body))
    async with asyncio.timeout(20):
        # The call has arrived; its sender leaves before it is answered.
        while not site.server.sandbox.faults._counters[0].seen:
            await site.control("GET", "challenge")
        sending.cancel()
        while (await site.control("GET", "log"))["calls"][-1]["call"] != "items.create":
            pass
    await asyncio.wait([sending])
    assert len(site.member.items) == before + 1


async def test_the_log_has_calls_and_no_secret(site: SiteBrowser) -> None:
    await site.control("DELETE", "log")
    await site.call("GET", f"{ME}?x=1")
    await site.visit("/")
    await site.visit("/nothing")
    calls = (await site.control("GET", "log"))["calls"]
    assert [(each["call"], each["status"]) for each in calls] == [
        ("users.current", 200),
        ("pages.home", 200),
        ("unknown", 404),
    ]
    assert (calls[0]["seller_id"], calls[0]["query"]) == (str(site.member.member_id), "x=1")
    secrets = [cookie.value for cookie in site.http.cookie_jar if cookie.key == SESSION_COOKIE]
    assert not any(secret in str(calls) for secret in (*secrets, site.headers["x-csrf-token"]))


async def test_unknown_addresses_are_pages(site: SiteBrowser) -> None:
    for path in ("/api/v2/nothing", "/api/v2/items/5", "/x", "/member/x", "/inbox/5"):
        got = await site.visit(path)
        assert (got.status, got.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_another_member_signs_in(site: SiteBrowser) -> None:
    new = {"member_id": 5, "login": "new_here", "country": "FR"}
    await site.control("POST", "members", new)
    assert (await site.ask_control("POST", "members", new)).status == 422
    assert (await site.control("GET", "members"))["members"][-1]["login"] == "new_here"
    async with browsers(site.server) as opened:
        fresh = await opened(3)
        assert (await fresh.call("GET", ME)).body["user"]["country_code"] == "FR"
        assert await wardrobe(fresh) == []
    assert (await site.control("POST", "member", {"member": "new_here"}))["member_id"] == 5
    del site.server.sandbox.book.members[5]


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    config = vinted_config(state_path=tmp_path / "state.json")
    async with run_vinted(config) as server, browsers(server) as opened:
        site = await opened(1)
        item_id, photos = await put_up(site), await photographed(site)
        cookies, headers = {cookie.key: cookie.value for cookie in site.http.cookie_jar}, site.headers
        count = len(await wardrobe(site))
    async with run_vinted(config) as server, browsers(server) as opened:
        site = await opened(1)
        site.http.cookie_jar.clear()
        site.http.cookie_jar.update_cookies(cookies)
        site.headers = headers | {"Origin": server.url}
        found = [item["id"] for item in await wardrobe(site)]
        assert (found[0], len(found)) == (item_id, count)
        assert (await site.call("POST", ITEMS, item_body(photos))).status == 200


async def test_everything_begins_anew(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    await site.control("POST", "challenge", {"style": "PAGE"})
    await site.control("POST", "anew")
    assert (await site.call("GET", ME)).status == 401
    await site.sign_in()
    found = await wardrobe(site)
    assert (len(found), item_id in [item["id"] for item in found]) == (30, False)


async def test_members_are_the_same_for_a_seed(site: SiteBrowser) -> None:
    first = [member["login"] for member in (await site.control("GET", "members"))["members"]][:2]
    async with run_vinted(vinted_config()) as same, run_vinted(vinted_config(seed=8)) as unlike:
        assert [member.login for member in same.sandbox.book.members.values()] == first
        assert set(unlike.sandbox.book.members).isdisjoint(same.sandbox.book.members)


async def test_the_first_wardrobe_is_as_full_as_told() -> None:
    for items, sales in ((120, 6), (0, 0)):
        async with run_vinted(vinted_config(items=items)) as server:
            member = next(iter(server.sandbox.book.members.values()))
            assert (len(member.items), len(member.sales)) == (items, sales)
