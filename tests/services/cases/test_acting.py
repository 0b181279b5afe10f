"""Cases are answered once, by what they allow, and what became of it is stored."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from errors import Refused, UserErrorCode
from integrations.errors import Rejected, Unavailable
from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobStatus
from models.channel_jobs.job_queries import EVERY_CHANNEL_JOB, list_channel_jobs, open_channel_jobs
from models.keyset import Window
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.channel_jobs.admission import lock_with_channel
from tests.integrations.ebay.conftest import EbayWorld
from tests.integrations.ebay.test_disputes import PICTURE
from tests.services.cases.test_syncing import REMOTE, telling
from tests.worlds.ads import statements
from tests.worlds.cases import CaseWorld, Told, a_case, a_dispute, at_ebay
from tests.worlds.channel_jobs import cancel, retry
from tests.worlds.imports import upload

S = ChannelJobStatus
ACT = """mutation ($input: ActOnCaseInput!, $key: String!) { actOnCase(input: $input, idempotencyKey: $key) {
  jobs { id kind status subject { id } } userErrors { code field message } } }"""
LISTS = """query ($id: ID!) { node(id: $id) { id } channelJobs { nodes { id kind status } }
  channels { nodes { jobs(first: 5) { nodes { id kind status } } } } }"""


async def acted(world: CaseWorld, external_id: str, action: str, key: str = "k", **given: Any) -> Any:
    case = (await world.cases())[external_id]
    wish = {"caseId": encode_id("OrderCase", case.id), "action": action, **given}
    answer = await world.ask(ACT, input=wish, key=key)
    assert answer.codes == [], answer.messages
    return answer.data["actOnCase"]


async def jobs(world: CaseWorld) -> list[ChannelJob]:
    """The actions, the newest first."""
    async with world.tools.db.read(world.team.viewer) as session:
        found = (await list_channel_jobs(session, EVERY_CHANNEL_JOB, Window(100))).rows
    return [job for job in found if job.kind == "CASE_ACTION"]


async def done(world: CaseWorld) -> ChannelJob:
    return await world.run((await jobs(world))[0])


async def refusal(world: CaseWorld, external_id: str, action: str, key: str = "r", **given: Any) -> tuple[str, Any]:
    [error] = (await acted(world, external_id, action, key, **given))["userErrors"]
    return error["code"], error["field"]


async def test_a_return_is_accepted_once_and_the_second_wish_is_refused(world: CaseWorld, ebay: EbayWorld) -> None:
    at_ebay(world, ebay)
    case_id = a_case(ebay)
    await world.synced()
    first = await acted(world, case_id, "ACCEPT", "one", message="Send it back, please.")
    again = await acted(world, case_id, "ACCEPT", "two", message="Send it back, please.")
    assert [job["id"] for job in again["jobs"]] == [job["id"] for job in first["jobs"]]
    assert first["jobs"][0]["subject"]["id"] == encode_id("OrderCase", (await world.cases())[case_id].id)
    assert await refusal(world, case_id, "DECLINE") == ("CONFLICT", ["input", "caseId"])
    log = (await world.ask("{ auditLog { nodes { action } } }")).data["auditLog"]["nodes"]
    # The reading before is the other one.
    assert [each["action"] for each in log].count("channel_job.requested") == 2
    job = await done(world)
    assert (job.status, "message" in job.payload) == (S.SUCCEEDED, False)
    case = (await world.cases())[case_id]
    assert (case.status, "ACCEPT" in case.actions) == ("AWAITING_BUYER", False)
    assert await refusal(world, case_id, "ACCEPT", "three") == ("CONFLICT", ["input", "action"])
    assert ebay.calls().count("graphql.approveReturn") == 1


async def test_a_dispute_is_answered_with_evidence_first(world: CaseWorld, ebay: EbayWorld) -> None:
    at_ebay(world, ebay)
    dispute = a_dispute(ebay)
    await world.synced()
    wrong = await refusal(world, dispute, "ADD_EVIDENCE", "a", file=upload(b"GIF89a", name="a.gif"))
    assert wrong == ("FILE_INVALID", ["input", "file"])
    answer = await acted(world, dispute, "ADD_EVIDENCE", "b", file=upload(PICTURE, name="proof.png"))
    assert answer["userErrors"] == []
    job = await done(world)
    assert (job.status, job.payload["file"]) == (S.SUCCEEDED, None)
    assert (await acted(world, dispute, "CONTEST", "c", message="It has arrived."))["userErrors"] == []
    assert (await done(world)).status is S.SUCCEEDED
    assert (await world.cases())[dispute].status == "AWAITING_CHANNEL"
    assert await refusal(world, dispute, "ADD_EVIDENCE", "d", file=upload(PICTURE)) == ("CONFLICT", ["input", "action"])


@pytest.mark.parametrize("end", ["FAILED", "CANCELLED"])
async def test_a_file_is_not_kept_after_its_job_and_such_a_job_is_not_retried(world: CaseWorld, end: str) -> None:
    world.open = Refusing
    await world.case(external_id="d-1", kind="DISPUTE", actions=["ADD_EVIDENCE"])
    await acted(world, "d-1", "ADD_EVIDENCE", file=upload(PICTURE, name="proof.png"))
    job = await world.row((await jobs(world))[0])
    assert job.payload["file"]
    job = await world.run(job) if end == "FAILED" else await cancel(world, job)
    assert (job.status, job.payload["file"], job.payload["file_name"]) == (end, None, "proof.png")
    with pytest.raises(Refused, match="with the file") as refused:
        await retry(world, job)
    assert refused.value.user_code is UserErrorCode.NOT_RETRYABLE


async def test_what_a_job_was_asked_with_is_not_read_with_lists(world: CaseWorld) -> None:
    await world.case(external_id="d-1", kind="DISPUTE", actions=["ADD_EVIDENCE"])
    await acted(world, "d-1", "ADD_EVIDENCE", file=upload(PICTURE, name="proof.png"))
    job = await world.row((await jobs(world))[0])
    with statements(world.tools.db) as sent:
        answer = await world.ask(LISTS, id=encode_id("ChannelJob", job.id))
        async with world.tools.db.write(world.team.viewer) as session:
            assert [each.id for each in await open_channel_jobs(session, job.channel_id)] == [job.id]
            assert await lock_with_channel(session, job.id) is not None
    assert answer.codes == []
    assert answer.data["channelJobs"]["nodes"] == answer.data["channels"]["nodes"][0]["jobs"]["nodes"]
    reading = [each for each in sent if "FROM channel_job" in each]
    # The lock reads the whole row, and nothing else does.
    assert ["channel_job.payload" in each for each in reading].count(True) == 1
    assert "FOR UPDATE" in next(each for each in reading if "channel_job.payload" in each)


@pytest.mark.parametrize(
    ("action", "given", "field"),
    [
        ("ACCEPT", {"amount": 5}, "amount"),
        ("ACCEPT", {"message": ""}, "message"),
        ("ACCEPT", {"message": "x" * 1001}, "message"),
        ("ACCEPT", {"message": "\0"}, "message"),
        ("DECLINE", {"carrier": "DHL"}, "trackingCode"),
        ("REFUND", {"amount": 0}, "amount"),
        ("REFUND", {"amount": -1}, "amount"),
        ("REFUND", {"amount": 1.00001}, "amount"),
        ("REFUND", {"amount": 12.51}, "amount"),
        ("PROVIDE_TRACKING", {}, "carrier"),
        ("PROVIDE_TRACKING", {"carrier": "DHL"}, "trackingCode"),
        ("PROVIDE_TRACKING", {"carrier": "x" * 101, "trackingCode": "1"}, "carrier"),
        ("ADD_EVIDENCE", {}, "file"),
        ("MESSAGE", {}, "message"),
        ("MESSAGE", {"message": None}, "message"),
        ("MARK_RECEIVED", {"message": "x"}, "message"),
        ("CONTEST", {}, "action"),
    ],
)
async def test_what_an_action_does_not_take_is_refused_by_name(
    world: CaseWorld, action: str, given: dict[str, Any], field: str
) -> None:
    possible = ["ACCEPT", "DECLINE", "REFUND", "PROVIDE_TRACKING", "ADD_EVIDENCE", "MESSAGE", "MARK_RECEIVED"]
    await world.case(external_id="c-1", actions=possible, currency="EUR", amount="12.50")
    answer = await world.ask(
        ACT,
        input={"caseId": encode_id("OrderCase", (await world.cases())["c-1"].id), "action": action, **given},
        key="k",
    )
    assert answer.codes == [], answer.messages
    assert [error["field"] for error in answer.data["actOnCase"]["userErrors"]] == [["input", field]]
    assert await jobs(world) == []


async def test_an_inquiry_at_ebay_is_refunded_whole(world: CaseWorld) -> None:
    await world.case(external_id="c-1", kind="INQUIRY", actions=["REFUND"], currency="EUR", amount="12.50")
    assert await refusal(world, "c-1", "REFUND", amount=5) == ("INVALID", ["input", "amount"])
    assert await jobs(world) == []
    assert (await acted(world, "c-1", "REFUND"))["userErrors"] == []


async def test_only_whoever_may_refund_may_answer_and_unknown_cases_are_not_found(
    world: CaseWorld, dropped_resolvers: object
) -> None:
    case = await world.case(actions=["ACCEPT"])
    world.role = Role.MANAGER
    wish = {"caseId": encode_id("OrderCase", case.id), "action": "ACCEPT"}
    assert (await world.ask(ACT, input=wish, key="k")).codes == ["FORBIDDEN"]
    world.role = Role.ADMIN
    gone = (await world.ask(ACT, input={**wish, "caseId": encode_id("OrderCase", world.channel.id)}, key="k")).data
    assert gone["actOnCase"]["userErrors"][0]["code"] == "NOT_FOUND"
    await world.disconnect()
    closed = (await world.ask(ACT, input=wish, key="l")).data["actOnCase"]["userErrors"][0]
    assert (closed["code"], closed["field"]) == ("FORBIDDEN", ["input", "caseId"])


class Losing(Told):
    """Does what it is told and loses the answer, so often."""

    lost = 1

    async def act(self, case: Any, step: Any) -> None:
        await super().act(case, step)
        if self.lost:
            self.lost -= 1
            raise Unavailable("the answer was lost")


async def test_a_lost_answer_makes_the_next_run_look_but_no_message_is_sent_twice(world: CaseWorld) -> None:
    closed = replace(REMOTE, status="CLOSED", actions=())
    told = Losing(alone={"c-1": closed})
    world.open = lambda: told
    await world.case(external_id="c-1", actions=["ACCEPT", "MESSAGE"])
    await acted(world, "c-1", "ACCEPT", "a")
    job = await done(world)
    assert job.status is S.UNCERTAIN
    assert (await world.run(job)).status is S.SUCCEEDED
    assert ((await world.cases())["c-1"].status, len(told.steps)) == ("CLOSED", 2)
    await world.case(external_id="c-2", actions=["MESSAGE"])
    told.lost, told.alone["c-2"] = 1, replace(REMOTE, external_id="c-2")
    world.clock.move(minutes=1)
    await acted(world, "c-2", "MESSAGE", "b", message="Hello")
    failed = await world.run(await done(world))
    assert (failed.status, failed.error_code, len(told.steps)) == (S.FAILED, ChannelJobErrorCode.REJECTED, 3)
    assert "not known" in str(failed.error_message)


async def test_what_was_done_is_not_done_again_when_reading_it_fails(world: CaseWorld) -> None:
    told = telling(world, c_1=Unavailable("away"))
    await world.case(external_id="c-1", actions=["MESSAGE"])
    await acted(world, "c-1", "MESSAGE", message="Hello")
    job = await done(world)
    assert (job.status, len(told.steps)) == (S.WAITING, 1)
    told.alone["c-1"] = REMOTE
    world.clock.move(minutes=2)
    assert (await world.run(job)).status is S.SUCCEEDED
    assert len(told.steps) == 1


async def test_an_action_that_the_case_allows_no_more_fails_before_anything_is_sent(world: CaseWorld) -> None:
    told = telling(world, c_1=REMOTE)
    await world.case(external_id="c-1", actions=["ACCEPT"])
    await acted(world, "c-1", "ACCEPT")
    await world.change("update order_case set actions = '{}' where tenant_id = :tenant")
    job = await done(world)
    assert (job.status, job.error_code, told.steps) == (S.FAILED, ChannelJobErrorCode.REJECTED, [])


class Refusing(Told):
    async def act(self, _case: Any, _step: Any) -> None:
        raise Rejected("eBay does not allow this.")


async def test_a_refusal_of_the_channel_fails_the_job_with_its_words(world: CaseWorld) -> None:
    world.open = Refusing
    await world.case(external_id="c-1", actions=["ACCEPT"])
    await acted(world, "c-1", "ACCEPT")
    job = await done(world)
    assert (job.status, job.error_message) == (S.FAILED, "eBay does not allow this.")
    assert timedelta(0) <= world.clock() - job.queued_at
