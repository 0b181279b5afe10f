"""What the tests of pictures share: files of pictures, and a catalogue whose storage is a folder of the test's own."""

import dataclasses
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from PIL import Image
from sqlalchemy import text
from starlette.datastructures import UploadFile

from execution.transport.uploads import Upload
from integrations.storage.door import FileStorage
from integrations.storage.local import LocalStorage, link_key
from models.products.image import ProductImage, images_by_product
from models.products.product import Product
from services.products.images.adding import add_product_image
from services.products.images.changes import arrange_product_images, delete_product_image
from services.toolbox import Toolbox
from tests.worlds.products import Catalogue, catalogue


def picture(colour: str = "red", size: tuple[int, int] = (400, 300), format_: str = "PNG", **options: Any) -> bytes:
    return written(Image.new("RGB", size, colour), format_, **options)


def written(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A red PNG with more chunks behind its header."""
    whole, header = picture(), 33
    return whole[:header] + b"".join(_chunk(*each) for each in chunks) + whole[header:]


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and has almost nothing of it."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def sent(content: bytes, name: str = "picture.jpg") -> Upload:
    return Upload(name, "image/jpeg", len(content), UploadFile(BytesIO(content)))


@dataclass
class PictureWorld:
    """Pictures are added, arranged and deleted as the API does it."""

    catalogue: Catalogue
    tools: Toolbox

    @property
    def storage(self) -> LocalStorage:
        assert isinstance(self.tools.files, LocalStorage)
        return self.tools.files

    async def add(self, product: Product, content: bytes | None = None, *, alt: str | None = None) -> Product:
        file = sent(picture() if content is None else content)
        return await add_product_image(self.tools, self.catalogue.team.viewer, product.id, file, alt=alt)

    async def arrange(self, product: Product, *images: ProductImage) -> Product:
        clock, ids = self.tools.clock, [each.id for each in images]
        return await arrange_product_images(self.tools.db, clock, self.catalogue.team.viewer, product.id, ids)

    async def delete(self, image: ProductImage) -> None:
        await delete_product_image(self.tools, self.catalogue.team.viewer, image.id)

    async def images(self, product: Product) -> list[ProductImage]:
        async with self.tools.db.read(self.catalogue.team.viewer) as session:
            return (await images_by_product(session, [product.id]))[0]

    async def keys(self) -> set[str]:
        """What the storage has of the tenant."""
        return {each.key async for each in self.tools.files.list(f"{self.catalogue.team.tenant_id}/")}

    async def fill(self, product: Product, number: int) -> None:
        """So many pictures of the product, past all rules and without files."""
        await self.catalogue.team.keep(
            *(
                ProductImage(
                    tenant_id=product.tenant_id,
                    product_id=product.id,
                    position=place,
                    sha256=f"{place}",
                    object_key=f"{product.tenant_id}/products/{product.id}/{place}.jpg",
                    width=400,
                    height=300,
                    bytes=1,
                )
                for place in range(1, number + 1)
            )
        )

    async def set_images(self, assignment: str) -> None:
        statement = text(f"update product_image set {assignment} where tenant_id = :tenant_id")
        async with self.tools.db.write(self.catalogue.team.viewer) as session:
            await (await session.connection()).execute(statement, {"tenant_id": self.catalogue.team.tenant_id})

    def shown(self, url: str) -> Image.Image:
        """The picture that the server would answer the link with."""
        parts = urlsplit(url)
        found = self.storage.opened(parts.path.removeprefix("/files/"), dict(parse_qsl(parts.query)))
        assert found is not None
        return Image.open(BytesIO(found.path.read_bytes()))

    def with_files(self, files: FileStorage) -> "PictureWorld":
        return dataclasses.replace(self, tools=dataclasses.replace(self.tools, files=files))


async def picture_world(tools: Toolbox, folder: Path) -> PictureWorld:
    made = await catalogue(tools)
    files = LocalStorage(folder / "files", "http://files.example/files", [link_key("a secret")], made.clock)
    own = dataclasses.replace(made.tools, files=files, workspace=folder / "work")
    return PictureWorld(dataclasses.replace(made, tools=own), own)
