"""Owns the pictures of assets: small ones of our own drawing, the same for the same asset; must not know creatives."""

import struct
import zlib
from functools import lru_cache
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

# Stands in addresses until they are sent: where the sandbox answers is known by whoever asks it.
PLACE = "https://media.example"
_SIZE, _CELLS = 64, 8


async def picture(request: Request) -> Response:
    """Any page may show it, as one of Meta's."""
    headers = {"Cache-Control": "public, max-age=86400", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(png(request.path_params["asset"]), media_type="image/png", headers=headers)


def placed(body: bytes, request: Request) -> bytes:
    """An answer whose pictures have the address under which they are served."""
    return body.replace(PLACE.encode(), f"{request.base_url}media".encode())


@lru_cache(maxsize=512)
def png(asset: str) -> bytes:
    """Two colours in a pattern that is mirrored like a face, by the name of the asset."""
    dice = blake2b(asset.encode(), digest_size=_CELLS * _CELLS // 2 + 6).digest()
    colours = (dice[:3], dice[3:6])
    step, rows = _SIZE // _CELLS, []
    for row in range(_CELLS):
        half = [dice[6 + row * _CELLS // 2 + column] & 1 for column in range(_CELLS // 2)]
        line = b"\0" + b"".join(colours[cell] * step for cell in (*half, *reversed(half)))
        rows.append(line * step)
    shape = struct.pack(">IIBBBBB", _SIZE, _SIZE, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", shape), _chunk(b"IDAT", zlib.compress(b"".join(rows))), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
