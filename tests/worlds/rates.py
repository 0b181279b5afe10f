"""Exchange rates of the tests: they belong to no tenant, so a test that needs some takes away those of others."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal

import asyncpg

from analytics.rates import PublishedRate
from models.database import Database
from models.rates.fx_rate import store_rates


def rate(currency: str, day: str, per_eur: str) -> PublishedRate:
    return PublishedRate(currency, date.fromisoformat(day), Decimal(per_eur))


@asynccontextmanager
async def rates_of_the_test(owner_url: str) -> AsyncIterator[None]:
    """No rate is stored when the block begins, and none is left of it."""
    await _forget_rates(owner_url)
    yield
    await _forget_rates(owner_url)


async def stored(db: Database, rates: Iterable[PublishedRate]) -> int:
    """Stores rates; how many were new or changed."""
    async with db.sweep(reason="test") as session:
        return await store_rates(session, list(rates))


async def _forget_rates(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("delete from fx_rate")
    finally:
        await connection.close()
