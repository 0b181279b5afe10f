"""The list of 1,000 products with pictures and listings, beside the lists of 1,000 ads."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlmodel import select

from auth.limits.limiter import Limiter
from auth.viewer import Viewer
from benchmarks.costs import Costs
from benchmarks.insights.warehouse import warehouse
from benchmarks.orders import PRODUCTS, shop
from benchmarks.table import Reading, print_table
from benchmarks.world import own_postgres, run, toolbox
from models.listings.listing import ChannelListing, ListingStatus
from models.products.image import ProductImage
from models.products.product import Product
from services.toolbox import Toolbox
from startup.collector import settle_collector
from tests.doors.in_process import Door
from tests.worlds.ads import statements

ROUNDS, PICTURES = 15, 3
LISTS = {
    "products with pictures and listings": """{ products(first: 1000) { nodes { id sku title price quantity status
      images { id position url width height } listings(first: 5) { nodes { id status url price } } } } }""",
    "products alone": "{ products(first: 1000) { nodes { id sku title price quantity status } } }",
    "ads with campaign and ad set": """{ ads(first: 1000) { nodes { id name status
      campaign { id name } adSet { id name } } } }""",
    "ads alone": "{ ads(first: 1000) { nodes { id name status } } }",
}


async def main() -> None:
    with own_postgres() as place:
        async with toolbox(place) as tools, warehouse(tools, place) as made:
            viewer, _ = await made.fill(sizes=[PRODUCTS], days=1)
            await _offer(tools, viewer)
            await made.settle()
            settle_collector()
            door, costs, counts = Door(replace(tools, limiter=Limiter.off(tools.clock)), viewer), Costs(place), []
            for name, query in LISTS.items():
                with statements(tools.db) as sent:
                    _check(await door.ask(query))
                counts.append(Reading(name, "statements", [len(sent)]))
            for _ in range(ROUNDS):
                for name, query in LISTS.items():
                    _check(await costs.of(name, door.ask(query)))
            print_table(f"lists of {PRODUCTS:,}", [*counts, *costs.readings()], [])


def _check(answer: Any) -> None:
    assert answer.codes == [], answer.messages
    [found] = answer.data.values()
    assert len(found["nodes"]) == PRODUCTS


async def _offer(tools: Toolbox, viewer: Viewer) -> None:
    """Three pictures and a listing for each product of a new shop."""
    channel = await shop(tools, viewer)
    assert viewer.tenant_id is not None
    tenant: dict[str, Any] = {"tenant_id": viewer.tenant_id}
    async with tools.db.write(viewer) as session:
        products = (await session.exec(select(Product.id).where(Product.tenant_id == viewer.tenant_id))).all()
        for number, product_id in enumerate(products):
            for place in range(1, PICTURES + 1):
                key = f"{number}-{place}"
                size: dict[str, Any] = {"width": 1000, "height": 1000, "bytes": 100_000}
                session.add(
                    ProductImage(
                        product_id=product_id, position=place, sha256=key, object_key=f"{key}.jpg", **size, **tenant
                    )
                )
            session.add(
                ChannelListing(
                    channel_id=channel.id,
                    external_id=str(number),
                    product_id=product_id,
                    status=ListingStatus.LIVE,
                    title="Thing",
                    currency="EUR",
                    price=Decimal("19.90"),
                    quantity=1,
                    **tenant,
                )
            )


if __name__ == "__main__":
    run(main())
