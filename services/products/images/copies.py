"""The files of a picture: the whole one and narrower copies, what they are called, and how they are written.

Copies are made when the picture comes: a link leads to the storage, which makes none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from PIL import Image

from services.products.images.decoding import decoded
from services.stored_files import copy_key, folder_of

MEDIA_TYPE = "image/jpeg"
# In pixels; a picture has those that are narrower than itself.
WIDTHS = (160, 320, 640, 1280)
_QUALITY = 90
_ENDING = ".jpg"


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A file of a picture; `width` is None of the whole one."""

    path: Path
    width: int | None


@dataclass(frozen=True, slots=True)
class WrittenPicture:
    """`width`, `height` (in pixels) and `bytes` are those of the whole picture, the first of the files."""

    width: int
    height: int
    bytes: int
    files: Sequence[PictureFile]


def write_picture(source: Path, folder: Path) -> WrittenPicture:
    """Writes the picture of a file and its copies into the folder, as JPEG; raises PictureFault.

    It takes seconds and hundreds of MB for the largest pictures: it belongs in a thread.
    """
    picture = decoded(source)
    files = [_saved(picture, folder, None)]
    for width in copies_of(picture.width):
        height = max(1, round(picture.height * width / picture.width))
        files.append(_saved(picture.resize((width, height), Image.Resampling.LANCZOS), folder, width))
    return WrittenPicture(picture.width, picture.height, files[0].path.stat().st_size, files)


def key_of(tenant_id: UUID, product_id: UUID, sha256: str, image_id: UUID) -> str:
    """The key of a whole picture. The end of its id is in it: one with the same bytes may be deleted meanwhile."""
    return f"{folder_of(tenant_id)}products/{product_id}/{sha256}-{image_id.hex[-12:]}{_ENDING}"


def keys_of(key: str, width: int) -> list[str]:
    """The keys of all files of a picture that is so wide."""
    return [copy_key(key, each) for each in (None, *copies_of(width))]


def copies_of(width: int) -> list[int]:
    """The widths of the copies of a picture that is so wide."""
    return [each for each in WIDTHS if each < width]


def _saved(picture: Image.Image, folder: Path, width: int | None) -> PictureFile:
    path = folder / f"{width or 'whole'}{_ENDING}"
    picture.save(path, "JPEG", quality=_QUALITY)
    return PictureFile(path, width)
