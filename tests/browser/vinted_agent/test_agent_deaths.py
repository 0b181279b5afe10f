"""Chrome ends the service worker whenever it likes: here in the middle of each thing that it does."""

import asyncio

import pytest

from sandbox.marketplaces.faults import CallFaultKind
from sandbox.vinted.faults import VintedFault
from tests.browser.vinted_agent.conftest import Scene

pytestmark = pytest.mark.browser
# How long the site takes to answer the call in whose middle the worker is ended.
DELAY_S = 0.3


def new_item(photo: str) -> tuple[str, dict[str, object]]:
    return "CREATE_ITEM", {
        "title": "Blue vase",
        "description": "A blue vase.\n\nV-900",
        "price": {"amount": "12.50", "currency": "EUR"},
        "categoryId": "1936",
        "conditionId": "6",
        "packageSizeId": "1",
        "photoIds": [photo],
    }


async def photo_of(scene: Scene) -> str:
    step = ("UPLOAD_PHOTO", {"url": f"{scene.relay_url}/files/1"})
    lease = await scene.relay.until_over(await scene.relay.give(step))
    return str(lease.results[0]["id"])


def vases(scene: Scene) -> int:
    return sum(item.given["title"] == "Blue vase" for item in scene.owner.items.values())


async def die_at(scene: Scene, moment: str) -> None:
    """Ends the worker while it waits for the server's answer to this."""
    await scene.relay.until_asked(moment)
    await scene.agent.kill_worker(scene.popup)
    scene.relay.held.pop(moment).set()


async def die_in_call(scene: Scene, call: str, path: str) -> None:
    """Wakes the extension, and ends its worker while it waits for the site's answer to this call."""
    scene.site.sandbox.faults.add(VintedFault(call, CallFaultKind.DELAY, delay_s=DELAY_S))
    async with scene.agent.context.expect_event("request", lambda request: request.url.endswith(path)):
        await scene.wake()
    await scene.agent.kill_worker(scene.popup)


@pytest.mark.parametrize("moment", ["ClaimRelayWork", "STARTED", "DONE"])
async def test_an_item_is_put_up_once_when_the_server_was_waited_for(scene: Scene, moment: str) -> None:
    relay, photo = scene.relay, await photo_of(scene)
    relay.asked.clear()
    relay.held[moment] = asyncio.Event()
    lease = await relay.give(new_item(photo))
    await die_at(scene, moment)
    if moment == "ClaimRelayWork":
        await relay.lapse()
    await scene.wake()
    assert (await relay.until_over(lease)).states[-1] == "DONE"
    assert vases(scene) == 1


@pytest.mark.parametrize(("call", "path"), [("users.current", "/users/current"), ("pages.home", "/")])
async def test_calls_that_may_be_repeated_are_made_again(scene: Scene, call: str, path: str) -> None:
    photo = await photo_of(scene)
    if call == "pages.home":
        for session in scene.site.sandbox.book.sessions.values():
            session.is_stale = True
    lease = await scene.relay.give(new_item(photo), is_rung=False)
    await die_in_call(scene, call, path)
    await scene.wake()
    assert (await scene.relay.until_over(lease)).states == ["STARTED", "DONE"]
    assert vases(scene) == 1


async def test_a_picture_is_sent_again(scene: Scene) -> None:
    lease = await scene.relay.give(("UPLOAD_PHOTO", {"url": f"{scene.relay_url}/files/1"}), is_rung=False)
    await die_in_call(scene, "photos.upload", "/photos")
    await scene.wake()
    assert (await scene.relay.until_over(lease)).states == ["DONE"]


async def test_an_item_is_not_put_up_again_and_the_server_is_told_that_nobody_knows(scene: Scene) -> None:
    photo = await photo_of(scene)
    lease = await scene.relay.give(new_item(photo), is_rung=False)
    await die_in_call(scene, "items.create", "/item_upload/items")
    await scene.wake()
    assert (await scene.relay.until_over(lease)).states == ["STARTED", "TIMEOUT"]
    looked = await scene.relay.until_over(await scene.relay.give(("LIST_ITEMS", {"page": 1, "perPage": 96})))
    assert [item["title"] for item in looked.results[0]["items"]].count("Blue vase") == 1
    assert vases(scene) == 1


async def test_a_message_is_sent_once(scene: Scene) -> None:
    talk_id, text = str(next(iter(scene.owner.talks))), "It is still there."
    step = ("SEND_MESSAGE", {"conversationId": talk_id, "text": text})
    lease = await scene.relay.give(step, is_rung=False)
    await die_in_call(scene, "conversations.reply", "/replies")
    await scene.wake()
    assert (await scene.relay.until_over(lease)).states == ["STARTED", "TIMEOUT"]
    read = await scene.relay.until_over(await scene.relay.give(("GET_CONVERSATION", {"id": talk_id})))
    assert [message["text"] for message in read.results[0]["messages"]].count(text) == 1
