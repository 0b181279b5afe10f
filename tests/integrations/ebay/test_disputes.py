"""Payment disputes: read in windows, answered with evidence first, and once."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from integrations.ebay.cases.disputes import dispute_of
from integrations.errors import IntegrationError, ObjectMissing, Throttled
from integrations.selling.records import CaseStep
from integrations.selling.refusals import RefusedFields
from integrations.selling.values import Fields
from sandbox.ebay.faults import EbayFaultKind
from tests.integrations.ebay.conftest import NOW, EbayWorld
from tests.integrations.ebay.test_fulfilment import CUTS, an_order

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64
EVIDENCE = CaseStep("ADD_EVIDENCE", file_name='../a "b"\r\n\u00fc.png', file=PICTURE)


def a_dispute(ebay: EbayWorld) -> str:
    opened = ebay.control("disputes", {"seller": "EBAY_DE", "order_id": an_order(ebay)["orderId"]})
    assert isinstance(opened, dict)
    return str(opened["disputeId"])


async def test_open_ones_of_any_age_and_newer_closed_ones_are_read_once(ebay: EbayWorld) -> None:
    ebay.server.sandbox.clock.set(NOW - timedelta(days=400))
    old_open, old_closed = a_dispute(ebay), a_dispute(ebay)
    ebay.control("disputes/decide", {"seller": "EBAY_DE", "dispute_id": old_closed})
    ebay.server.sandbox.clock.set(NOW - timedelta(days=150))
    closed = a_dispute(ebay)
    ebay.control("disputes/decide", {"seller": "EBAY_DE", "dispute_id": closed})
    ebay.server.sandbox.clock.set(NOW)
    found = [case async for page in ebay.session().cases(NOW - timedelta(days=200)) for case in page.cases]
    assert sorted(case.external_id for case in found) == sorted([old_open, closed])
    by_id = {case.external_id: case for case in found}
    assert by_id[old_open].actions == ("ACCEPT", "CONTEST", "ADD_EVIDENCE")
    assert by_id[old_open].respond_by is not None
    assert (by_id[old_open].amount, by_id[old_open].currency) == (Decimal("80.00"), "EUR")
    assert (by_id[closed].status, by_id[closed].actions) == ("CLOSED", ())


@pytest.mark.parametrize(
    "odd",
    [
        {"status": 200, "body": "{}"},
        {"status": 200, "body": "[1"},
        {"status": 404},
        {"status": 400, "body": '{"errors":[{"errorId":33000,"message":"no"}]}'},
        {"status": 500},
    ],
)
async def test_one_that_cannot_be_read_alone_is_told_and_costs_no_other(ebay: EbayWorld, odd: dict[str, Any]) -> None:
    bad, good = a_dispute(ebay), a_dispute(ebay)
    ebay.spoil("fulfillment.get_dispute", path=f"*/{bad}", times=None, **odd)
    found = {case.external_id: case async for page in ebay.session().cases(NOW) for case in page.cases}
    assert found[good].actions == ("ACCEPT", "CONTEST", "ADD_EVIDENCE")
    assert (found[good].problems, found[bad].actions, found[bad].status) == ((), (), "AWAITING_SELLER")
    assert [(problem.field, problem.external_id) for problem in found[bad].problems] == [("actions", bad)]


async def test_what_is_wrong_with_all_of_them_ends_the_reading(ebay: EbayWorld) -> None:
    a_dispute(ebay)
    ebay.spoil("fulfillment.get_dispute", status=429, times=None)
    with pytest.raises(Throttled):
        [page async for page in ebay.session().cases(NOW)]


@pytest.mark.parametrize("cut", CUTS)
async def test_evidence_then_contest_once_wherever_it_is_cut(ebay: EbayWorld, cut: EbayFaultKind) -> None:
    session, dispute_id = ebay.session(), a_dispute(ebay)
    case = await session.case("DISPUTE", dispute_id)
    for call, step in (
        ("fulfillment.upload_evidence", EVIDENCE),
        ("fulfillment.add_evidence", EVIDENCE),
        ("fulfillment.contest", CaseStep("CONTEST", message="It arrived.")),
    ):
        ebay.spoil(call, cut)
        ebay.spoil("fulfillment.get_dispute", EbayFaultKind.RESET, nth=2, times=None)
        with suppress(IntegrationError):
            await session.act(case, step)
        ebay.server.sandbox.faults.clear()
        await session.act(case, step)
    await session.act(case, CaseStep("CONTEST"))
    kept = ebay.shop().disputes[dispute_id]
    assert (len(kept.evidence), kept.response, kept.note) == (1, "CONTEST", "It arrived.")
    digest = sha256(PICTURE).hexdigest()[:12]
    assert [file.name for file in kept.files.values()][-1] == f"a--b-----{digest}.png"


async def test_two_pictures_of_one_name_are_both_added_once(ebay: EbayWorld) -> None:
    session, dispute_id = ebay.session(), a_dispute(ebay)
    case = await session.case("DISPUTE", dispute_id)
    other = CaseStep("ADD_EVIDENCE", file_name=EVIDENCE.file_name, file=PICTURE + b"1")
    for step in (EVIDENCE, other, EVIDENCE, other):
        await session.act(case, step)
    assert len(ebay.shop().disputes[dispute_id].evidence) == 2


async def test_a_revision_that_has_moved_is_read_anew(ebay: EbayWorld) -> None:
    session, dispute_id = ebay.session(), a_dispute(ebay)
    case = await session.case("DISPUTE", dispute_id)
    ebay.control("disputes/revise", {"seller": "EBAY_DE", "dispute_id": dispute_id})
    await session.act(case, CaseStep("ACCEPT"))
    await session.act(case, CaseStep("ACCEPT"))
    after = await session.case("DISPUTE", dispute_id)
    assert (after.status, after.outcome) == ("CLOSED", "SELLER_ACCEPTED")
    with pytest.raises(RefusedFields):
        await session.act(case, CaseStep("CONTEST"))


@pytest.mark.parametrize(
    "step",
    [
        CaseStep("CONTEST"),
        CaseStep("ADD_EVIDENCE"),
        CaseStep("ADD_EVIDENCE", file=b"%PDF-1.7"),
        CaseStep("ADD_EVIDENCE", file=PICTURE + b"0" * 1_600_000),
        CaseStep("REFUND"),
    ],
)
async def test_what_ebay_does_not_take_is_a_refusal(ebay: EbayWorld, step: CaseStep) -> None:
    session, dispute_id = ebay.session(), a_dispute(ebay)
    with pytest.raises(RefusedFields):
        await session.act(await session.case("DISPUTE", dispute_id), step)
    assert not ebay.shop().disputes[dispute_id].evidence


async def test_a_dispute_of_nobody_is_missing(ebay: EbayWorld) -> None:
    with pytest.raises(ObjectMissing):
        await ebay.session().case("DISPUTE", "1")


def test_odd_disputes_are_left_out_or_told() -> None:
    assert dispute_of(Fields({})) is None
    raw = {"paymentDisputeId": "1", "openDate": "2026-11-01T00:00:00Z", "paymentDisputeStatus": "?", "amount": 3}
    case = dispute_of(Fields(raw))
    assert case is not None
    assert (case.status, case.amount, case.currency) == (None, None, None)
    assert [problem.field for problem in case.problems] == ["status"]
