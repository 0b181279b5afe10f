"""Owns uploading photos: they are decoded to their end; their bytes are not kept."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from sandbox.vinted.calls import VintedCall, VintedReply, VintedRoute
from sandbox.vinted.errors import wrong
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.wardrobe.records import Photo
from sandbox.vinted.wardrobe.shapes import shown_photo

_KINDS = ("JPEG", "PNG", "GIF", "WEBP")
_LARGEST_BYTES = 20 * 1024 * 1024
_LONGEST_UUID = 36
_FIELD = "photo[file]"


async def upload_photo(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """A photo of no item yet: the next item with the same `temp_uuid` may have it, once."""
    form = await _form(call)
    try:
        if form.get("photo[type]") != "item":
            raise wrong("photo[type]", "The type of the photo is not known.")
        temp_uuid, file = form.get("photo[temp_uuid]"), form.get(_FIELD)
        if not isinstance(temp_uuid, str) or len(temp_uuid) > _LONGEST_UUID:
            raise wrong("photo[temp_uuid]", "The session of the upload is missing.")
        if not isinstance(file, UploadFile):
            raise wrong(_FIELD, "The photo is missing.")
        width, height, color = await _measured(await file.read())
    finally:
        await form.close()
    photo = Photo(sandbox.number(), temp_uuid, width, height, color, sandbox.now_s)
    call.member.photos[photo.photo_id] = photo
    return VintedReply(shown_photo(photo, sandbox.url))


async def _form(call: VintedCall) -> FormData:
    async def stream() -> AsyncIterator[bytes]:
        yield call.raw

    if not call.headers.get("content-type", "").startswith("multipart/form-data"):
        raise wrong("photo", "The photo is missing.")
    try:
        return await MultiPartParser(call.headers, stream()).parse()  # type: ignore[arg-type]  # a generator, it says
    except (MultiPartException, KeyError):
        raise wrong("photo", "The form cannot be read.") from None


async def _measured(raw: bytes) -> tuple[int, int, str]:
    if not raw or len(raw) > _LARGEST_BYTES:
        raise wrong(_FIELD, "The photo is empty or too large.")
    try:
        return await asyncio.to_thread(_decoded, raw)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise wrong(_FIELD, "The photo is not a picture.") from None


def _decoded(raw: bytes) -> tuple[int, int, str]:
    """Width, height and the mean colour; half of a picture is none."""
    with Image.open(BytesIO(raw), formats=_KINDS) as image:
        pixel = image.convert("RGB").resize((1, 1)).getpixel((0, 0))
    red, green, blue = pixel if isinstance(pixel, tuple) else (0, 0, 0)
    return image.width, image.height, f"{int(red):02x}{int(green):02x}{int(blue):02x}"


CALLS = (VintedRoute("POST", "/photos", "photos.upload", upload_photo),)
