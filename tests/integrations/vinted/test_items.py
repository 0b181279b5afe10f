"""The wardrobe as the extension tells it, to its end, whatever single records are."""

from typing import Any

import pytest

from integrations.errors import Misshapen
from integrations.selling.records import OrderPage, RemoteStatus
from integrations.selling.values import Fields
from integrations.vinted.items import listing_of
from integrations.vinted.lists import ListAsk, read_list
from integrations.vinted.relay import RelayOperation, StepAnswer, StepWish
from integrations.vinted.session import VintedSession
from integrations.vinted.steps import Steps
from tests.integrations.vinted.drafts import listed
from tests.stand_ins.relay import NOON, SITE, ScriptedRelay, price

ITEM = {
    "id": "81",
    "title": "Red dress",
    "price": price("12.50"),
    "status": "LIVE",
    "url": "https://www.vinted.fr/i/81",
}
AGAIN = [f"{again}{check}" for again in ("", "-again-1", "-again-2") for check in ("", "-checked")]
ODD: list[Any] = [None, "", [], {}, 0, -1, True, 1.5, "x" * 100_000, {"amount": "NaN"}, ["\x00"], "\ud800", "\x00"]


async def test_a_wardrobe_of_many_pages_is_read_to_its_end() -> None:
    relay = ScriptedRelay()
    for number in range(120):
        relay.site.item(f"Thing {number}")
    pages = await listed(relay)
    found = [each for page in pages for each in page.listings]
    assert {each.external_id for each in found} == {each["id"] for each in relay.site.items}
    assert len(found) == pages[0].total == 120
    assert [problem for page in pages for problem in page.unreadable] == []


async def test_pages_that_are_shorter_than_asked_for_or_empty_end_nothing() -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 7
    for number in range(30):
        relay.site.item(f"Thing {number}")
    relay.fates["items-page-2"] = StepAnswer({"items": [], "page": 2, "totalPages": 5})
    pages = await listed(relay)
    assert sum(len(page.listings) for page in pages) == 23


@pytest.mark.parametrize("at", range(1, 10))
@pytest.mark.parametrize("is_new", [True, False], ids=["put up", "deleted"])
async def test_nothing_is_missing_where_the_wardrobe_moves_between_pages(at: int, is_new: bool) -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 5
    for number in range(23):
        relay.site.item(f"Thing {number}")
    there = {each["id"] for each in relay.site.items}
    gone = relay.site.items[2]["id"]

    def move(number: int, _wish: StepWish) -> None:
        if number == at and is_new:
            relay.site.item("New", id="9999")
        elif number == at:
            relay.site.items = [each for each in relay.site.items if each["id"] != gone]

    relay.site.meanwhile = move
    pages = await listed(relay)
    found = {each.external_id for page in pages for each in page.listings}
    assert there - {gone} <= found
    assert all(problem.external_id is not None for page in pages for problem in page.unreadable)


async def test_a_wardrobe_that_never_stands_still_may_lack_something_and_says_so() -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 2
    for number in range(6):
        relay.site.item(f"Thing {number}")

    def move(number: int, _wish: StepWish) -> None:
        relay.site.item("New", id=f"n{number}")

    relay.site.meanwhile = move
    problems = [problem for page in await listed(relay) for problem in page.unreadable]
    assert [each.external_id for each in problems] == [None]
    assert "changed each time" in problems[0].message


async def test_one_odd_item_costs_no_other_one() -> None:
    relay = ScriptedRelay()
    relay.site.items = [{**ITEM, "id": "82", "price": None}, ITEM, {"title": "nameless"}, "no object", None]  # type: ignore[list-item]
    relay.fates["items-page-1"] = StepAnswer({"items": relay.site.items, "totalPages": 1})
    [page] = await listed(relay)
    assert [each.external_id for each in page.listings] == ["81"]
    assert [each.external_id for each in page.unreadable] == ["82", None, None, None]


@pytest.mark.parametrize("name", ["title", "status", "url", "photoUrl", "description", "views", "favourites", "extra"])
@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_an_odd_member_of_an_item_costs_only_itself(name: str, value: object) -> None:
    found = listing_of(Fields({**ITEM, name: value}), SITE)
    assert found is not None
    assert (found.external_id, str(found.price)) == ("81", "12.50")
    assert 0 < len(found.title) <= 500
    assert "\x00" not in found.title + (found.description or "")
    (found.title + (found.description or "")).encode()
    assert found.url is not None
    assert found.url.startswith("https://")


@pytest.mark.parametrize("name", ["id", "price"])
@pytest.mark.parametrize("value", [None, [], {}, True, "", "x" * 100, {"amount": "-1", "currency": "EUR"}])
def test_without_an_id_or_a_price_there_is_no_item(name: str, value: object) -> None:
    assert listing_of(Fields({**ITEM, name: value}), SITE) is None


