"""One row by its key: by an ORM session, by a thin one, and by asyncpg alone with the same BEGIN, settings and end."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from sqlmodel import select

from auth.viewer import Viewer
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, new_owner, own_postgres, run, toolbox
from models.ads.ad_account import AdAccount
from models.ads.entity_list import rows_by_ids
from models.columns import is_any
from models.database import Database
from models.ids import new_id
from models.platform import Platform

ROUNDS, READS = 12, 200
_load = rows_by_ids(AdAccount)
_BEGIN = "begin; set transaction read only; set local app.tenant_id = '{}'; set local app.user_id = '{}'"
_BY_KEY = "select * from ad_account where tenant_id = $1 and id = any($2::uuid[])"

Read = Callable[[], Awaitable[Any]]


def ways(db: Database, viewer: Viewer, account: AdAccount, driver: asyncpg.Connection) -> dict[str, Read]:
    query = select(AdAccount).where(AdAccount.tenant_id == account.tenant_id, is_any(AdAccount.id, [account.id]))

    async def orm() -> Any:
        async with db.read(viewer) as session:
            return (await session.exec(query)).all()

    async def thin() -> Any:
        async with db.read(viewer) as session:
            return await _load(session, [account.id])

    async def by_hand() -> Any:
        await driver.execute(_BEGIN.format(viewer.tenant_id, viewer.user_id))
        rows = await driver.fetch(_BY_KEY, account.tenant_id, [account.id])
        await driver.execute("rollback")
        return rows

    return {"ORM session": orm, "thin session": thin, "asyncpg": by_hand}


async def measured(place: Place) -> dict[str, list[float]]:
    """Microseconds of CPU for each read; the ways take turns."""
    async with toolbox(place) as tools:
        viewer = await new_owner(tools)
        account = AdAccount(
            tenant_id=viewer.tenant_id or new_id(),
            platform=Platform.META,
            external_id="act_1",
            name="One",
            currency="EUR",
            time_zone="UTC",
        )
        async with tools.db.write(viewer) as session:
            session.add(account)
        driver = await asyncpg.connect(place.urls.runtime)
        compared = ways(tools.db, viewer, account, driver)
        found: dict[str, list[float]] = {name: [] for name in compared}
        for _ in range(ROUNDS):
            for name, read in compared.items():
                began = time.process_time()
                for _ in range(READS):
                    assert len(await read()) == 1
                found[name].append((time.process_time() - began) / READS * 1e6)
        await driver.close()
    return {name: times[2:] for name, times in found.items()}


async def main() -> None:
    with own_postgres() as place:
        found = await measured(place)
    readings = [Reading(name, "us of CPU", times) for name, times in found.items()]
    orm, thin, by_hand = (min(times) for times in found.values())
    print_table(
        f"thin_reads: one row by its key, {READS} times in each of {ROUNDS} rounds",
        readings,
        [
            Ratio("ORM session by thin session", orm / thin, "at least 3", orm >= 3 * thin),
            Ratio("thin session by asyncpg", thin / by_hand, "for comparison", None),
        ],
    )


if __name__ == "__main__":
    run(main())
