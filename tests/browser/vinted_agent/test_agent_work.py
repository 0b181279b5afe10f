"""The extension in a real Chromium, with a stand-in of the site: what it does there, and what it leaves alone."""

from collections.abc import Mapping

import pytest
from playwright.async_api import expect

from sandbox.vinted.state import Challenge
from tests.browser.vinted_agent.conftest import Scene
from tests.browser.vinted_agent.relay_stand_in import CODE

pytestmark = pytest.mark.browser
WHOAMI: tuple[str, dict[str, object]] = ("WHOAMI", {})


def list_items(page: int) -> tuple[str, dict[str, object]]:
    return "LIST_ITEMS", {"page": page, "perPage": 96}


async def states_of(scene: Scene, *steps: tuple[str, Mapping[str, object]]) -> list[str]:
    return (await scene.relay.until_over(await scene.relay.give(*steps))).states


async def test_it_pairs_by_its_popup_and_says_what_is_wrong(unpaired: Scene) -> None:
    popup, alert = unpaired.popup, unpaired.popup.get_by_role("alert")
    await expect(popup.get_by_text("its terms do not")).to_be_visible()
    await unpaired.agent.pair(popup, "no address", CODE)
    await expect(alert).to_contain_text("no address of a server")
    await unpaired.agent.pair(popup, unpaired.relay_url, "WRONG234")
    await expect(alert).to_have_text("This code is wrong or over.")
    await unpaired.agent.pair(popup, unpaired.relay_url, CODE)
    await expect(popup.get_by_text("Paired with Wardrobe (vinted.fr)")).to_be_visible()
    assert "work" in [each["name"] for each in await popup.evaluate("() => chrome.alarms.getAll()")]


async def test_the_whole_wardrobe_is_read_as_the_member_who_is_signed_in(scene: Scene) -> None:
    lease = await scene.relay.until_over(await scene.relay.give(WHOAMI, list_items(1), list_items(2)))
    whoami, first, second = lease.results
    assert whoami == {"id": str(scene.owner.member_id), "name": scene.owner.login}
    assert (len(first["items"]), len(second["items"]), second["totalPages"]) == (96, 24, 2)
    ids = {item["id"] for page in (first, second) for item in page["items"]}
    assert ids == {str(item_id) for item_id in scene.owner.items}
    await expect(scene.popup.get_by_role("row").first).to_contain_text("wardrobe")


async def test_an_item_with_pictures_is_put_up_changed_and_deleted(scene: Scene) -> None:
    relay, owner = scene.relay, scene.owner
    pictures = [("UPLOAD_PHOTO", {"url": f"{scene.relay_url}/files/{number}?signature=x"}) for number in (1, 2)]
    photos = (await relay.until_over(await relay.give(*pictures))).results
    new = {
        "title": "Blue vase", "description": "A blue vase.\n\nV-900", "price": {"amount": "12.50", "currency": "EUR"},
        "categoryId": "1936", "conditionId": "6", "colourIds": ["9"], "packageSizeId": "1",
        "photoIds": [photo["id"] for photo in photos],
    }  # fmt: skip
    made = await relay.until_over(await relay.give(("CREATE_ITEM", new)))
    assert made.states == ["STARTED", "DONE"]
    item = owner.items[int(made.results[0]["id"])]
    assert (item.given["title"], item.given["price"], len(item.photo_ids)) == ("Blue vase", "12.50", 2)
    change = {"id": str(item.item_id), "price": {"amount": "9.99", "currency": "EUR"}}
    changed = await relay.until_over(await relay.give(("UPDATE_ITEM", change), ("GET_ITEM", {"id": change["id"]})))
    assert changed.results[1]["price"] == {"amount": "9.99", "currency": "EUR"}
    assert changed.results[1]["description"] == new["description"]
    assert (len(item.photo_ids), item.given["condition_id"], item.given["color_ids"]) == (2, 6, [9])
    assert await states_of(scene, *[("DELETE_ITEM", {"id": change["id"]})] * 2) == ["DONE", "DONE"]
    assert item.item_id not in owner.items


async def test_sales_and_terms_are_read(scene: Scene) -> None:
    kinds = ("CATEGORY", "CONDITION", "COLOUR", "BRAND", "SIZE", "MATERIAL", "PACKAGE_SIZE")
    terms = [("LIST_TERMS", {"kind": kind}) for kind in kinds]
    lease = await scene.relay.until_over(await scene.relay.give(("LIST_ORDERS", {"page": 1, "perPage": 20}), *terms))
    orders, *told = lease.results
    assert len(orders["orders"]) == len(scene.owner.sales)
    assert all(len(each["terms"]) > 0 for each in told)
    sales = [("GET_ORDER", {"id": order["id"]}) for order in orders["orders"]]
    read = (await scene.relay.until_over(await scene.relay.give(*sales))).results
    known = {"awaiting_payment": "AWAITING_PAYMENT", "paid": "PAID", "shipped": "SHIPPED", "delivered": "SHIPPED",
             "completed": "COMPLETED", "cancelled": "CANCELLED"}  # fmt: skip
    for order in read:
        sale = scene.owner.sales[int(order["id"])]
        assert order["status"] == known[sale.stage]
        assert [thing["id"] for thing in order["item"]] == [str(thing.item_id) for thing in sale.things]
        assert order["buyer"] == {"handle": sale.login, "country": sale.country}


