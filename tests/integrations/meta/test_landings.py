"""Where creatives lead: the places of addresses, and what comes there instead of addresses."""

from typing import Any

import msgspec
import pytest

from integrations.ads.records import LandingRecord
from integrations.ads.spoiled import Spoiled
from integrations.meta.creatives import CreativeRow, creative_record
from integrations.meta.decoding import RowPage, Tolerant, read
from integrations.meta.landings import LONGEST_ADDRESS, MOST_ADDRESSES

PAGES: Tolerant[Any] = Tolerant("creative", CreativeRow, RowPage[CreativeRow])
SHOP = "https://shop.example"
NOTHING: tuple[Any, ...] = (None, "", [], {})
# What is no address and no place of one.
WRONG: tuple[Any, ...] = (7, 1.5, True, ["x"], {"x": "y"})


def read_one(**sent: Any) -> tuple[LandingRecord, list[Spoiled], Any]:
    spoiled: list[Spoiled] = []
    [row] = read(PAGES, msgspec.json.encode({"data": [{"id": "1", **sent}]}), spoiled).data
    record = creative_record(row, spoiled)
    return record.landing, spoiled, record


def link_data(**values: Any) -> dict[str, Any]:
    return {"object_story_spec": {"page_id": "9", "link_data": {"image_hash": "abc", **values}}}


def button(raw: Any) -> dict[str, Any]:
    return {"object_story_spec": {"video_data": {"video_id": "5", "call_to_action": raw}}}


def test_addresses_are_found_in_each_place_once_and_in_order() -> None:
    sent = {
        "link_url": f"{SHOP}/own",
        "url_tags": "utm_source=fb&utm_content={{ad.name}}",
        "object_story_spec": {
            "link_data": {
                "link": f"{SHOP}/own",
                "child_attachments": [{"link": f"{SHOP}/1"}, {"link": f"{SHOP}/2"}, {"link": f"{SHOP}/1"}],
            },
            "video_data": {"call_to_action": {"type": "SHOP_NOW", "value": {"link": f" {SHOP}/video "}}},
        },
        "asset_feed_spec": {"link_urls": [{"website_url": f"{SHOP}/feed", "display_url": "shop"}, {}]},
    }
    landing, spoiled, _ = read_one(**sent)
    assert landing.landing_urls == tuple(f"{SHOP}/{each}" for each in ("own", "1", "2", "video", "feed"))
    assert landing.url_tags == "utm_source=fb&utm_content={{ad.name}}"
    assert (landing.untold, spoiled) == (frozenset(), [])


def test_templates_of_a_catalogue_lead_nowhere() -> None:
    template = {"link": f"{SHOP}/{{{{product.url}}}}", "call_to_action": {"value": {"link": SHOP}}}
    landing, spoiled, _ = read_one(object_story_spec={"template_data": template})
    assert (landing, spoiled) == (LandingRecord((), None), [])


@pytest.mark.parametrize(
    "address", ["fb://page/1", "https://fb.me/x", "{{product.url}}", "not an address", "myapp://p/1"]
)
def test_whatever_is_a_text_is_kept_as_the_platform_has_it(address: str) -> None:
    landing, spoiled, _ = read_one(**link_data(link=address))
    assert (landing.landing_urls, spoiled) == ((address,), [])


@pytest.mark.parametrize("raw", NOTHING)
def test_nothing_is_no_address(raw: Any) -> None:
    places = [{"link_url": raw}, link_data(link=raw, child_attachments=raw), link_data(child_attachments=[raw])]
    places += [button(raw), button({"value": raw}), button({"value": {"link": raw}})]
    places += [{"asset_feed_spec": {"link_urls": raw}}, {"asset_feed_spec": {"link_urls": [raw]}}]
    for sent in places:
        landing, spoiled, _ = read_one(**sent, url_tags=raw)
        assert (landing, spoiled) == (LandingRecord((), None), []), sent


@pytest.mark.parametrize("raw", WRONG)
def test_what_is_no_address_costs_itself_alone_and_is_told(raw: Any) -> None:
    good = {"link": f"{SHOP}/good"}
    told = {
        "link_url": {"link_url": raw, **link_data(**good)},
        "object_story_spec.link_data.child_attachments.link": link_data(child_attachments=[{"link": raw}, good]),
        "object_story_spec.video_data.call_to_action": button({"value": {"link": raw}}) | {"link_url": good["link"]},
        "asset_feed_spec.link_urls.website_url": {
            "asset_feed_spec": {"link_urls": [{"website_url": raw}, {"website_url": good["link"]}]}
        },
        "url_tags": link_data(**good) | {"url_tags": raw},
    }
    for place, sent in told.items():
        landing, spoiled, record = read_one(**sent)
        assert landing == LandingRecord((f"{SHOP}/good",), None), place
        assert spoiled == [Spoiled("creative", place, "1")]
        assert "asset_key" not in record.untold


@pytest.mark.parametrize("raw", [7, True, "text"])
def test_places_that_are_no_objects_cost_themselves_alone(raw: Any) -> None:
    for sent in (button(raw), button({"value": raw}), {"asset_feed_spec": {"link_urls": raw}}):
        landing, spoiled, record = read_one(**sent, link_url=SHOP)
        assert landing.landing_urls == (SHOP,)
        assert len(spoiled) == 1
        assert "asset_key" not in record.untold


def test_enormous_lists_and_addresses_are_cut_and_told() -> None:
    cards = [{"link": f"{SHOP}/{number}"} for number in range(300)]
    landing, spoiled, _ = read_one(**link_data(child_attachments=cards))
    assert landing.landing_urls == tuple(card["link"] for card in cards[:MOST_ADDRESSES])
    assert spoiled == [Spoiled("creative", "object_story_spec.link_data.child_attachments.link", "1")]
    just, over = f"{SHOP}/".ljust(LONGEST_ADDRESS, "x"), f"{SHOP}/".ljust(LONGEST_ADDRESS + 1, "x")
    landing, spoiled, _ = read_one(**link_data(link=over), link_url=just, url_tags=over)
    assert landing == LandingRecord((just,), None)
    assert [each.field_name for each in spoiled] == ["object_story_spec.link_data.link", "url_tags"]


def test_of_a_field_that_was_refused_nothing_is_known() -> None:
    for field in ("link_url", "object_story_spec", "asset_feed_spec"):
        row = CreativeRow("1", untold=(field,))
        assert creative_record(row, []).landing.untold == {"landing_urls"}
    assert creative_record(CreativeRow("1", untold=("url_tags",)), []).landing.untold == {"url_tags"}
    landing, _, _ = read_one(object_story_spec="a text", link_url=SHOP)
    assert landing.untold == {"landing_urls"}
