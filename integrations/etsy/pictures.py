"""The pictures of a listing: each by its rank, one after another, read from our storage and sent to Etsy."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from integrations.errors import ObjectMissing, PermissionMissing, Unavailable
from integrations.etsy.calls import EtsyAsk, EtsyRest, ListingPath
from integrations.http import Reply, Request, TryAgain
from integrations.selling.multipart import FilePart, multipart
from integrations.selling.once import done_once
from integrations.selling.refusals import refused
from integrations.selling.values import Fields

_STORAGE = "The storage of pictures"
_OK, _SERVER_FAULT = 200, 500
_LONGEST_ALT_TEXT = 250
_TYPES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
)


async def write_pictures(rest: EtsyRest, listing: ListingPath, urls: Sequence[str], alt_text: str) -> None:
    """The listing has these pictures afterwards, in this order. Those that it has are replaced rank by rank, since
    nobody can tell whether they are still the same. Raises RefusedFields for a picture that is none.
    """
    known = await _images(rest, listing)
    taken = {each.whole("rank") for each in known}
    shown = " ".join(alt_text.split())[:_LONGEST_ALT_TEXT]
    for rank, url in enumerate(urls, start=1):
        file = _file(await _fetched(rest, url, rank), rank)
        if rank in taken:
            fields = {"rank": str(rank), "overwrite": "true", "alt_text": shown}
            await _upload(rest, listing, file, fields)
        else:
            await _add(rest, listing, file, {"rank": str(rank), "alt_text": shown})
    for each in known:
        if (each.whole("rank") or 0) > len(urls):
            await _drop(rest, listing, each)


async def _add(rest: EtsyRest, listing: ListingPath, file: FilePart, fields: Mapping[str, str]) -> None:
    """A picture at a rank that has none; where the answer is lost, somebody looks whether it has one now."""

    async def is_there() -> bool:
        return fields["rank"] in {each.text("rank") for each in await _images(rest, listing)}

    await done_once(lambda: _upload(rest, listing, file, fields, is_idempotent=False), is_there)


async def _upload(
    rest: EtsyRest, listing: ListingPath, file: FilePart, fields: Mapping[str, str], *, is_idempotent: bool = True
) -> None:
    raw, raw_type = multipart(file, fields)
    path = f"{listing.of_shop}/images"
    await rest.call(EtsyAsk("POST", path, raw=raw, raw_type=raw_type, is_idempotent=is_idempotent))


async def _drop(rest: EtsyRest, listing: ListingPath, image: Fields) -> None:
    ask = EtsyAsk("DELETE", f"{listing.of_shop}/images/{image.text('listing_image_id')}")
    try:
        with suppress(ObjectMissing):
            await rest.call(ask)
    except PermissionMissing as error:
        # Unconfirmed: Etsy's reference may count it as deleting a listing, which nobody is asked to allow.
        reason = "Etsy does not let Adgraph take away pictures that are too many: delete them at Etsy first."
        raise refused(reason, "image_urls", said=error.said) from error


async def _images(rest: EtsyRest, listing: ListingPath) -> list[Fields]:
    return await rest.rows(f"{listing.alone}/images")


def _file(content: bytes, rank: int) -> FilePart:
    found = next((each for each in _TYPES if content.startswith(each[0])), None)
    if found is None:
        raise refused(f"Picture {rank} is none that Etsy takes: JPEG, PNG or GIF.", "image_urls")
    return FilePart("image", f"picture-{rank}.{found[2]}", found[1], content)


async def _fetched(rest: EtsyRest, url: str, rank: int) -> bytes:
    """From our own storage: no key and no token goes there."""

    def read(reply: Reply) -> bytes:
        if reply.status == _OK:
            return reply.body
        if reply.status >= _SERVER_FAULT:
            raise TryAgain(Unavailable(f"{_STORAGE} has a temporary fault; try again in a few minutes."))
        raise refused(f"Picture {rank} cannot be read any more.", "image_urls")

    return await rest.http.call(Request(_STORAGE, "GET", url), read)
