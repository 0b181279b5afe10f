"""A browser extension at work over HTTP: it is handed out a job of its channel, and what it says is taken over once."""

import io
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.acting import TenantScope
from models.relay.step import RelayStep
from resolvers.node_id import encode_id
from tests.worlds.pairing import PairingWorld

CLAIM = """
mutation ($version: String! = "1.0.0", $protocol: Int! = 1) {
  claimRelayWork(agentVersion: $version, protocol: $protocol) {
    lease { id kind attempt expiresIn heartbeatSeconds callTimeoutSeconds spacingMs
      steps { index operation arguments isUnsafe } }
    retryAfter userErrors { code message }
  }
}
"""
REPORT = """
mutation ($input: RelayReportInput!) {
  reportRelayStep(input: $input) { accepted stop expiresIn userErrors { code field } }
}
"""
OVER: dict[str, Any] = {"accepted": False, "stop": False, "expiresIn": None, "userErrors": []}
ME = {"id": "77", "name": "ann"}


async def waiting(world: PairingWorld, **given: Any) -> tuple[str, UUID]:
    """The token of an extension that has something to do, and the job's id."""
    token, _ = await world.paired(**given)
    [job_id] = await world.values("select id from channel_job where tenant_id = :tenant")
    step = RelayStep(tenant_id=world.tenant_id, job_id=job_id, key="who", number=1, operation="WHOAMI")
    async with world.world.db.write(TenantScope(world.tenant_id)) as session:
        session.add(step)
    return token, job_id


async def claimed(world: PairingWorld, token: str, **given: Any) -> Any:
    return (await world.world.say(CLAIM, token, **given))["claimRelayWork"]


async def reported(world: PairingWorld, token: str, lease: str, state: str, **given: Any) -> Any:
    told = {"leaseId": lease, "step": 0, "state": state, **given}
    return (await world.world.say(REPORT, token, input=told))["reportRelayStep"]


async def steps(world: PairingWorld) -> list[Any]:
    return await world.values("select state, result from relay_step where tenant_id = :tenant")


async def test_a_job_is_handed_out_and_what_is_said_of_it_is_taken_over(world: PairingWorld) -> None:
    token, _ = await waiting(world)
    given = await claimed(world, token)
    lease = given["lease"]
    assert lease["steps"] == [{"index": 0, "operation": "WHOAMI", "arguments": {}, "isUnsafe": False}]
    assert (lease["kind"], lease["attempt"], lease["expiresIn"]) == ("CHECK", 1, 120)
    assert (lease["heartbeatSeconds"], lease["callTimeoutSeconds"], lease["spacingMs"]) == (20, 30, 5000)
    # One lease at a time: the rest of it is the time to wait.
    again = await claimed(world, token)
    assert (again["lease"], again["retryAfter"]) == (None, 120)
    started = {"accepted": True, "stop": False, "expiresIn": 120, "userErrors": []}
    for _ in range(2):
        assert await reported(world, token, lease["id"], "STARTED") == started
    for _ in range(2):
        assert (await reported(world, token, lease["id"], "DONE", result=ME))["accepted"]
    assert await steps(world) == [("DONE", ME)]


async def test_a_lease_of_another_channel_is_over(world: PairingWorld) -> None:
    token, _ = await waiting(world)
    other = PairingWorld(world.world, await world.world.person())
    foreign, _ = await other.paired()
    lease = (await claimed(world, token))["lease"]["id"]
    unknown = [
        encode_id("RelayLease", uuid4()),
        encode_id("ChannelJob", uuid4()),
        "",
        "x" * 10_000,
        "\x00",
        str(uuid4()),
    ]
    for who, named in [(foreign, lease), *((token, each) for each in unknown)]:
        assert await reported(world, who, named, "DONE", result=ME) == OVER, named
    assert await steps(world) == [("WANTED", None)]


async def test_an_old_token_changes_nothing_of_a_lease_that_it_has(world: PairingWorld) -> None:
    token, _ = await waiting(world)
    lease = (await claimed(world, token))["lease"]["id"]
    [channel_id] = await world.values("select id from channel where tenant_id = :tenant")
    newer = (await world.told((await world.code(channel_id=channel_id)).code))["token"]
    for text in (CLAIM, REPORT):
        given = {"input": {"leaseId": lease, "step": 0, "state": "DONE", "result": ME}} if text == REPORT else {}
        assert (await world.world.as_(token).ask(text, **given)).codes == ["UNAUTHENTICATED"]
    assert await steps(world) == [("WANTED", None)]
    assert (await claimed(world, newer))["lease"] is None


