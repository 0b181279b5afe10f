"""Content codings: which of zstd, br and gzip a caller asks for, and how a body is packed in each; knows no answer.

Levels are by measurement (docs/benchmarks.md, "Compression"): beyond these an answer of rows gets hardly smaller.
"""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import brotli
import zstandard

MIN_BYTES = 1024
_LONGEST_ACCEPT = 1000  # of a header: a caller that accepts more codings than fit is answered uncompressed


@dataclass(frozen=True, slots=True)
class Coding:
    """A coding by its name in headers.

    `pack` is for answers, `pack_once` for files that are packed once and sent many times. A body of at most
    `quick_bytes` is packed in about a millisecond: handing it to a thread would cost more.
    """

    name: str
    pack: Callable[[bytes], bytes]
    pack_once: Callable[[bytes], bytes]
    quick_bytes: int

    async def packed(self, body: bytes) -> bytes:
        """The body of an answer in this coding; a long one is packed beside the event loop."""
        return await asyncio.to_thread(self.pack, body) if len(body) > self.quick_bytes else self.pack(body)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller accepts: the best of our codings, if any, and whether an answer may be sent as it is."""

    coding: Coding | None = None
    takes_plain: bool = True

    def of(self, size: int) -> Coding | None:
        """The coding for a body of this size; a small one is packed only for who takes nothing else."""
        return self.coding if size >= MIN_BYTES or not self.takes_plain else None


def _zstd(level: int) -> Callable[[bytes], bytes]:
    # A compressor must not be used by two threads at once, and a new one costs little.
    return lambda body: zstandard.ZstdCompressor(level=level).compress(body)


def _br(level: int) -> Callable[[bytes], bytes]:
    return lambda body: bytes(brotli.compress(body, quality=level))


def _gzip(level: int) -> Callable[[bytes], bytes]:
    return lambda body: gzip.compress(body, level, mtime=0)


# The first of those that a caller likes equally is taken.
CODINGS = (
    Coding("zstd", _zstd(1), _zstd(12), quick_bytes=512 * 1024),
    Coding("br", _br(1), _br(9), quick_bytes=256 * 1024),
    Coding("gzip", _gzip(4), _gzip(9), quick_bytes=64 * 1024),
)
_OTHER_NAMES = {"x-gzip": "gzip"}
_LAST = 0.0001  # less than any weight: these have three digits


@lru_cache(maxsize=256)
def wish_of(accepted: str) -> Wish:
    """What an `Accept-Encoding` asks for: RFC 9110, 12.5.3. A weight of 0, or an invalid one, is a no.

    `*` stands for gzip, which everybody reads who names nothing. An answer as it is stands behind what is accepted,
    unless the header gives it a greater weight.
    """
    if len(accepted) > _LONGEST_ACCEPT:
        return Wish()
    weights = _weights(accepted)
    if "*" in weights:
        weights = {"gzip": weights["*"], "identity": min(weights["*"], _LAST), **weights}
    best = max(CODINGS, key=lambda coding: weights.get(coding.name, 0.0))
    weight, plain = weights.get(best.name, 0.0), weights.get("identity", _LAST)
    return Wish(best if weight > 0 and weight >= plain else None, takes_plain=plain > 0)


def _weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = (piece.strip() for piece in part.partition(";"))
        if name:
            weights[_OTHER_NAMES.get(name, name)] = _weight(parameters)
    return weights


def _weight(parameters: str) -> float:
    if not parameters:
        return 1.0
    name, _, text = parameters.partition("=")
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if name.strip() == "q" and 0 < weight <= 1 else 0.0
