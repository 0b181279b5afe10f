"""ProductImage: a picture of a product."""

from models.products.image import ProductImage as ProductImageRow
from resolvers.products import images
from schema.field import field
from schema.node import Node, entity


@entity(
    ProductImageRow, description="A picture of a product, written anew as JPEG without the metadata that came with it."
)
class ProductImage(Node):
    url: str = field(
        images.url,
        description="A signed link that works for 15 minutes; whoever has it may open it. With `maxWidth` it leads to "
        "the widest copy that is no wider: copies are 160, 320, 640 and 1,280 pixels wide, and 160 is also that of "
        "less.",
    )
    alt: str | None = field(description="What is to be seen, for people who do not see it; null where nobody wrote it.")
    position: int = field(description="Its place among the pictures of the product; the first one is 1.")
    width: int = field(description="In pixels, at most 2,000.")
    height: int = field(description="In pixels, at most 2,000.")
    bytes: int = field(description="The size of the whole picture.")
