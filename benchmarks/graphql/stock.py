"""What all servers are asked about: a tenant with 20 accounts of 50 campaigns, and somebody who can sign in to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from benchmarks.graphql.statements import FEW, METRICS, NINE
from benchmarks.insights.warehouse import ADS_PER_CAMPAIGN, warehouse
from benchmarks.world import Place, toolbox
from migrations.roles import RUNTIME
from models.acting import Origin
from services.sign_in.by_password import Registration, register

ACCOUNTS, CAMPAIGNS, DAYS = 20, 50, 60
EMAIL, PASSWORD = "bench@example.com", "a password of benchmarks"
_ORIGIN = Origin(ip=None, user_agent="benchmark", request_id="benchmark")
_VIEWS = Path(__file__).parent / "postgraphile" / "schema.sql"


@dataclass(frozen=True, slots=True)
class Stock:
    """`account` is one of the tenant's."""

    tenant: UUID
    account: UUID


@asynccontextmanager
async def stocked(place: Place) -> AsyncIterator[Stock]:
    """The data and the views of PostGraphile."""
    async with toolbox(place) as tools, warehouse(tools, place) as stock:
        wanted = Registration(EMAIL, PASSWORD, "Owner", "Bench")
        viewer = (await register(tools, _ORIGIN, wanted)).viewer
        sizes = [CAMPAIGNS * ADS_PER_CAMPAIGN] * ACCOUNTS
        _, accounts = await stock.fill(sizes=sizes, days=DAYS, owner=viewer)
        await stock.settle()
        await _add_views(place)
    assert viewer.tenant_id is not None
    yield Stock(viewer.tenant_id, accounts[0].id)


async def _add_views(place: Place) -> None:
    owner = await asyncpg.connect(place.urls.migration)
    try:
        columns = {"nine": _columns(NINE), "few": _columns(NINE, known=FEW), "role": RUNTIME}
        await owner.execute(_VIEWS.read_text() % columns)
    finally:
        await owner.close()


def _columns(names: tuple[str, ...], *, known: tuple[str, ...] = NINE) -> str:
    """The metrics in the order of the type; those that are not asked for are null."""
    return ", ".join(METRICS[name] if name in known else "null" for name in names)
