"""Which errors of a connection say that the database does not answer."""

import asyncpg
import pytest

from errors import DatabaseUnavailable
from models.pool import answering


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        # The server has told of the end of the connection, which asyncpg has not closed yet.
        asyncpg.exceptions.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        asyncpg.exceptions.AdminShutdownError("terminating connection due to administrator command"),
    ],
)
async def test_a_connection_that_the_server_ends_is_an_outage(error: Exception) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with answering():
            raise error


async def test_a_use_of_a_busy_connection_is_a_fault_of_ours() -> None:
    """Only the end of a connection is waited for: this one would come again."""
    busy = asyncpg.exceptions.InternalClientError("cannot switch to state 12; another operation (12) is in progress")
    with pytest.raises(asyncpg.exceptions.InternalClientError):
        async with answering():
            raise busy
