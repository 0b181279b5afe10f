"""The files of pictures in the storage: they are stored, linked to and deleted; knows no rule of products."""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput
from integrations.errors import IntegrationError
from integrations.storage.door import FileStorage
from models.products.image import ProductImage
from services.products.images.copies import MEDIA_TYPE, PictureFile, copies_of
from services.stored_files import copy_key

_log = structlog.get_logger(__name__)

# Links that are signed before others get their turn.
_AT_ONCE = 20


async def store_files(files: FileStorage, key: str, written: Sequence[PictureFile]) -> None:
    """Stores all files of a picture, or none; raises IntegrationError."""
    keys: list[str] = []
    try:
        for each in written:
            keys.append(copy_key(key, each.width))
            await files.put(keys[-1], each.path, media_type=MEDIA_TYPE)
    except IntegrationError:
        await delete_files(files, keys)
        raise


async def delete_files(files: FileStorage, keys: Iterable[str]) -> None:
    """Deletes files that no row names; those of a storage that is away are left to the sweep."""
    try:
        await files.delete(keys)
    except IntegrationError as error:
        _log.warning("files_not_deleted", error=str(error))


async def links(
    files: FileStorage, viewer: Viewer, images: Sequence[ProductImage], *, max_width: int | None
) -> list[str]:
    """A link to each picture, for 15 minutes: to the widest copy that is no wider than `max_width`, else to the whole.

    The narrowest one is also that of less. Needs READ; raises BadInput for a width that is not above 0.
    """
    require(viewer, Permission.READ)
    if max_width is not None and max_width < 1:
        raise BadInput("A width is a number of pixels above 0; without one the link leads to the whole picture.")
    found: list[str] = []
    for place, image in enumerate(images, 1):
        key = copy_key(image.object_key, _copy(image.width, max_width))
        found.append((await files.link(key, name=f"{image.id}.jpg")).url)
        # Signing waits for nothing, and those of a long list take seconds together.
        if place % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


def _copy(width: int, max_width: int | None) -> int | None:
    """The width of the copy that is shown; None for the whole picture."""
    if max_width is None or width <= max_width:
        return None
    copies = copies_of(width)
    # A picture that is narrower than every copy has none.
    return max((each for each in copies if each <= max_width), default=copies[0] if copies else None)
