"""Pictures of the stand-in of Etsy: decoded, in their place, and out of it when two come at once."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.etsy.etsy_client import EtsyClient, jpeg
from tests.sandbox.etsy.shelf import LISTINGS, active, draft_body, drafted, read


async def images(etsy: EtsyClient, listing_id: int) -> list[dict[str, Any]]:
    return list((await read(etsy, listing_id))["images"])


async def test_pictures_one_after_the_other_stand_where_they_were_put(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    first = await etsy.upload(listing_id, jpeg(800, 600), rank=1, alt_text="Vorn")
    assert (first.status, first.body["rank"], first.body["alt_text"]) == (201, 1, "Vorn")
    assert (first.body["full_width"], first.body["full_height"], first.body["red"]) == (800, 600, 200)
    await etsy.upload(listing_id, jpeg(kind="PNG"), rank=2, alt_text="Hinten")
    await etsy.upload(listing_id, jpeg(kind="GIF"), alt_text="Neu")
    await etsy.upload(listing_id, jpeg(), rank=9, alt_text="Letztes")
    found = [(each["rank"], each["alt_text"]) for each in await images(etsy, listing_id)]
    assert found == [(1, "Neu"), (2, "Vorn"), (3, "Hinten"), (4, "Letztes")]
    await etsy.upload(listing_id, jpeg(), rank=2, overwrite="true", alt_text="Statt")
    assert [each["alt_text"] for each in await images(etsy, listing_id)] == ["Neu", "Statt", "Hinten", "Letztes"]


async def test_one_that_comes_while_another_is_on_its_way_stands_last(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    await etsy.upload(listing_id, jpeg(), alt_text="First")
    etsy.server.sandbox.uploading.add(listing_id)
    assert (await etsy.upload(listing_id, jpeg(), rank=1, alt_text="Meanwhile")).body["rank"] == 2
    etsy.server.sandbox.uploading.remove(listing_id)
    assert (await etsy.upload(listing_id, jpeg(), rank=1, alt_text="Alone")).body["rank"] == 1


async def test_several_at_once_are_all_there(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    await asyncio.gather(*(etsy.upload(listing_id, jpeg(), rank=1, alt_text=str(place)) for place in range(3)))
    assert {each["alt_text"] for each in await images(etsy, listing_id)} == {"0", "1", "2"}
    assert etsy.server.sandbox.uploading == set()


@pytest.mark.parametrize(
    "raw",
    [b"", b"no picture", jpeg()[:300], jpeg(kind="WEBP"), jpeg(kind="BMP")],
    ids=["", "text", "cut", "webp", "bmp"],
)
async def test_what_is_no_picture_is_refused(etsy: EtsyClient, raw: bytes) -> None:
    listing_id = await drafted(etsy)
    assert (await etsy.upload(listing_id, raw)).status == 400
    assert await images(etsy, listing_id) == []


@pytest.mark.parametrize("fields", [{"rank": 0}, {"rank": 21}, {"rank": "x"}, {"alt_text": "x" * 501}], ids=str)
async def test_wrong_fields_are_refused(etsy: EtsyClient, fields: dict[str, Any]) -> None:
    listing_id = await drafted(etsy)
    assert (await etsy.upload(listing_id, jpeg(), **fields)).status == 400


async def test_a_listing_has_twenty_at_most_and_an_active_one_at_least_one(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    small = jpeg(10, 10)
    assert {(await etsy.upload(listing_id, small)).status for _ in range(19)} == {201}
    assert (await etsy.upload(listing_id, small)).seen == (400, "A listing can have at most 20 images.")
    path = f"{LISTINGS}/{listing_id}/images"
    ids = [each["listing_image_id"] for each in await images(etsy, listing_id)]
    assert {(await etsy.call("DELETE", f"{path}/{each}")).status for each in ids[1:]} == {204}
    assert (await etsy.call("DELETE", f"{path}/{ids[0]}")).status == 400
    assert (await etsy.call("DELETE", f"{path}/{ids[1]}")).status == 404
    assert (await etsy.call("GET", f"/listings/{listing_id}/images")).body["count"] == 1


async def test_a_picture_of_the_shop_is_used_again(etsy: EtsyClient) -> None:
    first = await active(etsy)
    [picture] = await images(etsy, first)
    image_id = picture["listing_image_id"]
    second = await drafted(etsy, image_ids=[image_id])
    assert [each["listing_image_id"] for each in await images(etsy, second)] == [image_id]
    third = await drafted(etsy)
    assert (await etsy.upload(third, None, listing_image_id=image_id)).status == 201
    assert (await etsy.upload(third, None, listing_image_id=5)).status == 404
    assert (await etsy.upload(third, jpeg(), listing_image_id=image_id)).status == 400
    assert (await etsy.call("POST", LISTINGS, draft_body(etsy, image_ids=[5]))).status == 404


async def test_broken_multipart_is_refused(etsy: EtsyClient) -> None:
    listing_id = await drafted(etsy)
    path = f"{LISTINGS}/{listing_id}/images"
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x", "text/plain"):
        got = await etsy.call("POST", path, b"--x\r\nnothing", **{"Content-Type": content_type})
        assert got.status == 400
