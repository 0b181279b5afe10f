"""Refresh jobs through the API's own text: mutations, reading and lists."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from analytics.periods import AskedDays
from embedded.postgres import DatabaseUrls
from models.billing.usage_counter import count_use
from resolvers.node_id import decode_id, encode_id
from services.billing.plans import FREE, QuotaKind
from services.ingestion.lifecycle import run_refresh
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.sandbox.graph_client import TODAY
from tests.worlds.ads import statements
from tests.worlds.nodes import node_away
from tests.worlds.refreshes import NOON, RefreshWorld, refresh_world

JOB = """
fragment Job on RefreshJob {
  id status trigger requestedBy { kind user { name } apiKey { id } } range { start end } progress daysTotal daysDone
  rowsFetched rowsStored rowsRemoved apiCalls waitReason resumesAt attempt error { code message retryable }
  gaps { day field message } warnings queuedAt startedAt finishedAt version adAccount { id name }
}
"""
REFRESH = (
    """
mutation ($input: RefreshInput!) {
  refreshAdAccount(input: $input) { refreshJob { ...Job } userErrors { code message field } }
}
"""
    + JOB
)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


def door(world: RefreshWorld) -> Door:
    return Door(world.tools, world.viewer)


async def refresh(world: RefreshWorld, account_id: str, **between: Any) -> Any:
    wanted = {"range": {"between": between}} if between else {}
    answer = await door(world).ask(REFRESH, input={"adAccountId": account_id} | wanted)
    assert answer.codes == []
    return answer.data["refreshAdAccount"]


async def test_a_refresh_is_asked_for_watched_and_read(world: RefreshWorld) -> None:
    account = await world.connected()
    account_id = encode_id("AdAccount", account.id)
    asked = await refresh(world, account_id, **{"from": "2026-11-15", "to": "2026-11-21"})
    job = asked["refreshJob"]
    assert asked["userErrors"] == []
    assert (job["status"], job["trigger"], job["version"], job["daysTotal"]) == ("QUEUED", "MANUAL", 1, 7)
    assert job["range"] == {"start": "2026-11-15", "end": "2026-11-21"}
    assert job["requestedBy"] == {"kind": "USER", "user": {"name": "Owner"}, "apiKey": None}
    assert job["adAccount"]["id"] == account_id
    job_id = decode_id(job["id"], "RefreshJob")
    assert job_id is not None
    await run_refresh(world.tools, tenant_id=world.entities.tenant_id, job_id=job_id)
    read = await door(world).ask(
        "query ($id: ID!) { refreshJob(id: $id) { ...Job } node(id: $id) { id } }" + JOB, id=job["id"]
    )
    finished = read.data["refreshJob"]
    assert read.data["node"] == {"id": job["id"]}
    assert (finished["status"], finished["progress"], finished["daysDone"]) == ("SUCCEEDED", 1.0, 7)
    assert finished["rowsStored"] == finished["rowsFetched"] > 0
    assert (finished["error"], finished["gaps"], finished["warnings"]) == (None, [], [])


@pytest.mark.parametrize(
    ("between", "code"),
    [
        ({"from": "2026-11-21", "to": "2026-11-20"}, "INVALID"),
        ({"from": "2027-01-01", "to": "2027-01-02"}, "INVALID"),
        ({"from": "2010-01-01", "to": "2010-01-02"}, "INVALID"),
    ],
)
async def test_a_wrong_range_is_a_user_error(world: RefreshWorld, between: dict[str, str], code: str) -> None:
    account = await world.connected()
    asked = await refresh(world, encode_id("AdAccount", account.id), **between)
    assert asked["refreshJob"] is None
    assert [(error["code"], error["field"]) for error in asked["userErrors"]] == [(code, ["input", "range"])]


async def test_a_retry_without_access_names_the_job_that_was_given(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    text = "mutation ($id: ID!) { %s(id: $id) { userErrors { code field } } }"
    cancelled, retried = "cancelRefreshJob", "retryRefreshJob"
    await door(world).ask(text % cancelled, id=encode_id("RefreshJob", job.id))
    await world.change("update ad_account set disconnected_at = now() where tenant_id = :tenant")
    answer = await door(world).ask(text % retried, id=encode_id("RefreshJob", job.id))
    assert answer.data[retried]["userErrors"] == [{"code": "FORBIDDEN", "field": ["id"]}]


async def test_foreign_ids_are_not_found_and_malformed_ones_invalid(world: RefreshWorld, tools: Toolbox) -> None:
    async with refresh_world(tools) as other:
        foreign = await other.connected()
        job = await other.requested(foreign)
    ids = (encode_id("AdAccount", foreign.id), encode_id("Campaign", foreign.id), "nonsense")
    answers = [await refresh(world, node_id) for node_id in ids]
    assert [answer["userErrors"][0]["code"] for answer in answers] == ["NOT_FOUND", "INVALID", "INVALID"]
    assert answers[1]["userErrors"][0]["field"] == ["input", "adAccountId"]
    text = "mutation ($id: ID!) { %s(id: $id) { refreshJob { id } userErrors { code } } }"
    for name in ("cancelRefreshJob", "retryRefreshJob"):
        for node_id, code in ((encode_id("RefreshJob", job.id), "NOT_FOUND"), ("nonsense", "INVALID")):
            answer = await door(world).ask(text % name, id=node_id)
            assert answer.data[name] == {"refreshJob": None, "userErrors": [{"code": code}]}
    read = await door(world).ask("query ($id: ID!) { refreshJob(id: $id) { id } }", id=encode_id("RefreshJob", job.id))
    assert (read.data, read.codes) == ({"refreshJob": None}, [])


async def test_cancel_and_retry(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    text = "mutation ($id: ID!) { %s(id: $id) { refreshJob { status attempt } userErrors { code } } }"

    async def act(name: str) -> Any:
        return (await door(world).ask(text % name, id=encode_id("RefreshJob", job.id))).data[name]

    assert (await act("cancelRefreshJob"))["refreshJob"] == {"status": "CANCELLED", "attempt": 1}
    assert (await act("cancelRefreshJob"))["userErrors"] == [{"code": "NOT_CANCELLABLE"}]
    assert (await act("retryRefreshJob"))["refreshJob"] == {"status": "QUEUED", "attempt": 2}
    assert (await act("retryRefreshJob"))["userErrors"] == [{"code": "NOT_RETRYABLE"}]


async def test_lists_filter_and_page_with_a_constant_number_of_statements(world: RefreshWorld) -> None:
    accounts = [await world.connected(external_id) for external_id in ("act_1001", "act_1002")]
    for account in accounts:
        for age in range(3):
            await world.requested(account, AskedDays(TODAY - timedelta(days=age), TODAY))
    with statements(world.tools.db) as sent:
        answer = await door(world).ask(
            "{ adAccounts { nodes { refreshJobs(first: 2) { totalCount nodes { status adAccount { name } } } } } }"
        )
    pages = [node["refreshJobs"] for node in answer.data["adAccounts"]["nodes"]]
    assert [(page["totalCount"], len(page["nodes"])) for page in pages] == [(3, 2), (3, 2)]
    assert len(sent) <= 4
    text = """query ($filter: RefreshJobFilter) { refreshJobs(first: 2, filter: $filter) {
      totalCount pageInfo { hasNextPage } nodes { adAccount { id } } } }"""
    own = encode_id("AdAccount", accounts[0].id)
    filtered = await door(world).ask(text, filter={"adAccountIds": [own], "status": ["QUEUED"]})
    assert filtered.data["refreshJobs"] == {
        "totalCount": 3,
        "pageInfo": {"hasNextPage": True},
        "nodes": [{"adAccount": {"id": own}}] * 2,
    }
    assert (await door(world).ask(text, filter={"adAccountIds": ["nonsense"]})).codes == ["BAD_USER_INPUT"]
    assert (await door(world).ask("{ refreshJobs(first: 0) { totalCount } }")).codes == ["BAD_USER_INPUT"]


REFRESH_ALL = """
mutation ($ids: [ID!], $range: DateRangeInput, $breakdowns: [Breakdown!]) {
  refreshAdAccounts(ids: $ids, range: $range, breakdowns: $breakdowns) {
    refreshJobs { status daysTotal breakdowns adAccount { externalId } } userErrors { code message field retryAfter }
  }
}
"""


async def refresh_all(world: RefreshWorld, **asked: Any) -> tuple[list[str], list[Any]]:
    answer = await door(world).ask(REFRESH_ALL, **asked)
    assert answer.codes == []
    payload = answer.data["refreshAdAccounts"]
    return [job["adAccount"]["externalId"] for job in payload["refreshJobs"]], payload["userErrors"]


async def test_all_connected_accounts_are_refreshed_by_one_call(world: RefreshWorld) -> None:
    assert await refresh_all(world) == ([], [])
    for name in ("act_1001", "act_1002"):
        await world.connected(name, name=name)
    await world.connected("act_1003", disconnected_at=NOON)
    await world.connected("act_9000", frozen_at=NOON)
    assert await refresh_all(world, range={"preset": "LAST_7_DAYS"}) == (["act_1001", "act_1002"], [])
    assert await refresh_all(world, breakdowns=["AGE"]) == (["act_1001", "act_1002"], [])
    jobs = await world.select(
        "select days_total, breakdowns from refresh_job where tenant_id = :tenant order by days_total"
    )
    assert [tuple(job) for job in jobs] == [(7, [])] * 2 + [(28, ["AGE"])] * 2


async def test_an_account_that_is_refused_costs_no_other(world: RefreshWorld, tools: Toolbox) -> None:
    fine, frozen = await world.connected(), await world.connected("act_1002", frozen_at=NOON, name="Cold")
    stranger = await (await world.another_tenant()).connected()
    ids = [encode_id("AdAccount", each.id) for each in (frozen, fine, stranger, fine)] + ["act_1001"]
    refreshed, errors = await refresh_all(world, ids=ids)
    assert refreshed == [fine.external_id]
    assert [(each["code"], each["field"]) for each in errors] == [
        ("INVALID", ["ids", "4"]),
        ("QUOTA_EXCEEDED", ["ids", "0"]),
        ("NOT_FOUND", ["ids", "2"]),
    ]
    assert errors[1]["message"].startswith("Cold: ")


async def test_the_days_refreshes_used_up_are_told_once(world: RefreshWorld) -> None:
    names = ("act_1001", "act_1002", "act_1003")
    for name in names:
        await world.connected(name, name=name)
    limit = FREE.limits[QuotaKind.REFRESHES_PER_DAY] or 0
    async with world.tools.db.write(world.viewer) as session:
        for _ in range(limit - 1):
            await count_use(session, QuotaKind.REFRESHES_PER_DAY.value, day=TODAY, limit=None)
    for _ in range(2):
        refreshed, [error] = await refresh_all(world)
        assert refreshed == ["act_1001"]
        assert (error["code"], error["field"], error["retryAfter"] > 0) == ("QUOTA_EXCEEDED", None, True)


async def test_what_no_account_can_be_asked_is_refused_as_a_whole(world: RefreshWorld) -> None:
    await world.connected()
    _, [error] = await refresh_all(world, breakdowns=["COUNTRY", "AGE"])
    assert (error["code"], error["field"]) == ("INVALID", ["breakdowns"])
    refreshed, [error] = await refresh_all(world, range={"between": {"from": "2030-01-01", "to": "2030-01-02"}})
    assert (refreshed, error["code"], error["field"]) == ([], "INVALID", ["range"])


@pytest.mark.one_node(reason="a policy with a function plays the lost node")
async def test_a_lost_node_is_an_outage_for_its_own_tenants_alone(world: RefreshWorld, postgres: DatabaseUrls) -> None:
    other, account = await world.another_tenant(), await world.connected()
    beside = await other.connected()
    asked = "{ adAccounts { nodes { id } } }"
    async with node_away(postgres, account.tenant_id):
        assert set((await door(world).ask(asked)).codes) == {"DATABASE_UNAVAILABLE"}
        wanted = {"adAccountId": encode_id("AdAccount", account.id)}
        assert (await door(world).ask(REFRESH, input=wanted)).codes == ["DATABASE_UNAVAILABLE"]
        answer = await door(other).ask(asked)
        assert (await refresh(other, encode_id("AdAccount", beside.id)))["userErrors"] == []
    assert answer.data["adAccounts"]["nodes"] == [{"id": encode_id("AdAccount", beside.id)}]
