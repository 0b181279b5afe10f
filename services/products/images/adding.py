"""Adds a picture to a product: what is refused of a file, and in which order files and the row are stored."""

import asyncio
import hashlib
import shutil
import tempfile
from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.products.image import ProductImage, images_of_product
from models.products.product import Product, products_by_ids
from services.products.images.changes import raise_version, shown_image
from services.products.images.copies import WrittenPicture, key_of, keys_of, write_picture
from services.products.images.decoding import LARGEST_FILE_BYTES, PictureFault
from services.products.images.stored import delete_files, store_files
from services.products.locking import changeable, product_to_change
from services.products.wishes import is_line
from services.tools import HasClock, HasDb, HasFiles

MOST_IMAGES = 24
LONGEST_ALT = 500


class SentPicture(Protocol):
    """A file that somebody has sent; `size` is in bytes."""

    @property
    def size(self) -> int: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class ImageTools(HasDb, HasClock, HasFiles, Protocol):
    """What adds pictures; `decoding` says how many are decoded at once, since each may take hundreds of MB."""

    @property
    def decoding(self) -> Semaphore: ...


async def add_product_image(
    tools: ImageTools, viewer: Viewer, product_id: UUID | None, file: SentPicture, *, alt: str | None
) -> Product:
    """Adds a picture behind those that the product has; needs EDIT_CATALOG. One with the same bytes changes nothing.

    The files are stored before the row that names them: what is left of a process that died is swept. Raises Refused:
    FILE_INVALID for a file that is no picture or too large, INVALID for the text or for a picture too many, NOT_FOUND,
    CONFLICT for a deleted product, QUOTA_EXCEEDED for a frozen one; and IntegrationError while the storage is away.
    """
    require(viewer, Permission.EDIT_CATALOG)
    text = _checked_alt(alt)
    if file.size > LARGEST_FILE_BYTES:
        message = f"A picture has at most {LARGEST_FILE_BYTES // 1024 // 1024} MiB."
        raise Refused(UserErrorCode.FILE_INVALID, message, field="file")
    async with _folder(tools.workspace) as folder:
        source = folder / "sent"
        sha256 = await _received(file, source)
        async with tools.db.read(viewer) as session:
            found = await products_by_ids(session, [product_id] if product_id else [])
            product = changeable(found[0] if found else None, field="product_id")
            if not await _is_new(session, product.id, sha256):
                return product
        picture = await _written(tools.decoding, source, folder)
        image = _row(product, picture, sha256, text)
        await store_files(tools.files, image.object_key, picture.files)
        return await _store_row(tools, viewer, image)


async def _store_row(tools: ImageTools, viewer: Viewer, image: ProductImage) -> Product:
    """Puts the stored picture behind the others; where it may not be there any more, its files go."""
    keys = keys_of(image.object_key, image.width)
    try:
        async with tools.db.write(viewer) as session:
            product = await product_to_change(session, image.product_id)
            is_new = await _is_new(session, product.id, image.sha256)
            if is_new:
                await _insert(session, viewer, product, image, now=tools.clock())
    except Refused:
        # After any other error the row may be there all the same.
        await delete_files(tools.files, keys)
        raise
    if not is_new:
        await delete_files(tools.files, keys)
    return product


async def _insert(
    session: WriteSession, viewer: Viewer, product: Product, image: ProductImage, *, now: datetime
) -> None:
    image.position = len(await images_of_product(session, product.id)) + 1
    image.created_at = now
    raise_version(session, product, now=now)
    session.add(image)
    record(
        session,
        viewer,
        action="product.image_added",
        target_type="Product",
        target_id=product.id,
        after=shown_image(image),
    )


async def _is_new(session: ReadSession | WriteSession, product_id: UUID, sha256: str) -> bool:
    """Whether the product has no picture of these bytes; raises Refused INVALID where there is no room for one."""
    images = await images_of_product(session, product_id)
    if any(each.sha256 == sha256 for each in images):
        return False
    if len(images) >= MOST_IMAGES:
        message = f"A product has at most {MOST_IMAGES} pictures: delete one first."
        raise Refused(UserErrorCode.INVALID, message, field="product_id")
    return True


def _checked_alt(alt: str | None) -> str | None:
    text = (alt or "").strip()
    if text and not is_line(text, longest=LONGEST_ALT):
        message = f"The text of a picture has at most {LONGEST_ALT} characters in one line."
        raise Refused(UserErrorCode.INVALID, message, field="alt")
    return text or None


def _row(product: Product, picture: WrittenPicture, sha256: str, alt: str | None) -> ProductImage:
    image_id = new_id()
    return ProductImage(
        tenant_id=product.tenant_id,
        id=image_id,
        product_id=product.id,
        position=1,
        sha256=sha256,
        object_key=key_of(product.tenant_id, product.id, sha256, image_id),
        width=picture.width,
        height=picture.height,
        bytes=picture.bytes,
        alt=alt,
    )


@asynccontextmanager
async def _folder(workspace: Path) -> AsyncIterator[Path]:
    """A folder of this call's own; what a process that is killed leaves of it, a chore deletes."""
    await asyncio.to_thread(workspace.mkdir, mode=0o700, parents=True, exist_ok=True)
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="picture-", dir=workspace)
    try:
        yield Path(folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _received(file: SentPicture, target: Path) -> str:
    """Writes what was sent to a file; answers the SHA-256 of it, in hexadecimal digits."""
    digest = hashlib.sha256()
    with await asyncio.to_thread(target.open, "wb") as written:
        async for chunk in file.chunks():
            digest.update(chunk)
            await asyncio.to_thread(written.write, chunk)
    return digest.hexdigest()


async def _written(decoding: Semaphore, source: Path, folder: Path) -> WrittenPicture:
    """The files of the picture; raises Refused FILE_INVALID of the parameter `file`."""
    async with decoding:
        writing = asyncio.ensure_future(asyncio.to_thread(write_picture, source, folder))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            # The thread cannot be stopped: it keeps its place until its memory is free, and its folder until then.
            with suppress(PictureFault):
                await writing
            raise
        except PictureFault as fault:
            raise Refused(UserErrorCode.FILE_INVALID, fault.message, field="file") from fault
