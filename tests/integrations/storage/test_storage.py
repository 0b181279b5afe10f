"""The contract of a storage, kept by a folder and by a bucket alike."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import aiohttp
import pytest

from analytics.clock import utc_now
from integrations.storage.door import LINK_LIFE, FileStorage

ODD = b'a,"b"\r\n\0\xff\xf0\x9f\x98\x80' * 3
# Larger than two parts of the smallest size that S3 takes.
LARGE = bytes(range(256)) * 4096 * 11


async def put(storage: FileStorage, folder: Path, key: str, content: bytes) -> None:
    source = folder / "source"
    source.write_bytes(content)
    await storage.put(key, source, media_type="text/csv")
    assert source.read_bytes() == content


async def read(url: str) -> tuple[int, bytes, Mapping[str, str]]:
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as reply:
        return reply.status, await reply.read(), reply.headers


def _other(digit: str) -> str:
    return "8" if digit == "9" else "9"


async def listed(storage: FileStorage, prefix: str = "") -> dict[str, int]:
    return {each.key: each.size async for each in storage.list(prefix)}


@pytest.mark.parametrize("content", [b"", ODD, LARGE], ids=["empty", "odd", "large"])
async def test_a_link_brings_the_bytes_that_were_stored_to_save_them(
    storage: FileStorage, tmp_path: Path, content: bytes
) -> None:
    await put(storage, tmp_path, "tenant/exports/one.csv", content)
    link = await storage.link("tenant/exports/one.csv", name="insights.csv")
    assert abs(link.expires_at - utc_now() - LINK_LIFE) < timedelta(seconds=30)
    status, body, headers = await read(link.url)
    assert (status, body == content) == (200, True)
    assert headers["content-disposition"] == 'attachment; filename="insights.csv"'
    assert await listed(storage) == {"tenant/exports/one.csv": len(content)}


async def test_a_picture_is_shown_and_not_saved(storage: FileStorage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"\xff\xd8\xff")
    await storage.put("tenant/products/one.jpg", source, media_type="image/jpeg")
    status, body, headers = await read((await storage.link("tenant/products/one.jpg", name="1.jpg")).url)
    assert (status, body, headers["content-type"]) == (200, b"\xff\xd8\xff", "image/jpeg")
    assert headers["content-disposition"] == 'inline; filename="1.jpg"'


async def test_files_are_replaced_listed_by_folder_and_deleted(storage: FileStorage, tmp_path: Path) -> None:
    for key, content in {"a/1.csv": b"x", "a/b/2.csv": b"xy", "ab/3.csv": b"xyz"}.items():
        await put(storage, tmp_path, key, content)
    await put(storage, tmp_path, "a/1.csv", b"another")
    assert await listed(storage, "a/") == {"a/1.csv": 7, "a/b/2.csv": 2}
    assert await listed(storage, "none/") == {}
    found = [each.changed_at async for each in storage.list("a/b/")]
    assert abs(found[0] - utc_now()) < timedelta(minutes=1)
    await storage.delete(["a/1.csv", "a/b/2.csv", "a/never.csv"])
    assert await listed(storage) == {"ab/3.csv": 3}
    gone = await storage.link("a/1.csv", name="1.csv")
    assert (await read(gone.url))[0] == 404


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "a/../b",
        "..",
        "a//b",
        "a/",
        ".arriving/a",
        "a/.b",
        "a\0b",
        "a\\b",
        "ä",
        "a b",
        "x" * 101,
        "a\n",
    ],
    ids=repr,
)
async def test_what_is_no_key_is_refused_everywhere(local: FileStorage, tmp_path: Path, key: str) -> None:
    for attempt in (
        local.put(key, tmp_path, media_type="text/csv"),
        local.link(key, name="a.csv"),
        local.delete([key]),
    ):
        with pytest.raises(ValueError, match="A key has"):
            await attempt


async def test_a_prefix_is_a_whole_folder(storage: FileStorage) -> None:
    for prefix in ("a", "../", "a/../", "/"):
        with pytest.raises(ValueError, match=r"A (prefix|key)"):
            await listed(storage, prefix)


async def test_nothing_is_read_without_the_link_as_it_was_signed(storage: FileStorage, tmp_path: Path) -> None:
    for key in ("mine/1.csv", "theirs/1.csv"):
        await put(storage, tmp_path, key, b"what is " + key.encode())
    url = urlsplit((await storage.link("mine/1.csv", name="a.csv")).url)
    of_theirs = url.path.replace("mine", "theirs")
    outside = url.path.replace("mine", "mine/%2e%2e/theirs")
    assert urlunsplit(url) != urlunsplit(url._replace(path=of_theirs))
    for changed in (
        url._replace(query=""),
        url._replace(path=of_theirs),
        url._replace(path=outside),
        url._replace(path=url.path.removesuffix("mine/1.csv")),
        *(
            url._replace(query=url.query.replace(f"{name}={value[0]}", f"{name}={value[0][:-1]}{_other(value[0][-1])}"))
            for name, value in parse_qs(url.query).items()
            if name.lower() in ("signature", "x-amz-signature", "expires", "x-amz-expires")
        ),
    ):
        status, body, _ = await read(urlunsplit(changed))
        assert status in (400, 403, 404), urlunsplit(changed)
        assert b"what is" not in body
