"""Nothing of one tenant reaches another without policies either, since every named query says its tenant. Slow proofs.

The walk of test_isolation.py once more, while the policies of the distributed tables let everything pass.
"""

from collections.abc import AsyncIterator

import pytest

from embedded.postgres import DatabaseUrls
from models.placement import DISTRIBUTED
from tests.isolation.test_isolation import *  # noqa: F403 - every test of the walk, and its fixtures
from tests.isolation.undone import strangers_rows, undone
from tests.isolation.worlds import Worlds

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module", autouse=True)
async def _without_policies(postgres: DatabaseUrls) -> AsyncIterator[None]:
    async with undone(postgres, *DISTRIBUTED):
        yield


@pytest.mark.parametrize("table", DISTRIBUTED)
async def test_a_query_without_the_tenant_sees_the_strangers_row(both: Worlds, table: str) -> None:
    """The control."""
    assert await strangers_rows(both, table) >= 1
