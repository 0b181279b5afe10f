"""Reads a picture that somebody has sent, as far as it must be read to be written anew; knows no file of ours.

What a file says of itself is looked at before any of it is decoded. Nothing here changes what Pillow does elsewhere:
its decoders are called by name, so that its own limit, which is the same for a whole process, is never asked.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps, PngImagePlugin
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

LARGEST_FILE_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 50_000_000
SHORTEST_SIDE = 200
LONGEST_SIDE = 2_000
# What decoders raise for a file that is not what it says; they name no class of their own for it.
BROKEN = (
    ArithmeticError, AttributeError, EOFError, ImageCms.PyCMSError, LookupError, OSError, SyntaxError, TypeError,
    ValueError, struct.error, zlib.error,
)  # fmt: skip
_OF_PROFILES = ("RGB", "CMYK")
_HEAD_BYTES = 32
_WEBP_SIZE_BYTES, _PNG_HEAD_BYTES = 10, 8
# Chunks of a PNG that may be packed, with nothing of the picture in them.
_PACKED = (b"zTXt", b"iTXt", b"iCCP")
# A file has room for ten thousands that unpack to a megabyte each.
_MOST_PACKED = 50
# Each scan of a JPEG passes over the whole picture, and a file of some megabytes has room for millions of them.
_SCAN, _MOST_SCANS = b"\xff\xda", 200
# Pillow joins all EXIF blocks one by one, each time copying those before: a million of them take hours.
_EXIF, _MOST_EXIF = b"Exif\0\0", 200
# How many rows are put upon white at a time: the whole picture once more would take 200 MB.
_ROWS = 256
_TRUNCATED = "This picture is cut short or damaged: it cannot be decoded to its end."
_NO_PICTURE = "This file is no JPEG, PNG or WebP, whatever its name says."
_GIF = "GIF is not taken: send the picture as JPEG, PNG or WebP."


class PictureFault(Exception):
    """Why a file is no picture that can be taken, in words."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def decoded(source: Path) -> Image.Image:
    """The picture of a file, upright, as RGB upon white, at most LONGEST_SIDE long, and nothing of its metadata.

    Of an animation it is the first frame. Raises PictureFault.
    """
    with source.open("rb") as file:
        try:
            found = _opened(file)
            _check_size(*found.size)
            return _flat(found)
        except BROKEN as error:
            raise PictureFault(_TRUNCATED) from error


def _opened(file: BinaryIO) -> ImageFile:
    """The picture, of which the header alone was read; raises PictureFault for another format."""
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    if head.startswith((b"GIF87a", b"GIF89a")):
        raise PictureFault(_GIF)
    for begins, opens in _DECODERS.items():
        if head.startswith(begins):
            return opens(file, head)
    raise PictureFault(_NO_PICTURE)


def _jpeg(file: BinaryIO, _head: bytes) -> ImageFile:
    content = file.read()
    if content.count(_SCAN) > _MOST_SCANS:
        raise PictureFault(f"This JPEG passes over its picture more than {_MOST_SCANS} times: save it anew.")
    if content.count(_EXIF) > _MOST_EXIF:
        raise PictureFault(f"This JPEG has more than {_MOST_EXIF} blocks of metadata: save it anew.")
    file.seek(0)
    return JpegImageFile(file)


def _png(file: BinaryIO, _head: bytes) -> ImageFile:
    """Without texts and profiles that are larger than Pillow reads: it would refuse the picture for what is dropped."""
    swollen = list(_swollen(file))
    file.seek(0)
    if not swollen:
        return PngImageFile(file)
    rest = BytesIO()
    for start, end in swollen:
        rest.write(file.read(start - file.tell()))
        file.seek(end)
    rest.write(file.read())
    rest.seek(0)
    return PngImageFile(rest)