@pytest.mark.parametrize("result", [None, 1, "text", [], [ME]])
async def test_a_result_that_is_none_is_refused(world: PairingWorld, result: Any) -> None:
    token, _ = await waiting(world)
    lease = (await claimed(world, token))["lease"]["id"]
    told = await reported(world, token, lease, "DONE", result=result)
    assert (told["accepted"], [each["code"] for each in told["userErrors"]]) == (False, ["INVALID"])
    assert await steps(world) == [("WANTED", None)]


@pytest.mark.parametrize(("size", "codes"), [(1_048_000, []), (1_048_577, ["INVALID"]), (3_000_000, ["INVALID"])])
async def test_a_result_has_at_most_a_mebibyte(world: PairingWorld, size: int, codes: list[str]) -> None:
    token, _ = await waiting(world)
    lease = (await claimed(world, token))["lease"]["id"]
    told = {"leaseId": lease, "step": 0, "state": "DONE", "result": {"text": "x" * size}}
    body = io.BytesIO(json.dumps({"query": REPORT, "variables": {"input": told}}).encode())
    client = world.world.as_(token)
    reply = await client.send("POST", data=body, headers={"content-type": "application/json"})
    said = reply.data["reportRelayStep"]
    assert (said["accepted"], [each["code"] for each in said["userErrors"]]) == (not codes, codes)


@pytest.mark.parametrize(
    "given",
    [
        {"state": "UNKNOWN"}, {"state": None}, {"step": "0"}, {"step": 2**40}, {"error": "OTHER"}, {"httpStatus": "x"},
        {"leaseId": None}, {"leaseId": {}}, {"more": 1},
    ],
)  # fmt: skip
async def test_a_report_of_another_form_is_no_report(world: PairingWorld, given: dict[str, Any]) -> None:
    token, _ = await waiting(world)
    told = {"leaseId": (await claimed(world, token))["lease"]["id"], "step": 0, "state": "STARTED", **given}
    assert (await world.world.as_(token).ask(REPORT, input=told)).codes == ["BAD_USER_INPUT"]
    assert await steps(world) == [("WANTED", None)]


async def test_a_failure_of_odd_numbers_is_taken_over(world: PairingWorld) -> None:
    token, _ = await waiting(world)
    lease = (await claimed(world, token))["lease"]["id"]
    odd = {"error": "RATE_LIMITED", "message": "x" * 100_000, "httpStatus": -1, "retryAfter": 2**31 - 1, "step": 0}
    assert await reported(world, token, lease, "STARTED", step=-1) == OVER
    assert await reported(world, token, lease, "STARTED", step=2**31 - 1) == OVER
    assert (await reported(world, token, lease, "FAILED", **odd))["accepted"]


@pytest.mark.parametrize(
    ("given", "code"), [({"version": "0.1"}, "AGENT_OUTDATED"), ({"protocol": 2}, "AGENT_OUTDATED")]
)
async def test_an_extension_that_is_too_old_gets_no_work(world: PairingWorld, given: Any, code: str) -> None:
    token, _ = await waiting(world)
    told = await claimed(world, token, **given)
    assert (told["lease"], [each["code"] for each in told["userErrors"]]) == (None, ["AGENT_OUTDATED"])
    assert told["retryAfter"] >= 60
    assert [each["code"] for each in (await claimed(world, token, version="new"))["userErrors"]] == ["INVALID"]
    assert (await claimed(world, token))["lease"] is not None


@pytest.mark.parametrize("text", [CLAIM, REPORT])
async def test_people_and_programs_are_handed_out_nothing(world: PairingWorld, text: str) -> None:
    await waiting(world)
    lease = encode_id("RelayLease", uuid4())
    given = {"input": {"leaseId": lease, "step": 0, "state": "STARTED"}} if text == REPORT else {}
    assert await world.world.codes(text, world.owner, **given) == ["FORBIDDEN"]
    assert await world.world.codes(text, None, **given) == ["UNAUTHENTICATED"]
