"""As many corrections of names as one call may have, over HTTP: with a dry run before."""

import io
import json
from typing import Any

import pytest

from services.naming.overrides import MOST_AT_ONCE
from tests.demo.conftest import Demo

SAY = """
mutation ($overrides: [NamingOverrideInput!]!, $dryRun: Boolean!) {
  setNamingOverrides(overrides: $overrides, dryRun: $dryRun) {
    changed conflicts overrides { id scope target field value reason createdBy { name } } userErrors { code message }
  }
}
"""
NAMES = "{ ads(first: 3) { nodes { name tags { field value source } } } }"


@pytest.mark.drill
async def test_ten_thousand_overrides_are_one_call_and_its_dry_run_says_what_it_changes(demo: Demo) -> None:
    known = [each["name"] for each in (await demo.owner.ask(NAMES)).data["ads"]["nodes"]]
    names = [*known, *(f"Prospecting | UGC-Mom | H{number} | R-(9x16)" for number in range(MOST_AT_ONCE - len(known)))]
    overrides = [
        {"target": {"exactName": name}, "field": "batch", "value": "Autumn", "reason": "The list of November"}
        for name in names
    ]

    async def said(*, dry: bool, given: list[Any] = overrides) -> Any:
        body = {"query": SAY, "variables": {"overrides": given, "dryRun": dry}}
        sent = io.BytesIO(json.dumps(body).encode())
        reply = await demo.owner.send("POST", data=sent, headers={"content-type": "application/json"})
        assert reply.errors == [], reply.errors
        return reply.data["setNamingOverrides"]

    dry = await said(dry=True)
    assert (dry["changed"], dry["conflicts"], dry["overrides"], dry["userErrors"]) == (len(known), 0, [], [])
    done = await said(dry=False)
    assert (done["changed"], done["conflicts"], len(done["overrides"])) == (len(known), 0, MOST_AT_ONCE)
    assert [each["target"] for each in done["overrides"]] == names
    shown = (await demo.owner.ask(NAMES)).data["ads"]["nodes"]
    assert all({"field": "batch", "value": "Autumn", "source": "OVERRIDE"} in each["tags"] for each in shown)
    # The same list again says nothing new, and one more is too many.
    again = await said(dry=False)
    assert (again["changed"], [each["id"] for each in again["overrides"]]) == (
        0,
        [each["id"] for each in done["overrides"]],
    )
    refused = await said(dry=True, given=[*overrides, overrides[0]])
    assert [each["code"] for each in refused["userErrors"]] == ["INVALID"]
