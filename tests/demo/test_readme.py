"""The README against the demo: its operations answer as printed, its table names every setting, its links lead on."""

import re
from typing import Any

import pytest

from settings.model import Settings
from tests.demo.conftest import Demo
from tests.demo.printed import operations
from tests.doors.http import GraphQLClient
from tests.processes import ROOT

README = ROOT / "README.md"
GUIDES = [README, *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = "```sh\nmake run "
_SETTING = re.compile(r"^\| `([A-Z0-9_]+)` \|", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def shape(value: Any) -> Any:
    """What stays the same from day to day: names of fields and kinds of values; lists by their first element."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


async def answers(client: GraphQLClient, text: str, variables: dict[str, str]) -> list[Any]:
    """The answers without their `extensions`, which the README leaves out."""
    used = {name: value for name, value in variables.items() if f"${name}" in text}
    if not text.startswith("subscription"):
        body = (await client.ask(text, **used)).body
        assert set(body.pop("extensions")) == {"cost"}
        return [body]
    async with client.subscribe(text, **used) as events:
        return [event async for event in events]


async def run(demo: Demo) -> list[list[Any]]:
    """The answers to all operations, each with what the ones before brought."""
    client, variables, found = demo.nobody, {"adAccountId": demo.accounts[0]}, []
    for operation in operations(README):
        found.append(await answers(client, operation.text, variables))
        data = found[-1][0]["data"]
        if "login" in data:
            client = client.signed_in(data["login"]["accessToken"])
        if "refreshAdAccount" in data:
            variables["jobId"] = data["refreshAdAccount"]["refreshJob"]["id"]
    return found


async def test_the_operations_answer_as_printed(demo: Demo) -> None:
    printed, found = [operation.answers for operation in operations(README)], await run(demo)
    assert len(found) == 5
    for expected, actual in zip(printed, found, strict=True):
        assert shape(actual[0]) == shape(expected[0])
        assert "errors" not in expected[0]
    assert found[4][-1]["data"]["refreshProgress"]["status"] == "SUCCEEDED"
    assert printed[4][-1]["data"]["refreshProgress"]["status"] == "SUCCEEDED"


def test_it_opens_with_the_two_commands() -> None:
    opening = README.read_text().split("```")[1].splitlines()
    assert README.read_text().startswith("```sh\n")
    assert [line.split("#")[0].strip() for line in opening[1:]] == ["make run", "make test"]


def test_every_setting_stands_in_the_table() -> None:
    assert sorted(_SETTING.findall(README.read_text())) == sorted(name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_links_lead_somewhere(guide: Any) -> None:
    missing = [link for link in _LINK.findall(guide.read_text()) if not (guide.parent / link).exists()]
    assert missing == []
