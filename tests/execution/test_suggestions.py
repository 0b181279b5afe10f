"""Suggestions: an error names what was probably meant where clients may ask for the schema, and nothing where not."""

import pytest

from tests.doors.http import GraphQLClient, Reply
from tests.execution.conftest import SmallDoor

WRONG = [
    ("{ helo }", "hello"),
    ("{ hello(nme: 1) }", "name"),
    ("query ($c: Colur) { hello }", "Colour"),
    ("{ ...f } fragment f on Quer { hello }", "Query"),
    ("{ find(where: { nme: 1 }) }", "name"),
    ("{ painted(colour: REDD) }", "RED"),
]
IN_A_VARIABLE = (
    'query ($where: Where = { name: "x" }, $colour: Colour) { find(where: $where) painted(colour: $colour) }'
)
PAINTING = "subscription ($colour: Colour!) { painting(colour: $colour) }"
SUGGESTION = "Did you mean"


def suggested(reply: Reply) -> str:
    return "".join(error["message"].partition(SUGGESTION)[2] for error in reply.errors)


@pytest.mark.parametrize(("text", "meant"), WRONG)
async def test_an_error_suggests_names_where_the_schema_is_shown_alone(
    client: GraphQLClient, door: SmallDoor, text: str, meant: str
) -> None:
    for shows_schema in (True, False, True):  # the same text, which is kept
        door.shows_schema = shows_schema
        reply = await client.ask(text)
        assert set(reply.codes) == {"BAD_USER_INPUT"}
        told = suggested(reply)
        assert (told != "", meant in told) == (shows_schema, shows_schema), reply.text


@pytest.mark.parametrize(("variables", "meant"), [({"where": {"nme": "x"}}, "name"), ({"colour": "REDD"}, "RED")])
@pytest.mark.parametrize("shows_schema", [True, False])
async def test_so_does_one_about_a_variable(
    client: GraphQLClient, door: SmallDoor, variables: dict[str, object], meant: str, *, shows_schema: bool
) -> None:
    door.shows_schema = shows_schema
    reply = await client.ask(IN_A_VARIABLE, **variables)
    assert set(reply.codes) == {"BAD_USER_INPUT"}
    told = suggested(reply)
    assert (told != "", meant in told) == (shows_schema, shows_schema), reply.text


@pytest.mark.parametrize("shows_schema", [True, False])
async def test_so_does_one_about_a_variable_of_a_subscription(
    client: GraphQLClient, door: SmallDoor, *, shows_schema: bool
) -> None:
    door.shows_schema = shows_schema
    async with client.socket() as socket:
        await socket.introduce({})
        await socket.start("1", PAINTING, {"colour": "REDD"})
        message = await socket.hear()
    assert message["type"] == "error"
    assert (SUGGESTION in message["payload"][0]["message"]) is shows_schema


async def test_what_resembles_nothing_gets_no_suggestion(client: GraphQLClient) -> None:
    reply = await client.ask("{ " + "z" * 5000 + " }")
    assert (reply.codes, SUGGESTION in reply.text) == (["BAD_USER_INPUT"], False)
