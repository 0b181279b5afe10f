"""A mutation that is declared to take more may be given more, alone; nothing else is."""

import json
from io import BytesIO

import pytest

from execution.limits.large_input import LARGE_BODY_BYTES, LARGE_MAX_VALUES
from execution.limits.shape import MAX_VALUES
from tests.doors.http import GraphQLClient, Reply

MANY = "mutation($values: [Int!]!) { changeMany(values: $values) }"
BESIDE = "mutation($values: [Int!]!) { changeMany(values: $values) change }"
SPREAD = "mutation($values: [Int!]!) { ...Changed } fragment Changed on Mutation { changeMany(values: $values) }"
OTHER = "query($name: String!) { hello(name: $name) }"


async def sent(client: GraphQLClient, text: str, *, spaces: int = 0, **variables: object) -> Reply:
    body = json.dumps({"query": text, "variables": variables}).encode() + b" " * spaces
    return await client.send("POST", data=BytesIO(body), headers={"content-type": "application/json"})


async def test_it_takes_as_many_values_as_it_may(client: GraphQLClient) -> None:
    # The variables and the list are values too.
    most = LARGE_MAX_VALUES - 2
    assert (await sent(client, MANY, values=[1] * most)).data == {"changeMany": f"changed{most}"}
    assert (await sent(client, MANY, values=[1] * (most + 1))).codes == ["QUERY_TOO_COMPLEX"]


@pytest.mark.parametrize("text", [BESIDE, SPREAD], ids=["beside another", "in a fragment"])
async def test_only_alone(client: GraphQLClient, text: str) -> None:
    assert (await sent(client, text, values=[1] * MAX_VALUES)).codes == ["QUERY_TOO_COMPLEX"]
    assert (await sent(client, text, values=[1])).codes == []


async def test_it_may_come_in_more_bytes(client: GraphQLClient) -> None:
    assert (await sent(client, MANY, spaces=LARGE_BODY_BYTES - 200, values=[1, 2])).data == {"changeMany": "changed2"}
    reply = await sent(client, MANY, spaces=LARGE_BODY_BYTES, values=[1, 2])
    assert (reply.status, reply.codes) == (413, ["BAD_USER_INPUT"])


async def test_others_may_not(client: GraphQLClient) -> None:
    reply = await sent(client, OTHER, spaces=1_100_000, name="you")
    assert (reply.status, reply.codes) == (413, ["BAD_USER_INPUT"])
    # To name it is not to ask for it.
    reply = await sent(client, OTHER, spaces=1_100_000, name="changeMany")
    assert (reply.status, reply.codes) == (400, ["QUERY_TOO_COMPLEX"])