async def test_conversations_are_read_and_a_message_is_sent(scene: Scene) -> None:
    lease = await scene.relay.until_over(await scene.relay.give(("LIST_CONVERSATIONS", {"page": 1, "perPage": 20})))
    talk_id = lease.results[0]["conversations"][0]["id"]
    text = "It is still there.\nYours"
    read, _ = (
        await scene.relay.until_over(
            await scene.relay.give(
                ("GET_CONVERSATION", {"id": talk_id}), ("SEND_MESSAGE", {"conversationId": talk_id, "text": text})
            )
        )
    ).results
    talk = scene.owner.talks[int(talk_id)]
    assert (read["with"], len(read["messages"])) == (talk.login, len(talk.messages) - 1)
    assert talk.messages[-1].body == text


async def test_signing_out_stops_it_and_signing_in_lets_it_go_on(scene: Scene) -> None:
    assert await states_of(scene, WHOAMI) == ["DONE"]
    scene.site.sandbox.close_sessions(scene.owner)
    assert await states_of(scene, list_items(1), list_items(2)) == ["SIGNED_OUT"]
    await expect(scene.popup.get_by_role("alert")).to_contain_text("Sign in in a tab")
    await scene.agent.sign_in(scene.members[1].login)
    assert await states_of(scene, list_items(1)) == ["SIGNED_OUT"]
    await scene.agent.sign_in(scene.owner.login)
    assert await states_of(scene, list_items(1)) == ["DONE"]
    await expect(scene.popup.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize("csrf_place", ["META", "SCRIPT"])
async def test_a_session_that_ran_out_is_renewed_by_loading_a_page(scene: Scene, csrf_place: str) -> None:
    scene.site.sandbox.csrf_place = csrf_place
    for session in scene.site.sandbox.book.sessions.values():
        session.is_stale = True
    assert await states_of(scene, ("UPLOAD_PHOTO", {"url": f"{scene.relay_url}/files/1"})) == ["DONE"]


@pytest.mark.parametrize("style", ["PAGE", "PAGE_200", "JSON"])
async def test_a_challenge_stops_it_and_is_left_to_the_person(scene: Scene, style: str) -> None:
    scene.site.sandbox.challenge = Challenge(style)
    assert await states_of(scene, list_items(1), list_items(2)) == ["CHALLENGE"]
    await expect(scene.popup.get_by_role("alert")).to_contain_text("asks whether you are a person")
    assert scene.site.sandbox.challenge.style == style
    tab = await scene.agent.context.new_page()
    await tab.goto(f"{scene.site.url}/challenge")
    await tab.get_by_role("button", name="I am a person").click()
    assert await states_of(scene, list_items(1)) == ["DONE"]


async def test_without_a_tab_of_the_site_it_opens_one_behind_the_others(scene: Scene) -> None:
    pages = scene.agent.context.pages
    for page in pages:
        if page.url.startswith(scene.site.url):
            await page.close()
    assert await states_of(scene, list_items(1)) == ["DONE"]
    opened = [page.url for page in scene.agent.context.pages if page.url.startswith(scene.site.url)]
    assert opened == [f"{scene.site.url}/"]
    assert await scene.popup.evaluate("() => document.visibilityState") == "visible"


async def test_pausing_forgetting_and_an_ended_token_end_its_work(scene: Scene) -> None:
    popup, relay = scene.popup, scene.relay
    await popup.get_by_role("button", name="Pause").click()
    await expect(popup.get_by_role("status")).to_contain_text("Paused")
    waiting = await relay.give(WHOAMI)
    await scene.wake()
    await popup.get_by_role("button", name="Go on").click()
    assert (await relay.until_over(waiting)).states == ["DONE"]
    relay.is_token_over = True
    await scene.wake()
    await expect(popup.get_by_role("alert")).to_contain_text("The pairing has ended")
    relay.is_token_over = False
    await scene.agent.pair(popup, scene.relay_url, CODE)
    await popup.get_by_role("button", name="Forget this pairing").click()
    await expect(popup.get_by_role("button", name="Pair")).to_be_visible()
    assert await scene.agent.state(popup) == {}
