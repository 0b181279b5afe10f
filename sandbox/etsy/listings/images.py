"""Owns the pictures of a listing: they are decoded, counted and put in their place; their bytes are not kept."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

from msgspec import structs
from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute, listed
from sandbox.etsy.errors import EtsyRefusal, field_refusal, missing
from sandbox.etsy.fields import Fields
from sandbox.etsy.listings.lookup import own_listing, public_listing
from sandbox.etsy.listings.records import Listing, Picture
from sandbox.etsy.listings.shapes import shown_picture, shown_pictures
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox

_KINDS = ("JPEG", "PNG", "GIF")
_LARGEST_BYTES = 20 * 1024 * 1024
_LONGEST_ALT = 500


async def upload_image(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """A new picture, or one of the shop by its id; without a rank it becomes the first.

    While another one is on its way to the same listing, a picture comes last, whatever its rank: that is why clients
    send one after the other.
    """
    shop, listing = own_listing(sandbox, call)
    raw, fields = await _parts(call)
    rank, known_id = fields.whole("rank"), fields.whole("listing_image_id")
    alt_text = fields.text("alt_text") or ""
    if len(alt_text) > _LONGEST_ALT:
        raise field_refusal("alt_text", f"cannot be longer than {_LONGEST_ALT} characters")
    if rank is not None and not 1 <= rank <= sandbox.config.most_images:
        raise field_refusal("rank", f"must be between 1 and {sandbox.config.most_images}")
    if (raw is None) == (known_id is None):
        raise EtsyRefusal("Either a valid image file or a listing_image_id must be provided.")
    is_alone = listing.listing_id not in sandbox.uploading
    sandbox.uploading.add(listing.listing_id)
    try:
        picture = await _picture(sandbox, raw) if raw is not None else _known(shop, known_id or 0)
    finally:
        if is_alone:
            sandbox.uploading.discard(listing.listing_id)
    picture.alt_text = alt_text
    _place(
        listing,
        picture,
        rank=(rank or 1) if is_alone else len(listing.images) + 1,
        overwrites=bool(fields.flag("overwrite")),
        most=sandbox.config.most_images,
    )
    listing.updated_s = sandbox.now_s
    return EtsyReply(shown_picture(sandbox, listing, picture), 201)


def list_images(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    _, listing = public_listing(sandbox, call)
    return listed(list(shown_pictures(sandbox, listing)))


def delete_image(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """An active listing keeps its last one."""
    _, listing = own_listing(sandbox, call)
    picture = next((each for each in listing.images if each.listing_image_id == call.id("listing_image_id")), None)
    if picture is None:
        raise missing("listing image", listing_image_id=call.ids["listing_image_id"])
    if listing.state == "active" and len(listing.images) == 1:
        raise EtsyRefusal("An active listing must have at least one image.")
    listing.images.remove(picture)
    listing.updated_s = sandbox.now_s
    return EtsyReply(status=204)


def _place(listing: Listing, picture: Picture, *, rank: int, overwrites: bool, most: int) -> None:
    place = min(rank, len(listing.images) + 1) - 1
    if overwrites and place < len(listing.images):
        listing.images[place] = picture
        return
    if len(listing.images) >= most:
        raise EtsyRefusal(f"A listing can have at most {most} images.")
    listing.images.insert(place, picture)


async def _parts(call: EtsyCall) -> tuple[bytes | None, Fields]:
    """The file, where there is one, and the other fields."""

    async def stream() -> AsyncIterator[bytes]:
        yield call.raw

    if not call.headers.get("content-type", "").startswith("multipart/form-data"):
        return None, call.fields()
    try:
        form = await MultiPartParser(call.headers, stream()).parse()  # type: ignore[arg-type]  # a generator, it says
    except (MultiPartException, KeyError):
        raise EtsyRefusal("Request body is not valid multipart/form-data") from None
    try:
        image = form.get("image")
        raw = await image.read() if isinstance(image, UploadFile) else None
        return raw, Fields.of_form({name: value for name, value in form.items() if isinstance(value, str)})
    finally:
        await form.close()


async def _picture(sandbox: EtsySandbox, raw: bytes) -> Picture:
    if not raw or len(raw) > _LARGEST_BYTES:
        raise EtsyRefusal("The image file is empty or too large.")
    try:
        width, height, color = await asyncio.to_thread(_decoded, raw)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise EtsyRefusal("The file is not a valid image. Supported formats are JPG, PNG and GIF.") from None
    return Picture(sandbox.number(), width, height, color, sandbox.now_s)


def _decoded(raw: bytes) -> tuple[int, int, str]:
    """Width, height and the mean colour; all of the picture is read, so that half of one is none."""
    with Image.open(BytesIO(raw), formats=_KINDS) as image:
        image.load()
        pixel = image.convert("RGB").resize((1, 1)).getpixel((0, 0))
    red, green, blue = pixel if isinstance(pixel, tuple) else (0, 0, 0)
    return image.width, image.height, f"{int(red):02x}{int(green):02x}{int(blue):02x}"


def _known(shop: EtsyShop, image_id: int) -> Picture:
    for listing in shop.listings.values():
        for picture in listing.images:
            if picture.listing_image_id == image_id:
                return structs.replace(picture)
    raise missing("listing image", listing_image_id=image_id)


_IMAGES = "/listings/{listing_id}/images"
CALLS = (
    EtsyRoute("POST", f"/shops/{{shop_id}}{_IMAGES}", "listings.upload_image", "listings_w", upload_image),
    EtsyRoute("GET", _IMAGES, "listings.images", None, list_images),
    EtsyRoute(
        "DELETE",
        f"/shops/{{shop_id}}{_IMAGES}/{{listing_image_id}}",
        "listings.delete_image",
        "listings_w",
        delete_image,
    ),
)
