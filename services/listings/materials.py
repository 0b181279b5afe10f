"""What listings are made of besides the product's own row: its values of the vocabulary, its pictures, its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from integrations.storage.door import FileStorage
from models.channels.channel import Channel
from models.channels.policy import policies_by_channel
from models.database import WriteSession
from models.listings.listing import ChannelListing
from models.products.image import ProductImage, images_of_products
from models.products.product import LONGEST_SKU, Product
from models.products.vocabulary import Attribute, attributes_by_product
from services.listings.drafts import Goods, OfferPlace

# A marketplace fetches a picture when it gets to it, which may be long after it was told.
_LINK_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Material:
    """Of one product; `images` are its pictures in their order."""

    attributes: Sequence[Attribute]
    images: Sequence[ProductImage]


async def load_materials(session: WriteSession, product_ids: Sequence[UUID]) -> Mapping[UUID, Material]:
    attributes = dict(zip(product_ids, await attributes_by_product(session, product_ids), strict=True))
    images: dict[UUID, list[ProductImage]] = {product_id: [] for product_id in product_ids}
    for image in await images_of_products(session, product_ids):
        images[image.product_id].append(image)
    return {each: Material(attributes[each], images[each]) for each in product_ids}


async def load_place(session: WriteSession, channel: Channel, market: str, sku: str) -> OfferPlace:
    [policies] = await policies_by_channel(session, [channel.id])
    return OfferPlace(channel, market, policies, sku)


async def goods_of(files: FileStorage, product: Product, material: Material) -> Goods:
    """With links to the whole pictures, which the channel fetches; nothing is sent to the storage for them."""
    links = [
        (await files.link(image.object_key, name=f"{image.id}.jpg", life=_LINK_LIFE)).url for image in material.images
    ]
    return Goods(product, material.attributes, links)


def sku_in(product: Product, market: str, others: Sequence[ChannelListing]) -> str:
    """The SKU that the product has in a market of a channel; `others` are its listings there.

    A marketplace may take a SKU in one market only: in a second one it gets the market's end behind it.
    """
    if all(each.sku != product.sku or (each.market or "") == market for each in others):
        return product.sku
    end = f"-{market.rpartition('_')[2]}"
    return product.sku[: LONGEST_SKU - len(end)] + end
