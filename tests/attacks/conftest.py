"""The front that attackers meet."""

import pytest

from tests.attacks.front import Front
from tests.client import GraphQLClient


@pytest.fixture
def front(server: GraphQLClient) -> Front:
    return Front(server)
