"""Uploading photos: they have to be pictures, whole, with the fields that the site asks for."""

import aiohttp
import pytest

from tests.sandbox.vinted.site_browser import SiteBrowser, jpeg


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_picture_is_taken(site: SiteBrowser, kind: str) -> None:
    got = await site.upload("session-1", jpeg(30, 20, kind))
    assert (got.status, got.body["temp_uuid"], got.body["width"], got.body["height"]) == (200, "session-1", 30, 20)
    assert isinstance(got.body["id"], int)


@pytest.mark.parametrize(
    "raw",
    [b"", b"no picture", jpeg(400, 300)[:900], b"<svg xmlns='http://www.w3.org/2000/svg'/>", jpeg(kind="BMP")],
    ids=["empty", "text", "half", "svg", "bmp"],
)
async def test_what_is_no_whole_picture_is_refused(site: SiteBrowser, raw: bytes) -> None:
    before = len(site.member.photos)
    got = await site.upload("session-1", raw)
    assert (got.refusal, got.fields) == ((400, "validation_error"), ["photo[file]"])
    assert len(site.member.photos) == before


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"photo[type]": "avatar"}, "photo[type]"),
        ({"photo[type]": ""}, "photo[type]"),
        ({"photo[temp_uuid]": "x" * 37}, "photo[temp_uuid]"),
    ],
)
async def test_the_fields_beside_it_are_checked(site: SiteBrowser, fields: dict[str, str], told: str) -> None:
    assert (await site.upload("session-1", jpeg(), **fields)).fields == [told]


async def test_a_photo_comes_in_a_form(site: SiteBrowser) -> None:
    assert (await site.call("POST", "/photos", {"photo[type]": "item"})).fields == ["photo"]
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await site.call("POST", "/photos", b"--y\r\n", **broken)).fields in (["photo"], ["photo[type]"])
    assert (await site.call("POST", "/photos", b"", **{"Content-Type": "multipart/form-data"})).fields == ["photo"]
    form = aiohttp.FormData({"photo[type]": "item", "photo[temp_uuid]": "s"}, default_to_multipart=True)
    form.add_field("photo[file]", "a text, no file")
    assert (await site.call("POST", "/photos", form)).fields == ["photo[file]"]
