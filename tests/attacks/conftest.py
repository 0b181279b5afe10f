"""The front that attackers meet."""

import pytest

from tests.attacks.front import Front
from tests.doors.http import GraphQLClient


@pytest.fixture
def front(server: GraphQLClient) -> Front:
    return Front(server)
