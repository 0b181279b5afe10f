"""One standby for all of these tests, which leave it as they found it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from embedded.postgres import DatabaseUrls
from tests.worlds.replicas import Server, reads_replica, server, until
from tests.worlds.standby import Standby, standby_of


@pytest.fixture(scope="session")
def standby(postgres: DatabaseUrls) -> Iterator[Standby]:
    with standby_of(postgres) as made:
        yield made


@pytest.fixture
async def first(postgres: DatabaseUrls, standby: Standby) -> AsyncIterator[Server]:
    async with server(postgres, standby.url) as made:
        await until(lambda: reads_replica(made.db))
        yield made


@pytest.fixture
async def second(postgres: DatabaseUrls, standby: Standby) -> AsyncIterator[Server]:
    """Another server on the same primary and replica."""
    async with server(postgres, standby.url) as made:
        await until(lambda: reads_replica(made.db))
        yield made
