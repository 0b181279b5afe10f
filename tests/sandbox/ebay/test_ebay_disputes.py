"""Payment disputes: evidence comes first, revisions move, and what is decided stays so."""

from datetime import timedelta

import pytest

from tests.sandbox.ebay.ebay_client import EbayClient, Got

ROOT = "/sell/fulfillment/v1"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture(autouse=True)
def _empty(ebay: EbayClient) -> None:
    for shop in ebay.server.sandbox.book.shops.values():
        shop.disputes.clear()


async def opened(ebay: EbayClient) -> tuple[str, str]:
    """The path of a dispute and its order's id."""
    made = await ebay.control("POST", "orders", {"seller": "EBAY_US", "lines": [{"price": "10.00"}]})
    body = {"seller": "EBAY_US", "order_id": made["orderId"]}
    dispute = await ebay.control("POST", "disputes", body)
    return f"{ROOT}/payment_dispute/{dispute['disputeId']}", made["orderId"]


async def read(ebay: EbayClient, path: str) -> Got:
    return await ebay.call("GET", path, seller="EBAY_US")


async def post(ebay: EbayClient, path: str, body: object) -> Got:
    return await ebay.call("POST", path, body, seller="EBAY_US")


async def upload(ebay: EbayClient, path: str, *files: tuple[str, str, bytes]) -> Got:
    boundary = "b7d1"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for field, name, content in files
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return await ebay.call("POST", f"{path}/upload_evidence_file", body, seller="EBAY_US", **kind)


async def with_evidence(ebay: EbayClient, path: str) -> str:
    file_id = (await upload(ebay, path, ("file", "proof.png", PNG))).body["fileId"]
    evidence = {"evidenceType": "PROOF_OF_DELIVERY", "files": [{"fileId": file_id}]}
    added = await post(ebay, f"{path}/add_evidence", evidence)
    assert added.status == 200, added
    return str(added.body["evidenceId"])


async def test_evidence_comes_before_the_contest_and_never_after(ebay: EbayClient) -> None:
    path, _ = await opened(ebay)
    first = (await read(ebay, path)).body
    assert (first["availableChoices"], first["revision"], first["amount"]["value"]) == (
        ["CONTEST", "ACCEPT"],
        1,
        "10.00",
    )
    assert (await post(ebay, f"{path}/contest", {"revision": 1})).error_ids == [33102]
    evidence_id = await with_evidence(ebay, path)
    assert (await post(ebay, f"{path}/contest", {"revision": 1})).error_ids == [33011]
    done = await post(ebay, f"{path}/contest", {"revision": 2, "note": "It was delivered."})
    assert (done.status, done.body) == (204, None)
    contested = (await read(ebay, path)).body
    assert (contested["paymentDisputeStatus"], contested["availableChoices"]) == ("OPEN", [])
    assert [each["evidenceId"] for each in contested["evidence"]] == [evidence_id]
    late = await upload(ebay, path, ("file", "late.png", PNG))
    assert (late.status, late.error_ids) == (409, [33004])
    again = await post(ebay, f"{path}/contest", {"revision": contested["revision"]})
    assert (again.status, again.error_ids) == (409, [33101])
    dispute_id = path.rsplit("/", 1)[1]
    await ebay.control("POST", "disputes/decide", {"seller": "EBAY_US", "dispute_id": dispute_id})
    decided = (await read(ebay, path)).body
    assert (decided["paymentDisputeStatus"], decided["resolution"]) == ("CLOSED", {"reasonForClosure": "SELLER_WON"})


async def test_what_is_accepted_is_paid_back(ebay: EbayClient) -> None:
    path, order_id = await opened(ebay)
    named = {"seller": "EBAY_US", "dispute_id": path.rsplit("/", 1)[1]}
    await ebay.control("POST", "disputes/revise", named)
    moved = await post(ebay, f"{path}/accept", {"revision": 1})
    assert (moved.status, moved.error_ids) == (409, [33011])
    assert (await post(ebay, f"{path}/accept", {"revision": 2})).status == 204
    assert (await post(ebay, f"{path}/accept", {"revision": 3})).error_ids == [33011]
    ebay.server.sandbox.clock.skew += timedelta(minutes=6)
    order = await read(ebay, f"{ROOT}/order/{order_id}")
    assert order.body["orderPaymentStatus"] == "FULLY_REFUNDED"


