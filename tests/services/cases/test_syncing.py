"""Cases of a channel are read completely, whatever some of them look like, and those that have ended are noticed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import Misshapen, ObjectMissing, Unavailable
from integrations.selling.records import CasePage, RecordProblem, RemoteCase
from models.cases.case import OrderCaseStatus
from models.channel_jobs.job import ChannelJobStatus
from services.cases.syncing import FIRST_LOOK, LOOK_BACK
from tests.integrations.ebay.conftest import NOW, EbayWorld
from tests.worlds.cases import CaseWorld, Told, a_case, a_dispute, at_ebay, move

S = ChannelJobStatus
REMOTE = RemoteCase("RETURN", "c-1", "AWAITING_SELLER", NOW, actions=("ACCEPT", "MESSAGE"), details={"code": "OPEN"})


def telling(world: CaseWorld, *pages: Any, **alone: Any) -> Told:
    told = Told(list(pages), {name.replace("_", "-"): value for name, value in alone.items()})
    world.open = lambda: told
    return told


async def test_all_kinds_are_read_and_a_second_reading_changes_nothing(world: CaseWorld, ebay: EbayWorld) -> None:
    at_ebay(world, ebay)
    ids = {a_case(ebay, kind): kind for kind in ("RETURN", "CANCELLATION", "INQUIRY")} | {a_dispute(ebay): "DISPUTE"}
    job = await world.synced()
    assert (job.status, job.done, job.problems) == (S.SUCCEEDED, 4, [])
    found = await world.cases()
    assert {case_id: case.kind for case_id, case in found.items()} == ids
    [dispute] = [case for case in found.values() if case.kind == "DISPUTE"]
    assert (dispute.currency, dispute.actions) == ("EUR", ["ACCEPT", "CONTEST", "ADD_EVIDENCE"])
    assert dispute.respond_by is not None
    assert all(case.order_external_id for case in found.values())
    await world.synced()
    assert {case.version for case in (await world.cases()).values()} == {1}


async def test_cases_that_end_are_closed_however_old_they_are(world: CaseWorld, ebay: EbayWorld) -> None:
    at_ebay(world, ebay)
    ebay.server.sandbox.clock.set(NOW - timedelta(days=80))
    old, other = a_case(ebay), a_case(ebay, "INQUIRY")
    ebay.server.sandbox.clock.set(NOW)
    await world.synced()
    move(ebay, old, "CLOSED")
    await world.synced()
    found = await world.cases()
    assert (found[old].status, found[old].actions, found[old].version) == ("CLOSED", [], 2)
    assert (found[other].status, found[other].version) == ("AWAITING_SELLER", 1)


async def test_a_state_that_nobody_knows_is_a_problem_and_leaves_the_old_one(world: CaseWorld) -> None:
    telling(world, CasePage([REMOTE]))
    await world.synced()
    odd = replace(REMOTE, status=None, problems=(RecordProblem("eBay's state X is not known here.", "status", "c-1"),))
    telling(world, CasePage([odd, replace(REMOTE, external_id="c-2", status="ON_THE_MOON")]))
    job = await world.synced()
    messages = [each["message"] for each in job.problems]
    assert messages == [
        "Case c-1: eBay's state X is not known here.",
        "Case c-2: The state ON_THE_MOON is not known here.",
    ]
    assert {case.status for case in (await world.cases()).values()} == {OrderCaseStatus.AWAITING_SELLER}


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": "QUARREL"},
        {"external_id": ""},
        {"external_id": "x" * 100_000},
        {"amount": Decimal(5)},
        {"amount": Decimal(5), "currency": "euro"},
        {"amount": Decimal("NaN"), "currency": "EUR"},
        {"amount": Decimal(10) ** 20, "currency": "EUR"},
        {"reason": "\0" + "x" * 100_000, "outcome": "\0"},
        {"actions": ("ACCEPT", "JUGGLE"), "order_external_id": ""},
    ],
)
async def test_one_odd_record_never_costs_the_rest(world: CaseWorld, odd: dict[str, Any]) -> None:
    telling(world, CasePage([replace(REMOTE, **{"external_id": "odd", **odd}), REMOTE], [RecordProblem("No date.")]))
    job = await world.synced()
    assert job.status is S.SUCCEEDED
    assert "c-1" in await world.cases()
    assert "No date." in [each["message"] for each in job.problems]
    assert not any("\0" in str(case.reason) or len(str(case.reason)) > 1_000 for case in (await world.cases()).values())


async def test_a_case_that_is_shown_no_more_is_closed_and_one_that_cannot_be_read_stays(world: CaseWorld) -> None:
    gone, unread = await world.case(external_id="gone-1"), await world.case(external_id="unread-1")
    told = telling(world, CasePage([REMOTE]), gone_1=ObjectMissing("no"), unread_1=Misshapen("odd"))
    job = await world.synced()
    assert (job.status, job.done, job.total, told.asked_alone) == (S.SUCCEEDED, 3, 3, ["gone-1", "unread-1"])
    assert len(job.problems) == 2
    found = await world.cases()
    assert (found["gone-1"].status, found["gone-1"].closed_at) == ("CLOSED", world.clock())
    assert (found["unread-1"].status, found["unread-1"].version) == ("AWAITING_SELLER", unread.version)
    assert gone.id == found["gone-1"].id


async def test_a_pass_that_broke_off_keeps_its_pages_and_the_next_reads_from_the_same_moment(world: CaseWorld) -> None:
    """woosync 9: a watermark that moves past a failure loses what lay before it."""
    told = telling(world, CasePage([REMOTE]), Unavailable("away"))
    job = await world.synced()
    assert (job.status, set(await world.cases())) == (S.WAITING, {"c-1"})
    told.pages[1:] = []
    world.clock.move(hours=20)
    assert (await world.run(job)).status is S.SUCCEEDED
    assert told.asked_since[0] == NOW - FIRST_LOOK
    assert told.asked_since[1] <= NOW - FIRST_LOOK + timedelta(hours=20)
    world.clock.move(days=60)
    await world.synced()
    assert told.asked_since[2] < NOW + timedelta(hours=20)
    await world.synced()
    assert told.asked_since[3] == world.clock() - LOOK_BACK


async def test_somebody_may_ask_for_older_ones(world: CaseWorld) -> None:
    told = telling(world)
    await world.synced(since="2026-01-02T00:00:00+00:00")
    await world.synced(since=NOW.isoformat())
    assert [(each.year, each.month) for each in told.asked_since] == [(2026, 1), (2026, 10)]


async def test_nothing_of_a_buyer_is_stored_with_a_case(world: CaseWorld, ebay: EbayWorld) -> None:
    at_ebay(world, ebay)
    a_case(ebay)
    a_dispute(ebay)
    job = await world.synced()
    assert "buyer_" not in repr([case.model_dump() for case in (await world.cases()).values()])
    assert "buyer_" not in repr(job.model_dump())
