"""What the tests of products share: a tenant with a catalogue, a clock that they move, and what the audit log says."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from errors import Refused
from models.products.product import Product, products_by_ids
from models.tenants.membership import Role
from services.products.removal import delete_product, restore_product
from services.products.saving import create_product, update_product
from services.products.wishes import ProductWish
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON, EntityWorld, entity_world

LOG = "select action, target_id, before, after from audit_log where tenant_id = :tenant_id order by at, id"


@dataclass
class MovedClock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Catalogue:
    """Products are made as the API makes them; `role` is that of whoever asks at the door."""

    tools: Toolbox
    clock: MovedClock
    team: EntityWorld
    role: Role = Role.MANAGER

    @property
    def door(self) -> Door:
        return Door(self.tools, self.team.as_role(self.role))

    async def make(self, title: str = "A lamp", **values: Any) -> Product:
        key = values.pop("idempotency_key", None)
        wish = ProductWish(title=title, **{"currency": "EUR", "price": Decimal(10), **values})
        return await create_product(self.tools, self.team.viewer, wish, idempotency_key=key)

    async def change(self, product: Product, *, version: int | None = None, **values: Any) -> Product:
        return await update_product(
            self.tools,
            self.team.viewer,
            product.id,
            ProductWish(**values),
            expected_version=product.version if version is None else version,
        )

    async def delete(self, product: Product) -> Product:
        return await delete_product(self.tools.db, self.clock, None, self.team.viewer, product.id)

    async def restore(self, product: Product) -> Product:
        return await restore_product(self.tools, self.team.viewer, product.id)

    async def stored(self, product: Product) -> Product | None:
        async with self.tools.db.read(self.team.viewer) as session:
            return next(iter(await products_by_ids(session, [product.id])), None)

    async def fill(self, number: int) -> None:
        """So many products more, past all rules."""
        values: dict[str, Any] = {"title": "Filling", "currency": "EUR", "price": Decimal(1)}
        await self.team.keep(
            *(
                Product(
                    tenant_id=self.team.tenant_id,
                    sku=f"F-{place}",
                    created_at=self.clock() - timedelta(days=1),
                    updated_at=self.clock(),
                    **values,
                )
                for place in range(number)
            )
        )

    async def set_columns(self, product: Product, **columns: Any) -> None:
        named = ", ".join(f"{name} = :{name}" for name in columns)
        statement = text(f"update product set {named} where tenant_id = :tenant_id and id = :id")
        values = {"tenant_id": self.team.tenant_id, "id": product.id, **columns}
        async with self.tools.db.write(self.team.viewer) as session:
            await (await session.connection()).execute(statement, values)

    async def log(self) -> list[tuple[str, UUID | None, Any, Any]]:
        async with self.tools.db.read(self.team.viewer) as session:
            rows = await (await session.connection()).execute(text(LOG), {"tenant_id": self.team.tenant_id})
            return [(row[0], row[1], row[2], row[3]) for row in rows]


async def catalogue(tools: Toolbox) -> Catalogue:
    clock = MovedClock()
    return Catalogue(dataclasses.replace(tools, clock=clock), clock, await entity_world(tools.db))


async def refusal(call: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await call
    return caught.value