def _swollen(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """From where to where chunks lie that would be too large once they are unpacked, or are many."""
    start, seen = _PNG_HEAD_BYTES, 0
    while True:
        file.seek(start)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - as many as were asked for
            return
        size = int.from_bytes(head[:4], "big")
        end = start + size + 12
        if head[4:] in _PACKED:
            seen += 1
            if seen > _MOST_PACKED or _is_swollen(_packed(head[4:], file.read(size))):
                yield start, end
        start = end


def _is_swollen(packed: bytes) -> bool:
    unpacking = zlib.decompressobj()
    with suppress(zlib.error):
        unpacking.decompress(packed, PngImagePlugin.MAX_TEXT_CHUNK)
    return bool(unpacking.unconsumed_tail)


def _packed(kind: bytes, content: bytes) -> bytes:
    _, _, rest = content.partition(b"\0")
    if kind != b"iTXt":
        return rest[1:]
    # Whether it is packed, how, a language, and the key in that language.
    return rest[2:].split(b"\0", 2)[-1] if rest[:1] == b"\1" else b""


def _webp(file: BinaryIO, head: bytes) -> ImageFile:
    """Its decoder makes room for the whole picture as soon as it is opened, so the header is read here before."""
    if head[8:12] != b"WEBP":
        raise PictureFault(_NO_PICTURE)
    _check_size(*_webp_size(head))
    return WebPImageFile(file)


_DECODERS: Mapping[bytes, Callable[[BinaryIO, bytes], ImageFile]] = {
    b"\xff\xd8\xff": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
    b"RIFF": _webp,
}


def _webp_size(head: bytes) -> tuple[int, int]:
    """Width and height by the first chunk of the container (RFC 9649, sections 2.5 to 2.7)."""
    kind, data = head[12:16], head[20:30]
    if len(data) < _WEBP_SIZE_BYTES:
        raise PictureFault(_TRUNCATED)
    if kind == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise PictureFault(
            f"This picture has {width:,} x {height:,} pixels, and at most {MOST_PIXELS // 1_000_000} million are taken."
        )
    if min(width, height) < SHORTEST_SIDE:
        message = f"This picture has {width:,} x {height:,} pixels, and each side needs {SHORTEST_SIDE} at least."
        raise PictureFault(message)


def _flat(found: ImageFile) -> Image.Image:
    # Of a large JPEG a half, a quarter or an eighth is decoded: never less than is kept.
    found.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    found.load()
    profile = found.info.get("icc_profile")
    _turn_upright(found)
    opaque = _opaque(found)
    opaque.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    flat = _in_srgb(opaque, profile) if profile else opaque.convert("RGB")
    # A comment of the file is written into a JPEG unless it is forgotten.
    flat.info.clear()
    return flat


def _turn_upright(found: Image.Image) -> None:
    """Turns the picture as its camera was held; what cannot be read of that turns nothing."""
    with suppress(*BROKEN):
        ImageOps.exif_transpose(found, in_place=True)


def _opaque(found: Image.Image) -> Image.Image:
    """The picture upon white, as RGB or, if it is meant for print, as CMYK."""
    if found.mode.startswith("I") or found.mode == "F":
        return _of_16_bits(found).convert("RGB")
    if found.has_transparency_data:
        return _upon_white(found)
    return found if found.mode in _OF_PROFILES else found.convert("RGB")


def _of_16_bits(found: Image.Image) -> Image.Image:
    """Grey of 65,536 shades as that of 256."""
    return found.convert("I").point(lambda shade: shade * (1 / 256) + 0).convert("L")


def _upon_white(found: Image.Image) -> Image.Image:
    width, height = found.size
    flat = Image.new("RGB", found.size)
    for top in range(0, height, _ROWS):
        rows = found.crop((0, top, width, min(top + _ROWS, height))).convert("RGBA")
        white = Image.new("RGBA", rows.size, "white")
        white.alpha_composite(rows)
        flat.paste(white.convert("RGB"), (0, top))
    return flat


def _in_srgb(found: Image.Image, profile: bytes) -> Image.Image:
    """The picture as RGB, in sRGB; a profile that nobody can read counts for nothing."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        turned = ImageCms.profileToProfile(found, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except BROKEN:
        turned = None
    return turned or found.convert("RGB")
