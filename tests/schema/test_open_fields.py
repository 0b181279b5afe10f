"""Open root fields: what their declarations say is what their resolvers do."""

import pytest
from graphql import GraphQLObjectType

from execution.open_fields import is_open
from schema import build_schema
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.isolation.operations import Writer
from tests.worlds.imports import upload

CORE = build_schema().core
KNOWN = {"ID": '"VGVuYW50OjE="', "Query.adAccount.externalId": '"act_1"'}
# It has an answer for nobody: it clears the cookie of the browser's session, which needs no bearer.
OPEN_AND_REFUSED = {"logout"}
ROOTS: list[GraphQLObjectType] = [root for root in (CORE.query_type, CORE.mutation_type) if root is not None]
FIELDS = [(root.name, name, is_open(field)) for root in ROOTS for name, field in root.fields.items()]


@pytest.mark.parametrize(("root", "name", "opened"), FIELDS, ids=[f"{root}.{name}" for root, name, _ in FIELDS])
async def test_a_field_asks_for_a_sign_in_unless_it_is_declared_as_open(
    tools: Toolbox, root: str, name: str, opened: bool
) -> None:
    writer = Writer(CORE, KNOWN, deepest=1)
    # Beside a field that is open to everybody, so that the resolver itself has to answer.
    text = writer.operation(root, f"{writer.call(root, name)} __typename")
    answer = await Door(tools, None).ask(text, file=upload("nothing"))
    assert ("UNAUTHENTICATED" in answer.codes) is (not opened or name in OPEN_AND_REFUSED)
    assert answer.data["__typename"] == root


def test_of_subscriptions_none_is_open() -> None:
    assert CORE.subscription_type is not None
    assert [name for name, field in CORE.subscription_type.fields.items() if is_open(field)] == []


async def test_an_operation_of_closed_fields_alone_does_not_run(tools: Toolbox) -> None:
    answer = await Door(tools, None).ask("{ tenant { id } adAccounts { totalCount } }")
    assert (answer.data, answer.codes, answer.paths) == (None, ["UNAUTHENTICATED"], [[]])
