"""Serves files that do not change while the process lives: compressed once, and not sent to a browser that has them."""

import asyncio
import hashlib
import mimetypes
from collections import defaultdict

from starlette.requests import Request
from starlette.responses import Response

from web.codings import MIN_BYTES, Coding, wish_of

FOREVER = "public, max-age=31536000, immutable"  # for addresses that hold a hash of the file
ASK_AGAIN = "no-cache"


class UnchangingFile:
    """A file in memory, as it is and, from the first request that accepts it, in each coding.

    The ETag says which of these was sent, since a cache may store them all.
    """

    def __init__(self, name: str, body: bytes, *, cache_control: str) -> None:
        self.digest = hashlib.sha256(body).hexdigest()[:12]
        self._body = body
        self._media_type = mimetypes.guess_type(name)[0] or "text/plain"
        self._cache_control = cache_control
        self._packed: dict[str, bytes] = {}
        self._packing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(self, request: Request) -> Response:
        headers = {"cache-control": self._cache_control}
        body, etag = self._body, self.digest
        if len(body) >= MIN_BYTES:
            headers["vary"] = "Accept-Encoding"
        if coding := wish_of(",".join(request.headers.getlist("accept-encoding"))).of(len(body)):
            body, etag = await self._compressed(coding), f"{etag}-{coding.name}"
            headers["content-encoding"] = coding.name
        headers["etag"] = f'"{etag}"'
        if headers["etag"] in _known_to(request):
            headers.pop("content-encoding", None)
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=self._media_type)

    async def _compressed(self, coding: Coding) -> bytes:
        """The compressed file, made once, in a thread: the largest file takes a third of a second."""
        async with self._packing[coding.name]:
            if coding.name not in self._packed:
                self._packed[coding.name] = await asyncio.to_thread(coding.pack_once, self._body)
            return self._packed[coding.name]


def _known_to(request: Request) -> set[str]:
    """The ETags of the files that the caller has, without the mark W/ that a cache may have added."""
    presented = ",".join(request.headers.getlist("if-none-match")).split(",")
    return {each.strip().removeprefix("W/") for each in presented}
