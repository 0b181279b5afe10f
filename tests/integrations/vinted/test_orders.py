"""Sales of a member: every one that changed, whatever the list tells of changes, and whatever single records are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import Barred, Misshapen, ObjectMissing, Throttled
from integrations.selling.records import OrderPage, RecordProblem, RemoteOrder
from integrations.vinted.orders import KnownOrder
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepWish
from tests.stand_ins.relay import NOON, ScriptedRelay, failed, price

E = RelayErrorCode
SINCE, UNTIL = NOON - timedelta(days=1), NOON
ODD: list[Any] = [None, "", [], {}, 0, -1, True, 1.5, "x" * 100_000, [None], [[]], "\x00", "2026-13-45"]


def an_order(order_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": order_id,
        "status": "PAID",
        "placedAt": (NOON - timedelta(hours=2)).isoformat(),
        "item": [{"id": f"i{order_id}", "title": "Red dress", "price": price("12.50")}],
        "total": price("12.50"),
        "buyer": {"handle": "ada", "country": "FR"},
        **more,
    }


def put(relay: ScriptedRelay, *orders: Mapping[str, Any], **row: Any) -> None:
    for order in orders:
        relay.site.orders[order["id"]] = dict(order)
        told = {"updatedAt": order["updatedAt"]} if "updatedAt" in order else {}
        relay.site.order_rows.append({"id": order["id"], "status": "Paid", **told, **row})


async def pages(relay: ScriptedRelay, known: Mapping[str, KnownOrder] | None = None) -> list[OrderPage]:
    async def stored(ids: Sequence[str]) -> Mapping[str, KnownOrder]:
        return {each: found for each in ids if (found := (known or {}).get(each)) is not None}

    return await relay.until_done(
        lambda _session: _read(relay.session(stored)),
    )


async def _read(session: Any) -> list[OrderPage]:
    return [page async for page in session.orders(SINCE, UNTIL)]


async def read(
    relay: ScriptedRelay, known: Mapping[str, KnownOrder] | None = None
) -> tuple[dict[str, RemoteOrder], list[RecordProblem]]:
    found = await pages(relay, known)
    odd = [problem for page in found for problem in page.unreadable]
    return {order.external_id: order for page in found for order in page.orders}, odd


def asked(relay: ScriptedRelay) -> list[str]:
    return [wish.arguments["id"] for wish in relay.site.done if wish.operation is RelayOperation.GET_ORDER]


async def test_a_sale_is_told_in_our_words() -> None:
    relay = ScriptedRelay()
    put(
        relay,
        an_order(
            "1",
            updatedAt=(NOON - timedelta(hours=1)).isoformat(),
            shipping=price("2.88"),
            refunds=[{"id": "r1", "amount": price("2.00"), "at": NOON.isoformat()}],
            tracking={"carrier": "Mondial Relay", "code": "AB 12"},
            url="https://www.vinted.fr/inbox/1",
        ),
    )
    found, odd = await read(relay)
    order = found["1"]
    assert odd == []
    assert (order.status, order.currency, order.updated_at) == ("PAID", "EUR", NOON - timedelta(hours=1))
    assert [order.subtotal, order.discount, order.total] == [Decimal("12.50"), 0, Decimal("12.50")]
    # The parcel is paid to Vinted, which takes nothing of who sells.
    assert [order.shipping, order.tax, order.fees] == [0, 0, 0]
    [line] = order.lines
    assert (line.listing_external_id, line.quantity, line.unit_price) == ("i1", 1, Decimal("12.50"))
    [refund] = order.refunds
    assert (refund.external_id, refund.amount, refund.is_settled) == ("r1", Decimal("2.00"), True)
    [parcel] = order.shipments
    assert (parcel.carrier, parcel.tracking_code) == ("Mondial Relay", "AB 12")
    assert (order.buyer_handle, order.buyer_country, order.url) == ("ada", "FR", "https://www.vinted.fr/inbox/1")


async def test_a_bundle_costs_less_than_its_things_and_a_buyers_total_is_not_ours() -> None:
    relay = ScriptedRelay()
    two = [{"id": f"i{each}", "title": "Thing", "price": price("10.00")} for each in "ab"]
    put(relay, an_order("1", item=two, total=price("15.00")), an_order("2", total=price("17.20")))
    found, _ = await read(relay)
    assert [found["1"].subtotal, found["1"].discount, found["1"].total] == [20, 5, 15]
    assert [found["2"].discount, found["2"].total] == [0, Decimal("12.50")]


async def test_where_the_list_tells_of_changes_only_those_are_asked_for_and_the_rest_of_the_list_is_not() -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 3
    for age in range(12):
        put(relay, an_order(str(age), updatedAt=(NOON - timedelta(hours=10 * age)).isoformat()))
    found, _ = await read(relay)
    assert sorted(found) == ["0", "1", "2"]
    assert asked(relay) == ["0", "1", "2"]
    lists = [each for each in relay.site.done if each.operation is RelayOperation.LIST_ORDERS]
    # Of the first page the last is not older yet: then all others are asked for at once.
    assert len(lists) == 4
    relay.site.order_rows = relay.site.order_rows[1:]
    again = ScriptedRelay(relay.site)
    relay.site.done.clear()
    assert sorted((await read(again))[0]) == ["1", "2"]
    assert [each.arguments["page"] for each in relay.site.done if each.operation is RelayOperation.LIST_ORDERS] == [1]


@pytest.mark.parametrize("spoiled", ["missing", "unordered"])
async def test_a_list_that_is_not_in_the_order_of_changes_is_read_to_its_end(spoiled: str) -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 3
    for age in range(30, 60):
        put(relay, an_order(str(age), updatedAt=(NOON - timedelta(hours=age)).isoformat()))
    put(relay, an_order("new", updatedAt=(NOON - timedelta(hours=1)).isoformat()))
    rows = relay.site.order_rows
    if spoiled == "missing":
        del rows[0]["updatedAt"]
    else:
        rows[0], rows[1] = rows[1], rows[0]
    found, _ = await read(relay)
    assert "new" in found


async def test_where_the_list_tells_nothing_what_may_still_change_is_asked_for() -> None:
    relay = ScriptedRelay()
    put(relay, *(an_order(each) for each in ("new", "paid", "sent", "done", "gone")))
    at = NOON - timedelta(days=3)
    known = {
        "paid": KnownOrder("PAID", at),
        "sent": KnownOrder("PAID", at),
        "done": KnownOrder("COMPLETED", at),
        "gone": KnownOrder("CANCELLED", at),
    }
    relay.site.orders["sent"]["status"] = "SHIPPED"
    found, _ = await read(relay, known)
    assert sorted(found) == ["new", "paid", "sent"]
    # What is as it was is no newer than what is stored; the rest is as new as its reading.
    assert {name: order.updated_at for name, order in found.items()} == {"new": NOON, "paid": at, "sent": NOON}


async def test_new_sales_between_two_pages_and_holes_cost_no_sale() -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 4
    put(relay, *(an_order(str(number)) for number in range(22)))

    def sell(number: int, wish: StepWish) -> None:
        if wish.operation is RelayOperation.LIST_ORDERS and number in (2, 4):
            relay.site.orders[f"s{number}"] = an_order(f"s{number}")
            relay.site.order_rows.insert(0, {"id": f"s{number}", "status": "Paid"})

    relay.site.meanwhile = sell
    relay.site.orders.pop("7")
    found, odd = await read(relay)
    assert {str(number) for number in range(22)} - {"7"} <= found.keys()
    assert [each.external_id for each in odd] == ["7"]


async def test_one_odd_order_costs_no_other_one() -> None:
    relay = ScriptedRelay()
    put(relay, an_order("1"), an_order("2", item=[]), an_order("3", total=None), an_order("4"))
    relay.site.order_rows.append({"status": "Paid"})
    relay.site.orders["5"] = {}
    relay.site.order_rows.append({"id": "5"})
    found, odd = await read(relay)
    assert sorted(found) == ["1", "4"]
    assert [each.external_id for each in odd] == [None, "2", "3", "5"]
    assert all(each.message.startswith(("Vinted", "A sale")) for each in odd)


async def test_refusals_of_single_orders_are_problems_and_others_end_the_reading() -> None:
    relay = ScriptedRelay(fates={"order-1": failed(E.INVALID, "Secret"), "order-2": failed(E.NOT_FOUND)})
    put(relay, an_order("1"), an_order("2"), an_order("3"))
    found, odd = await read(relay)
    assert sorted(found) == ["3"]
    assert [each.external_id for each in odd] == ["1", "2"]
    for error, kind in ((E.RATE_LIMITED, Throttled), (E.CHALLENGE, Barred)):
        other = ScriptedRelay(relay.site, fates={"order-2": failed(error)})
        with pytest.raises(kind):
            await read(other)
        # Nothing more was asked for after it.
        assert "order-3" not in other.kept


@pytest.mark.parametrize(
    "name", ["status", "updatedAt", "shipping", "refunds", "tracking", "buyer", "url", "extra", "id"]
)
@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
async def test_an_odd_member_of_an_order_costs_only_itself(name: str, value: object) -> None:
    relay = ScriptedRelay()
    put(relay, an_order("1"))
    relay.site.orders["1"][name] = value
    found, odd = await read(relay)
    assert odd == []
    assert (found["1"].total, len(found["1"].lines)) == (Decimal("12.50"), 1)


@pytest.mark.parametrize("name", ["placedAt", "item", "total"])
@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
async def test_what_an_order_cannot_do_without_makes_it_a_problem(name: str, value: object) -> None:
    relay = ScriptedRelay()
    put(relay, an_order("1"))
    relay.site.orders["1"][name] = value
    found, odd = await read(relay)
    assert found == {}
    assert [each.external_id for each in odd] == ["1"]


async def test_an_order_in_two_currencies_and_an_unknown_state_are_told() -> None:
    relay = ScriptedRelay()
    mixed = [{"id": "i", "title": "Thing", "price": price("10.00", "PLN")}]
    put(relay, an_order("1", item=mixed), an_order("2", status="IN_LIMBO"))
    found, odd = await read(relay)
    assert [each.external_id for each in odd] == ["1"]
    assert (found["2"].status, len(found["2"].problems)) == (None, 1)


async def test_single_orders_are_asked_for_by_their_ids() -> None:
    relay = ScriptedRelay()
    put(relay, an_order("1"), an_order("2", item=None))
    assert (await relay.until_done(lambda session: session.order("1"))).external_id == "1"
    with pytest.raises(Misshapen):
        await relay.until_done(lambda session: session.order("2"))
    with pytest.raises(ObjectMissing):
        await relay.until_done(lambda session: session.order("3"))


async def test_what_is_no_list_ends_the_reading() -> None:
    relay = ScriptedRelay(fates={"orders-page-1": StepAnswer({"orders": "none", "totalPages": 1})})
    with pytest.raises(Misshapen):
        await read(relay)


async def test_times_that_no_calendar_has_are_none() -> None:
    relay = ScriptedRelay()
    put(relay, an_order("1", placedAt="0001-01-01T00:00:00+00:00"))
    put(relay, an_order("2", placedAt="9999-12-31T23:59:59-12:00"), an_order("3", placedAt="2026-11-30T12:00:00"))
    found, odd = await read(relay)
    assert (found, len(odd)) == ({}, 3)
    assert datetime(2000, 1, 1, tzinfo=UTC) < NOON


async def test_a_state_that_is_not_known_is_told_by_its_beginning() -> None:
    relay = ScriptedRelay()
    put(relay, an_order("1", status="\x1b[31m" + "X" * 500_000))
    found, _ = await read(relay)
    [problem] = found["1"].problems
    assert ("[31MXXX" in problem.message, "\x1b" in problem.message, len(problem.message) < 200) == (True, False, True)
