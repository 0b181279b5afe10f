"""previewNaming at the door: what a template would make of names, and which templates and lists are refused."""

from typing import Any

import pytest

from models.tenants.membership import Role
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld, entity_world

PREVIEW = """
query ($template: NamingTemplateInput!, $names: [String!]!) {
  previewNaming(template: $template, names: $names) {
    name status tags { field raw value label source error suggestion }
  }
}
"""
TEMPLATE: dict[str, Any] = {
    "name": "Ads",
    "level": "AD",
    "mode": "POSITION",
    "delimiter": "_",
    "fields": [
        {"key": "format", "type": "ENUM", "required": True, "labels": [{"code": "UGC", "label": "User made"}]},
        {"key": "hook", "default": "none"},
        {"key": "made", "type": "DATE", "dateFormat": "DD.MM.YY"},
    ],
}


@pytest.fixture
async def team(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


@pytest.fixture
def door(tools: Toolbox, team: EntityWorld) -> Door:
    return Door(tools, team.as_role(Role.VIEWER))


def tag(field: str, raw: str | None, value: str | None, source: str, **more: str) -> dict[str, Any]:
    return {"field": field, "raw": raw, "value": value, "source": source, "label": None, "error": None} | {
        "suggestion": None,
        **more,
    }


async def test_a_preview_tells_what_each_name_says_and_what_is_wrong(door: Door) -> None:
    names = ["ugc_Summer_05.01.25 – Kopie 2", "UCG__05/01/25", "Summer"]  # noqa: RUF001 - on purpose
    told = (await door.ask(PREVIEW, template=TEMPLATE, names=names)).data["previewNaming"]
    assert [each["name"] for each in told] == names
    assert [each["status"] for each in told] == ["MATCHED", "UNMATCHED", "UNMATCHED"]
    assert told[0]["tags"] == [
        tag("format", "ugc", "UGC", "MAPPED", label="User made"),
        tag("hook", "Summer", "Summer", "PARSED"),
        tag("made", "05.01.25", "2025-01-05", "MAPPED"),
        tag("_copy", "– Kopie 2", "2", "PARSED"),  # noqa: RUF001 - on purpose
    ]
    assert told[1]["tags"] == [
        tag("format", "UCG", None, "MISSING", error="It is none of the field's codes.", suggestion="UGC"),
        tag("hook", None, "none", "DEFAULT"),
        tag("made", "05/01/25", None, "MISSING", error="It is no date as DD.MM.YY writes it."),
    ]


async def test_a_template_that_is_not_good_is_refused_with_the_place(door: Door) -> None:
    fields = [*TEMPLATE["fields"][:2], {"key": "made", "type": "DATE", "dateFormat": "DD.MM"}]
    answer = await door.ask(PREVIEW, template=TEMPLATE | {"fields": fields}, names=["a"])
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages[0].startswith("`template.fields.2.dateFormat`: A format of dates has ")
    assert (await door.ask(PREVIEW, template=TEMPLATE | {"delimiter": None}, names=[])).codes == ["BAD_USER_INPUT"]


async def test_an_id_of_another_type_is_refused(door: Door) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "`template.id`": {"id": "42"},
        "`template.adAccountIds.0`": {"adAccountIds": ["Q2FtcGFpZ246MQ=="]},
    }
    for path, ids in wrong.items():
        answer = await door.ask(PREVIEW, template=TEMPLATE | ids, names=[])
        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.messages[0].startswith(path)


async def test_a_thousand_names_are_read_and_no_more(door: Door) -> None:
    names = [f"ugc_{number}_05.01.25" for number in range(1001)]
    told = (await door.ask(PREVIEW, template=TEMPLATE, names=names[:1000])).data["previewNaming"]
    assert {each["status"] for each in told} == {"MATCHED"}
    assert (await door.ask(PREVIEW, template=TEMPLATE, names=names)).codes == ["BAD_USER_INPUT"]
    assert (await door.ask(PREVIEW, template=TEMPLATE, names=[])).data == {"previewNaming": []}


async def test_an_odd_name_costs_no_other_its_answer(door: Door) -> None:
    names = ["", " ", "🔥" * 400, "\x00", "=cmd|' /C calc'!A0", "x" * 100_000, "ugc_\u202eHi_01.01.25"]
    told = (await door.ask(PREVIEW, template=TEMPLATE, names=names)).data["previewNaming"]
    assert [each["name"] for each in told] == names
    assert [each["status"] for each in told] == ["UNMATCHED"] * 6 + ["MATCHED"]
    assert told[-1]["tags"][1]["value"] == "Hi"
    [half] = (await door.ask(PREVIEW, template=TEMPLATE, names=["ugc_\ud800_01.01.25"])).data["previewNaming"]
    assert (half["name"], half["status"]) == ("ugc_?_01.01.25", "MATCHED")


async def test_nobody_without_credentials_reads_names(tools: Toolbox) -> None:
    assert (await Door(tools, None).ask(PREVIEW, template=TEMPLATE, names=["a"])).codes == ["UNAUTHENTICATED"]
