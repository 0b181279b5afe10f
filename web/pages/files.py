"""Serves files that do not change while the process lives: compressed once, and not sent to a browser that has them."""

import asyncio
import gzip
import hashlib
import mimetypes

from starlette.requests import Request
from starlette.responses import Response

from web.middleware.compression import MIN_BYTES, takes_gzip

FOREVER = "public, max-age=31536000, immutable"  # for addresses that hold a hash of the file
ASK_AGAIN = "no-cache"


class UnchangingFile:
    """A file in memory, as it is and, from the first request that accepts it, as gzip.

    The ETag says which of the two was sent, since a cache may store both.
    """

    def __init__(self, name: str, body: bytes, *, cache_control: str) -> None:
        self.digest = hashlib.sha256(body).hexdigest()[:12]
        self._body = body
        self._media_type = mimetypes.guess_type(name)[0] or "text/plain"
        self._cache_control = cache_control
        self._packed: bytes | None = None
        self._packing = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        headers = {"cache-control": self._cache_control}
        body = self._body
        if is_packed := len(body) > MIN_BYTES and takes_gzip(",".join(request.headers.getlist("accept-encoding"))):
            body = await self._compressed()
            headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        headers["etag"] = f'"{self.digest}-gzip"' if is_packed else f'"{self.digest}"'
        if headers["etag"] in _known_to(request):
            headers.pop("content-encoding", None)
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=self._media_type)

    async def _compressed(self) -> bytes:
        """The compressed file, made once, in a thread: the largest file takes a tenth of a second."""
        async with self._packing:
            if self._packed is None:
                self._packed = await asyncio.to_thread(gzip.compress, self._body, mtime=0)
            return self._packed


def _known_to(request: Request) -> set[str]:
    """The ETags of the files that the caller has, without the mark W/ that a cache may have added."""
    presented = ",".join(request.headers.getlist("if-none-match")).split(",")
    return {each.strip().removeprefix("W/") for each in presented}
