"""Owns fetching the pictures of a listing as eBay does: over HTTP, each, and refusing what is none; keeps no bytes."""

import asyncio
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp

from sandbox.ebay.errors import shown_problem
from sandbox.ebay.inventory.problems import INVALID_PICTURE_URL, INVALID_PICTURES, USER_ERROR
from sandbox.ebay.sellers import Object
from sandbox.ebay.state import EbaySandbox

MOST_PICTURES = 24
SHORTEST_PX = 500
_TIMEOUT_S = 10.0
_LARGEST_BYTES = 12 * 1024 * 1024
_OK = 200
_PNG, _JPEG, _RIFF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"
# Markers of a JPEG that begin with FFC and are no frame.
_NO_FRAMES = (0xC4, 0xC8, 0xCC)
_FRAMES = range(0xC0, 0xD0)


async def picture_problems(sandbox: EbaySandbox, urls: list[str], known: list[str]) -> list[Object]:
    """What is wrong with the pictures of a listing; `known` ones were fetched before."""
    if not urls:
        return [shown_problem(USER_ERROR, "Add at least 1 photo. More photos are better!")]
    if len(urls) > MOST_PICTURES:
        return [shown_problem(INVALID_PICTURES, f"A listing has at most {MOST_PICTURES} pictures.")]
    wrong = [url for url in urls if not _is_reachable(url)]
    if wrong:
        said = "Pictures are at https addresses that eBay can reach."
        return [shown_problem(INVALID_PICTURE_URL, said, parameters={"imageUrl": url}) for url in wrong]
    if not sandbox.fetches_pictures:
        return []
    new = [url for url in urls if url not in known]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S)) as http:
        said_of = await asyncio.gather(*(_fetched(http, url) for url in new))
    return [
        shown_problem(INVALID_PICTURES, said, parameters={"imageUrl": url})
        for url, said in zip(new, said_of, strict=True)
        if said
    ]


def _is_reachable(url: str) -> bool:
    """https, or loopback: a development installation's own files are there for its sandbox."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _fetched(http: aiohttp.ClientSession, url: str) -> str:
    """What is wrong with one; empty when it is a picture."""
    try:
        async with http.get(url) as answer:
            if answer.status != _OK:
                return f"The picture could not be fetched: its address answered {answer.status}."
            raw = await _body(answer)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return "The picture could not be fetched: nobody answered at its address."
    if len(raw) > _LARGEST_BYTES:
        return "The picture is larger than 12 MB."
    size = picture_size(raw)
    if size is None:
        return "This is no picture in JPEG, PNG or WebP."
    return "" if max(size) >= SHORTEST_PX else f"The longest side of a picture has at least {SHORTEST_PX} pixels."


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """No more than is needed to see that it is too large."""
    raw = bytearray()
    async for piece in answer.content.iter_any():
        raw += piece
        if len(raw) > _LARGEST_BYTES:
            break
    return bytes(raw)


def picture_size(raw: bytes) -> tuple[int, int] | None:
    """Width and height by the file's head; None for what is no picture. Of WebP the size is taken for enough."""
    if raw.startswith(_PNG) and len(raw) >= 24:  # noqa: PLR2004 - where its first chunk ends
        return int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])
    if raw.startswith(_JPEG):
        return _jpeg_size(raw)
    if raw.startswith(_RIFF) and raw[8:12] == b"WEBP":
        return SHORTEST_PX, SHORTEST_PX
    return None


def _jpeg_size(raw: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(raw) and raw[place] == 0xFF:  # noqa: PLR2004 - begins every marker
        marker = raw[place + 1]
        if marker in _FRAMES and marker not in _NO_FRAMES:
            return int.from_bytes(raw[place + 7 : place + 9]), int.from_bytes(raw[place + 5 : place + 7])
        place += 2 + int.from_bytes(raw[place + 2 : place + 4])
    return None