@pytest.mark.parametrize(
    ("files", "error_id"),
    [
        ([], 33100),
        ([("picture", "proof.png", PNG)], 33100),
        ([("file", "proof.png", b"GIF89a")], 33005),
        ([("file", "proof.pdf", PNG)], 33005),
        ([("file", "x" * 256 + ".png", PNG)], 33106),
        ([("file", "a.png", PNG), ("file", "b.png", PNG)], 33107),
    ],
)
async def test_a_file_that_is_no_picture_of_a_size_is_refused(
    ebay: EbayClient, files: list[tuple[str, str, bytes]], error_id: int
) -> None:
    path, _ = await opened(ebay)
    refused = await upload(ebay, path, *files)
    assert (refused.status, refused.error_ids) == (400, [error_id])


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_a_file_of_more_than_a_megabyte_and_a_half_is_refused(ebay: EbayClient) -> None:
    path, _ = await opened(ebay)
    refused = await upload(ebay, path, ("file", "proof.png", PNG + b"0" * 1_572_864))
    assert refused.error_ids == [33006]


async def test_evidence_and_answers_that_say_too_little_are_refused(ebay: EbayClient) -> None:
    path, _ = await opened(ebay)
    file_id = (await upload(ebay, path, ("file", "proof.jpg", b"\xff\xd8\xff0"))).body["fileId"]
    good = {"evidenceType": "PROOF_OF_DELIVERY", "files": [{"fileId": file_id}]}
    wrong: list[tuple[str, object, int]] = [
        ("add_evidence", good | {"evidenceType": "MY_WORD"}, 33008),
        ("add_evidence", good | {"files": []}, 33100),
        ("add_evidence", good | {"files": [{"fileId": "F0"}]}, 33003),
        ("add_evidence", good | {"lineItems": [{"itemId": "1", "lineItemId": "1"}]}, 33007),
        ("add_evidence", [], 2004),
        ("contest", {}, 33100),
        ("contest", {"revision": 1, "note": "x" * 1001}, 33100),
        ("contest", {"revision": "1"}, 2004),
        ("accept", {"revision": None}, 33100),
    ]
    for act, body, error_id in wrong:
        refused = await post(ebay, f"{path}/{act}", body)
        assert (refused.status, refused.error_ids) == (400, [error_id]), (act, body)
    assert (await read(ebay, f"{ROOT}/payment_dispute/0")).status == 404
    raw = await post(ebay, f"{path}/upload_evidence_file", PNG)
    assert raw.error_ids == [33100]


async def test_the_list_is_filtered_and_goes_in_pages(ebay: EbayClient) -> None:
    made = [await opened(ebay) for _ in range(3)]
    await post(ebay, f"{made[0][0]}/accept", {"revision": 1})

    async def ids(query: str) -> list[str]:
        got = await read(ebay, f"{ROOT}/payment_dispute_summary?{query}")
        return [each["orderId"] for each in got.body["paymentDisputeSummaries"]]

    orders = [order_id for _, order_id in made]
    assert sorted(await ids("")) == sorted(orders)
    assert await ids("payment_dispute_status=CLOSED") == orders[:1]
    two = await ids("payment_dispute_status=CLOSED&payment_dispute_status=ACTION_NEEDED&limit=2")
    assert len(two) == 2
    assert await ids(f"order_id={orders[1]}&payment_dispute_status=CLOSED") == [orders[1]]
    assert await ids("buyer_username=nobody") == []
    assert await ids("open_date_from=2026-01-01T00:00:00.000Z&open_date_to=2026-02-01T00:00:00.000Z") == []
    page = (await read(ebay, f"{ROOT}/payment_dispute_summary?limit=2")).body
    rest = await read(ebay, page["next"].removeprefix(ebay.server.url))
    assert (page["total"], len(rest.body["paymentDisputeSummaries"]), "next" in rest.body) == (3, 1, False)
    for query in ("limit=201", "limit=0", "offset=x", "payment_dispute_status=LOST", "open_date_from=today"):
        assert (await read(ebay, f"{ROOT}/payment_dispute_summary?{query}")).error_ids == [33001]


async def test_only_the_scope_of_disputes_reads_them(ebay: EbayClient) -> None:
    limited = EbayClient(ebay.server, ebay.http, {"EBAY_US": await ebay.token("EBAY_US", ["sell.fulfillment"])})
    assert (await read(limited, f"{ROOT}/payment_dispute_summary")).status == 403
