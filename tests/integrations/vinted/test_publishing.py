"""One item of a SKU, whichever step is cut off, lost or late."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from integrations.errors import (
    Bar,
    Barred,
    IntegrationError,
    Misshapen,
    ObjectMissing,
    Throttled,
    TimedOut,
    Unavailable,
)
from integrations.selling.records import ListingChange, ListingRef, RemoteListing, RemoteStatus
from integrations.selling.refusals import RefusedFields
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepWish
from integrations.vinted.session import VintedSession
from tests.integrations.vinted.drafts import a_draft, published
from tests.stand_ins.relay import SITE, ScriptedRelay, failed, price, quietly, unknown

E = RelayErrorCode


async def publish(session: VintedSession) -> RemoteListing:
    return await session.publish(a_draft(), quietly)


def made(relay: ScriptedRelay) -> list[str]:
    """The descriptions of all items, the newest first."""
    return [each["description"] for each in relay.site.items if "description" in each]


def count(relay: ScriptedRelay, operation: RelayOperation) -> int:
    return sum(wish.operation is operation for wish in relay.site.done)


async def test_a_product_becomes_one_item_with_its_pictures_and_mark() -> None:
    relay = ScriptedRelay()
    draft = a_draft(aspects={"COLOUR": ["1", "12"], "BRAND": ["Noname"], "SIZE": ["4"], "GENDER": ["x"]})
    listing = await published(relay, draft)
    assert (listing.sku, listing.status, listing.quantity) == ("DRESS-1", RemoteStatus.LIVE, 1)
    assert (listing.title, listing.price, listing.currency) == ("Red dress", Decimal("12.50"), "EUR")
    assert (listing.description, listing.market) == ("Worn once.", SITE)
    assert listing.url == f"https://www.{SITE}/items/{listing.external_id}"
    [wish] = [each for each in relay.site.done if each.operation is RelayOperation.CREATE_ITEM]
    photos = [
        each["id"] for each in (wish.arguments["photoIds"] and [{"id": each} for each in wish.arguments["photoIds"]])
    ]
    sent = [each.arguments for each in relay.site.done if each.operation is RelayOperation.UPLOAD_PHOTO]
    # By this the site knows that they belong together.
    [session] = {each["session"] for each in sent}
    assert wish.arguments == {
        "title": "Red dress",
        "description": "Worn once.\n\nSKU: DRESS-1",
        "price": price("12.50"),
        "categoryId": "1904",
        "conditionId": "2",
        "brandName": "Noname",
        "sizeId": "4",
        "colourIds": ["1", "12"],
        "packageSizeId": "1",
        "photoIds": photos,
        "session": session,
    }
    assert len(photos) == 2
    # The pictures are asked for together, and the item alone.
    assert [len(keys) for keys in relay.wanted] == [1, 2, 1]


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_however_little_is_done_at_once_it_is_one_item(most: int) -> None:
    relay = ScriptedRelay()
    await published(relay, most=most)
    assert made(relay) == ["Worn once.\n\nSKU: DRESS-1"]
    assert count(relay, RelayOperation.UPLOAD_PHOTO) == 2


@pytest.mark.parametrize(
    "fate", [unknown(), failed(E.TIMEOUT), failed(E.NETWORK), failed(E.SERVER_ERROR)], ids=["unknown", *"tns"]
)
@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
async def test_after_a_doubt_the_wardrobe_is_looked_through_before_anything_is_made_again(
    fate: StepAnswer, is_done: bool
) -> None:
    relay = ScriptedRelay(fates={"create-1": fate}, lost={"create-1"} if is_done else set())
    for number in range(3):
        relay.site.item("Red dress", "12.50", description=f"Another one.\n\nSKU: OTHER-{number}")
    listing = await published(relay)
    mine = [each for each in relay.site.items if each["description"].endswith("SKU: DRESS-1")]
    assert [each["id"] for each in mine] == [listing.external_id]
    assert ("create-2" in {key for keys in relay.wanted for key in keys}) is not is_done
    assert listing.sku == "DRESS-1"


async def test_what_was_changed_after_a_doubt_is_found_by_what_was_asked_for_then() -> None:
    relay = ScriptedRelay(fates={"create-1": unknown()}, lost={"create-1"})
    changed = a_draft(title="Blue dress", price=Decimal(99))
    await relay.until_wanted(publish, "look-1")
    listing = await published(relay, changed)
    assert (listing.title, listing.price) == ("Red dress", Decimal("12.50"))
    assert len(made(relay)) == 1


async def test_an_item_of_the_sku_that_is_offered_already_is_left_as_it_is() -> None:
    relay = ScriptedRelay()
    sold = relay.site.item("Red dress", "12.50", description="Old.\n\nSKU: DRESS-1", status="SOLD")
    there = relay.site.item("red  dress", "12.50", description="Mine.\n\nSKU: DRESS-1")
    relay.site.item("Red dress", "12.50", description="Mine.\n\nSKU: DRESS-11")
    relay.site.item("Red dress", "12.50", description="Not ours at all.")
    listing = await published(relay)
    assert listing.external_id == there["id"] != sold["id"]
    assert count(relay, RelayOperation.CREATE_ITEM) == 0


async def test_what_was_sold_before_is_offered_anew() -> None:
    relay = ScriptedRelay()
    relay.site.item("Red dress", "12.50", description="Old.\n\nSKU: DRESS-1", status="SOLD")
    await published(relay)
    assert count(relay, RelayOperation.CREATE_ITEM) == 1


@pytest.mark.parametrize("is_readable", [True, False])
async def test_an_item_that_was_sold_at_once_is_found_after_a_doubt(is_readable: bool) -> None:
    relay = ScriptedRelay(fates={"create-1": unknown()}, lost={"create-1"})
    # An earlier one of the same title and price was sold, too.
    relay.site.item("Red dress", "12.50", description="Old.\n\nSKU: OTHER", status="SOLD", createdAt=None)

    def sell(_number: int, wish: StepWish) -> None:
        if wish.key.startswith("look-1"):
            relay.site.items[0] |= {"status": "SOLD", "createdAt": None}
        if wish.key.startswith("look-1-item") and not is_readable:
            # The site does not show one that is sold to who would edit it.
            raise LookupError

    relay.site.meanwhile = sell
    listing = await published(relay)
    assert (listing.status, listing.external_id) == (RemoteStatus.SOLD, relay.site.items[0]["id"])
    assert listing.sku == "DRESS-1"
    assert count(relay, RelayOperation.CREATE_ITEM) == 1


async def test_without_a_description_title_and_price_of_what_is_new_say_which_item_it_is() -> None:
    relay = ScriptedRelay(fates={"create-1": unknown()}, lost={"create-1"})
    old = relay.site.item("Red dress", "12.50")

    def hide(_number: int, wish: StepWish) -> None:
        if wish.key == "look-1-page-1":
            relay.site.item("Blue dress", "12.50")
        for item in relay.site.items:
            item.pop("description", None)

    relay.site.meanwhile = hide
    listing = await published(relay)
    assert (listing.external_id != old["id"], listing.title) == (True, "Red dress")
    assert count(relay, RelayOperation.CREATE_ITEM) == 1


async def test_the_wardrobe_may_have_many_pages_when_it_is_looked_through() -> None:
    relay = ScriptedRelay(fates={"create-1": unknown()}, lost={"create-1"})
    for number in range(120):
        relay.site.item(f"Thing {number}", description="Mine.")

    def older(_number: int, wish: StepWish) -> None:
        # The item is on the last page.
        if wish.key.startswith("look-1-page-1") and "checked" not in wish.key:
            relay.site.items.append(relay.site.items.pop(0))

    relay.site.meanwhile = older
    await published(relay)
    assert len(made(relay)) == 121


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (failed(E.RATE_LIMITED, retry_after_s=5), Throttled),
        (failed(E.SIGNED_OUT), Barred),
        (failed(E.CHALLENGE), Barred),
        (failed(E.FORBIDDEN), Barred),
        (failed(E.INVALID, "Title: no capitals\x00, please"), RefusedFields),
        (failed(E.NOT_FOUND), ObjectMissing),
    ],
    ids=lambda each: each.error or "" if isinstance(each, StepAnswer) else "",
)
async def test_an_item_that_was_surely_not_made_is_not_looked_for(
    error: StepAnswer, kind: type[IntegrationError]
) -> None:
    relay = ScriptedRelay(fates={"create-1": error})
    with pytest.raises(kind) as caught:
        await published(relay)
    assert made(relay) == []
    if isinstance(caught.value, Throttled):
        assert (caught.value.retry_after_s, caught.value.scope) == (60, "account")
    if isinstance(caught.value, Barred):
        expected = {E.SIGNED_OUT: Bar.SIGN_IN, E.CHALLENGE: Bar.CHALLENGE, E.FORBIDDEN: Bar.FORBIDDEN}
        assert caught.value.bar is expected[error.error or E.INVALID]
    if isinstance(caught.value, RefusedFields):
        assert caught.value.message == "Vinted says: Title: no capitals , please"
    assert not any(key.startswith("look-1") for keys in relay.wanted for key in keys)


async def test_what_may_pass_is_asked_for_anew_by_the_next_run() -> None:
    relay = ScriptedRelay()
    _, second = await relay.until_wanted(publish, "photo-")
    relay.fates[second] = failed(E.TIMEOUT)
    with pytest.raises(TimedOut):
        await published(relay)
    await published(relay)
    assert count(relay, RelayOperation.UPLOAD_PHOTO) == 2
    assert len(made(relay)) == 1


async def test_a_picture_that_is_refused_names_the_pictures() -> None:
    relay = ScriptedRelay()
    first, _ = await relay.until_wanted(publish, "photo-")
    relay.fates[first] = failed(E.INVALID, "Too small")
    with pytest.raises(RefusedFields) as caught:
        await published(relay)
    assert [(each.field, each.message) for each in caught.value.problems] == [("image_urls", "Vinted says: Too small")]


async def test_links_to_pictures_that_are_made_anew_ask_for_no_picture_again() -> None:
    relay = ScriptedRelay()
    number = 0

    async def again(session: VintedSession) -> object:
        nonlocal number
        number += 1
        urls = [f"https://here.example/files/{name}.jpg?signed={number}" for name in "ab"]
        return await session.publish(a_draft(image_urls=urls), quietly)

    await relay.until_done(again, most=1)
    assert count(relay, RelayOperation.UPLOAD_PHOTO) == 2


async def test_a_site_that_never_makes_it_is_not_asked_for_ever() -> None:
    relay = ScriptedRelay(fates={f"create-{number}": unknown() for number in range(1, 9)})
    with pytest.raises(Unavailable):
        await published(relay)


@pytest.mark.parametrize("result", [{}, {"id": None}, {"id": {}}, {"id": "x" * 100}, {"id": ""}])
async def test_an_item_without_a_readable_id_is_looked_up(result: dict[str, object]) -> None:
    relay = ScriptedRelay(fates={"create-1": StepAnswer(result)}, lost={"create-1"})
    listing = await published(relay)
    assert listing.external_id == relay.site.items[0]["id"]
    assert count(relay, RelayOperation.CREATE_ITEM) == 1


@pytest.mark.parametrize("between", ["\n", " "], ids=["lines", "one line"])
async def test_a_mark_of_which_the_site_keeps_other_white_space_is_found_after_a_doubt(between: str) -> None:
    relay = ScriptedRelay(fates={"create-1": unknown()}, lost={"create-1"})

    def keep_other_space(_number: int, _wish: StepWish) -> None:
        for item in relay.site.items:
            lines = [" ".join(line.split()) for line in item["description"].splitlines()]
            item["description"] = between.join(lines)

    relay.site.meanwhile = keep_other_space
    listing = await published(relay, a_draft(sku="DRESS   1"))
    assert (listing.sku, count(relay, RelayOperation.CREATE_ITEM)) == ("DRESS   1", 1)


async def test_an_item_that_was_made_without_an_id_and_is_not_listed_yet_is_not_made_again() -> None:
    relay = ScriptedRelay(fates={"create-1": StepAnswer({})}, lost={"create-1"})
    relay.site.delay = timedelta(minutes=1)
    with pytest.raises(Misshapen):
        await published(relay)
    assert count(relay, RelayOperation.CREATE_ITEM) == 1


def a_ref(item_id: str | None, sku: str | None = "DRESS-1") -> ListingRef:
    return ListingRef(item_id, None, sku, SITE, "EUR")


async def test_a_change_keeps_the_mark_and_sets_nothing_else() -> None:
    relay = ScriptedRelay()
    item = relay.site.item("Red dress", description="Old.\n\nSKU: DRESS-1")
    change = ListingChange(price=Decimal(8), description="New words.")
    await relay.until_done(lambda session: session.change(a_ref(item["id"]), change))
    assert relay.site.items[0] == item | {"price": price("8"), "description": "New words.\n\nSKU: DRESS-1"}
    assert relay.site.items[0]["title"] == "Red dress"
    # One that we did not make has no mark.
    await ScriptedRelay(relay.site).until_done(
        lambda session: session.change(a_ref(item["id"], None), ListingChange(title="Blue dress", description="Bare"))
    )
    assert (relay.site.items[0]["title"], relay.site.items[0]["description"]) == ("Blue dress", "Bare")


async def test_another_number_of_what_is_there_once_asks_for_nothing() -> None:
    relay = ScriptedRelay()
    await relay.session().change(a_ref("7001"), ListingChange(quantity=3))
    assert relay.site.done == []


@pytest.mark.parametrize("item_id", [None, "404"])
async def test_what_is_gone_cannot_be_changed_and_has_ended(item_id: str | None) -> None:
    relay = ScriptedRelay()
    with pytest.raises(ObjectMissing):
        await relay.until_done(lambda session: session.change(a_ref(item_id), ListingChange(price=Decimal(8))))
    await relay.until_done(lambda session: session.end(a_ref(item_id)))
    relay.fates["delete"] = failed(E.NOT_FOUND)
    await ScriptedRelay(relay.site, fates={"delete": failed(E.NOT_FOUND)}).until_done(
        lambda session: session.end(a_ref("9"))
    )


async def test_an_end_deletes_the_item() -> None:
    relay = ScriptedRelay()
    item = relay.site.item("Red dress")
    relay.site.item("Blue dress")
    await relay.until_done(lambda session: session.end(a_ref(item["id"])))
    assert [each["title"] for each in relay.site.items] == ["Blue dress"]


async def test_a_refused_change_says_why() -> None:
    relay = ScriptedRelay(fates={"update": failed(E.INVALID, "Too dear")})
    with pytest.raises(RefusedFields, match="Too dear"):
        await relay.until_done(lambda session: session.change(a_ref("1"), ListingChange(price=Decimal(8))))


async def test_of_a_draft_vinted_wants_one_piece_at_its_own_site() -> None:
    session = ScriptedRelay().session()
    assert await session.draft_problems(a_draft()) == []
    found = await session.draft_problems(replace(a_draft(), market="vinted.de"))
    assert [each.field for each in found] == ["market"]
