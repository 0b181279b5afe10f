"""Who is let in: the form, cookies, the token of the page, origins, stale sessions."""

import pytest

from sandbox.vinted.sessions import SESSION_COOKIE
from tests.sandbox.vinted.site_browser import IN_META, IN_SCRIPT, PASSWORD, SiteBrowser

ME = "/users/current"
HIDE = {"is_hidden": True}


def live_item(site: SiteBrowser) -> int:
    return next(item.item_id for item in site.member.items.values() if item.state == "live")


async def test_the_form_lets_a_member_in(site: SiteBrowser) -> None:
    me = await site.call("GET", ME)
    assert (me.body["user"]["id"], me.body["user"]["login"]) == (site.member.member_id, site.member.login)
    cookies = {cookie.key: cookie for cookie in site.http.cookie_jar}
    assert cookies[SESSION_COOKIE]["httponly"]
    assert not cookies["anon_id"]["httponly"]


async def test_the_form_names_its_members_and_their_password(site: SiteBrowser, other: SiteBrowser) -> None:
    page = await site.visit("/member/login")
    for named in (site.member.login, other.member.login, PASSWORD):
        assert f"<code>{named}</code>" in page.body


@pytest.mark.parametrize("form", [{}, {"login": "nobody"}, {"password": "pass-of-all"}, {"login": "\x00"}])
async def test_nobody_else_is_let_in(site: SiteBrowser, form: dict[str, str]) -> None:
    site.http.cookie_jar.clear()
    page = await site.visit("/member/login")
    assert (page.status, IN_SCRIPT.search(page.body)) == (200, None)
    assert (await site.sign_in("wrong")).status == 401
    async with site.http.post(f"{site.server.url}/member/login", data=form) as answer:
        assert answer.status == 401
    assert (await site.call("GET", ME)).refusal == (401, "invalid_authentication_token")


async def test_two_browsers_are_two_members(site: SiteBrowser, other: SiteBrowser) -> None:
    mine, theirs = await site.call("GET", ME), await other.call("GET", ME)
    assert mine.body["user"]["id"] != theirs.body["user"]["id"]
    item_id = live_item(site)
    for method, path, body in (
        ("GET", f"/item_upload/items/{item_id}", None),
        ("PUT", f"/item_upload/items/{item_id}", {"item": {}}),
        ("POST", f"/items/{item_id}/delete", None),
        ("PUT", f"/items/{item_id}/is_hidden", HIDE),
    ):
        assert (await other.call(method, path, body)).refusal == (403, "access_denied")
    assert site.member.items[item_id].state == "live"


async def test_what_changes_something_needs_the_token_of_the_page(site: SiteBrowser, other: SiteBrowser) -> None:
    path = f"/items/{live_item(site)}/is_hidden"
    for token in ("", "wrong", other.headers["x-csrf-token"]):
        assert (await site.call("PUT", path, HIDE, **{"x-csrf-token": token})).refusal == (403, "access_denied")
    assert (await site.call("GET", ME, **{"x-csrf-token": ""})).status == 200
    assert (await site.call("PUT", path, HIDE)).status == 200
    assert (await site.call("PUT", path, {"is_hidden": False})).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "chrome-extension://abcdef"},
        {"Origin": "https://example.com"},
        {"Origin": ""},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_what_changes_something_comes_from_a_page_of_the_site(site: SiteBrowser, headers: dict[str, str]) -> None:
    path = f"/items/{live_item(site)}/is_hidden"
    assert (await site.call("PUT", path, HIDE, **headers)).refusal == (403, "access_denied")
    assert (await site.call("GET", ME, **headers)).status == 200


@pytest.mark.parametrize(("place", "in_meta", "in_script"), [("META", 1, 0), ("SCRIPT", 0, 1), ("BOTH", 1, 1)])
async def test_pages_carry_the_token_where_they_are_told(
    site: SiteBrowser, place: str, in_meta: bool, in_script: bool
) -> None:
    await site.control("POST", "pace", {"csrf_place": place})
    for path in ("/", "/inbox", "/items/new", f"/member/{site.member.member_id}-any", f"/items/{live_item(site)}"):
        page = (await site.visit(path)).body
        found = IN_META.search(page), IN_SCRIPT.search(page)
        assert [bool(each) for each in found] == [in_meta, in_script]
        assert {each[1] for each in found if each} == {site.headers["x-csrf-token"]}


async def test_signing_out_ends_the_session(site: SiteBrowser) -> None:
    async with site.http.post(f"{site.server.url}/member/logout") as answer:
        assert (answer.status, "Sign in" in await answer.text()) == (200, True)
    assert (await site.call("GET", ME)).status == 401
    await site.sign_in()
    await site.control("POST", "sessions/end")
    assert (await site.call("GET", ME)).status == 401
    async with site.http.get(f"{site.server.url}/inbox", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (302, "/member/login?ref_url=/inbox")


async def test_signed_out_may_be_told_as_forbidden(site: SiteBrowser) -> None:
    await site.control("POST", "sessions/end")
    await site.control("POST", "pace", {"signed_out_status": 403})
    assert (await site.call("GET", ME)).refusal == (403, "invalid_authentication_token")


async def test_a_stale_session_is_renewed_by_a_page(site: SiteBrowser) -> None:
    await site.control("POST", "sessions/stale")
    assert (await site.call("GET", ME)).status == 401
    assert (await site.visit("/")).status == 200
    assert (await site.call("GET", ME)).status == 200


async def test_control_opens_a_session_without_the_form(site: SiteBrowser) -> None:
    opened = await site.control("POST", "sessions", {"member": 2})
    site.http.cookie_jar.clear()
    me = await site.call("GET", ME, Cookie=opened["cookie"])
    assert me.body["user"]["id"] != site.member.member_id
