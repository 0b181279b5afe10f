"""Where tables are on shards, their size and the estimate of their rows come from Citus, played here by functions."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from embedded.postgres import DatabaseUrls
from models.database import Database
from models.installation.overview import bytes_per_insight_row, installation_counts

STAND_INS = {
    "citus_total_relation_size(regclass)": "returns bigint as 'select 5000000::bigint'",
    "run_command_on_shards(regclass, text)": """returns table (shardid bigint, success boolean, result text) as $body$
        select * from (values (1, true, '1500000'), (2, true, '500000'), (3, false, 'node is away')) shards
    $body$""",
}


@pytest.fixture
async def on_shards(db: Database, postgres: DatabaseUrls) -> AsyncIterator[Database]:
    owner = await asyncpg.connect(postgres.migration)
    for function, body in STAND_INS.items():
        await owner.execute(f"create function {function} {body} language sql")
    view = db.bounded(4)
    view.sharded = True
    yield view
    for function in STAND_INS:
        await owner.execute(f"drop function {function}")
    await owner.close()


@pytest.mark.one_node(reason="functions of the test stand in for those of Citus")
async def test_sizes_and_estimates_are_sums_of_shards(on_shards: Database) -> None:
    async with on_shards.system(reason="a test counts what is on shards") as session:
        counts = await installation_counts(session, today=datetime.now(UTC))
        assert counts.insight_rows == 2_000_000
        assert await bytes_per_insight_row(session) == 2.5
