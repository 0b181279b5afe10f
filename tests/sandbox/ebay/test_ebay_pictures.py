"""The stand-in of eBay fetches the pictures of what is published, and takes only pictures."""

import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.doors.serving import serving
from tests.sandbox.ebay.ebay_client import EbayClient
from tests.sandbox.ebay.shelf import item_body, offered, publish, put_item


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02"


def jpeg(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" * 12


FILES = {
    "good.png": png(500, 10),
    "good.jpg": jpeg(10, 500),
    "good.webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "small.png": png(499, 499),
    "small.jpg": jpeg(499, 499),
    "broken.jpg": b"\xff\xd8\xff\xe0\x00",
    "page.html": b"<html>",
    "empty.png": b"",
    "large.png": png(900, 900) + b"0" * 13_000_000,
}


@pytest_asyncio.fixture
async def files(ebay: EbayClient) -> AsyncIterator[tuple[str, list[str]]]:
    """Where pictures are, and what was fetched of them."""
    fetched: list[str] = []

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        fetched.append(name)
        return Response(FILES[name]) if name in FILES else Response(status_code=404)

    await ebay.control("POST", "pace", {"fetches_pictures": True})
    async with serving(Starlette(routes=[Route("/{name}", file)])) as (url, _):
        yield url, fetched


def with_pictures(urls: list[str]) -> dict[str, object]:
    return {"product": item_body()["product"] | {"imageUrls": urls}}


async def test_pictures_are_fetched_once(ebay: EbayClient, files: tuple[str, list[str]]) -> None:
    url, fetched = files
    urls = [f"{url}/good.png", f"{url}/good.jpg", f"{url}/good.webp"]
    offer_id = await offered(ebay, "pictures", item=with_pictures(urls[:2]))
    assert (await publish(ebay, offer_id)).status == 200
    assert sorted(fetched) == ["good.jpg", "good.png"]
    assert (await put_item(ebay, "pictures", **with_pictures(urls))).status == 204
    assert fetched[2:] == ["good.webp"]


WRONG = ["small.png", "small.jpg", "broken.jpg", "page.html", "empty.png", "large.png", "missing.png"]


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_no_good_picture_is_refused(ebay: EbayClient, files: tuple[str, list[str]], name: str) -> None:
    url = files[0]
    offer_id = await offered(ebay, f"wrong-{name}", item=with_pictures([f"{url}/good.png", f"{url}/{name}"]))
    refused = await publish(ebay, offer_id)
    assert (refused.status, refused.error_ids) == (400, [25014])
    assert refused.body["errors"][0]["parameters"] == [{"name": "imageUrl", "value": f"{url}/{name}"}]


async def test_nobody_at_the_address(ebay: EbayClient) -> None:
    await ebay.control("POST", "pace", {"fetches_pictures": True})
    offer_id = await offered(ebay, "nobody", item=with_pictures(["http://127.0.0.1:9/1.png"]))
    assert (await publish(ebay, offer_id)).error_ids == [25014]