@pytest.mark.parametrize(
    ("status", "expected", "quantity"),
    [
        ("LIVE", RemoteStatus.LIVE, 1),
        ("reserved", RemoteStatus.LIVE, 1),
        ("SOLD", RemoteStatus.SOLD, 0),
        ("HIDDEN", RemoteStatus.ENDED, 1),
        ("DRAFT", RemoteStatus.DRAFT, 1),
        ("GIVEN_AWAY", None, 1),
        (None, None, 1),
    ],
)
def test_a_state_that_is_not_known_is_none(status: str | None, expected: RemoteStatus | None, quantity: int) -> None:
    found = listing_of(Fields({**ITEM, "status": status}), SITE)
    assert found is not None
    assert (found.status, found.quantity) == (expected, quantity)


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://www.vinted.fr/items/1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//elsewhere", False),
        ("https://x/" + "y" * 5_000, False),
        ("https://x/\u202e", False),
    ],
)
def test_only_addresses_of_pages_are_kept(address: str, is_taken: bool) -> None:
    found = listing_of(Fields({**ITEM, "url": address, "photoUrl": address}), SITE)
    assert found is not None
    assert (found.url == address, found.image_url == address) == (is_taken, is_taken)
    assert is_taken or found.url == f"https://www.{SITE}/items/81"


def test_the_mark_is_read_as_the_sku_and_is_no_part_of_the_description() -> None:
    found = listing_of(Fields({**ITEM, "description": "Worn once.\n\nSKU: DRESS-1"}), SITE)
    assert found is not None
    assert (found.sku, found.description) == ("DRESS-1", "Worn once.")
    bare = listing_of(Fields({**ITEM, "description": "The SKU: is told\nnowhere"}), SITE)
    assert bare is not None
    assert (bare.sku, bare.description) == (None, "The SKU: is told\nnowhere")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"items": None, "totalPages": 1},
        {"items": {}, "totalPages": 1},
        {"items": "x", "totalPages": 1},
        {"items": []},
        {"items": [], "totalPages": None},
        {"items": [], "totalPages": -1},
        {"items": [], "totalPages": 10**9},
        {"items": [], "totalPages": "many"},
        {"items": [{}] * 1_001, "totalPages": 1},
    ],
)
async def test_what_is_no_page_ends_the_reading(answer: dict[str, Any] | None) -> None:
    relay = ScriptedRelay(fates={"items-page-1": StepAnswer(answer)})
    with pytest.raises(Misshapen):
        await listed(relay)


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("pages", [2, 4])
async def test_a_site_that_tells_one_page_whichever_is_asked_for_has_told_no_whole_wardrobe(
    is_told: bool, pages: int
) -> None:
    """What is on the pages that it does not tell is there all the same."""
    relay = ScriptedRelay()
    for number in range(3):
        relay.site.item(f"Thing {number}")
    same = {"items": [*relay.site.items], "totalPages": pages} | ({"page": 1} if is_told else {})
    checks = [f"items-page-{number}{again}" for number in range(1, pages + 1) for again in AGAIN]
    relay.fates = {key: StepAnswer(same) for key in checks}
    [page] = await listed(relay)
    assert len(page.listings) == 3
    assert [problem.external_id for problem in page.unreadable] == [None]


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_list_that_tells_one_page_whichever_is_asked_for_ends_the_reading(is_told: bool) -> None:
    same = {"orders": [{"id": "1"}, {"id": "2"}], "totalPages": 3} | ({"page": 1} if is_told else {})
    relay = ScriptedRelay(fates={f"orders-page-{number}": StepAnswer(same) for number in range(1, 4)})

    async def read(session: VintedSession) -> list[OrderPage]:
        return [page async for page in session.orders(NOON, NOON)]

    with pytest.raises(Misshapen):
        await relay.until_done(read)


async def test_one_row_on_two_pages_is_one_row() -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 2
    for number in range(4):
        relay.site.item(f"Thing {number}")
    relay.site.items.insert(2, relay.site.items[1])
    [page] = await listed(relay)
    assert (len(page.listings), page.unreadable) == (4, [])


async def test_an_empty_wardrobe_is_read_at_once() -> None:
    [page] = await listed(ScriptedRelay())
    assert (page.listings, page.unreadable, page.total) == ([], [], 0)


async def test_answers_that_are_not_those_of_the_steps_are_no_answers() -> None:
    class Short:
        async def answers(self, _wishes: object) -> list[StepAnswer]:
            return []

    with pytest.raises(Misshapen):
        await read_list(Steps(Short()), ListAsk(RelayOperation.LIST_ITEMS, "items", "items"))
