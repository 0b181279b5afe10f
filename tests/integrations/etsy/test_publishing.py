"""Offering, changing and ending at Etsy: once each, wherever an earlier call was cut."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from integrations.errors import IntegrationError, Rejected, Unavailable
from integrations.etsy import publishing
from integrations.etsy.drafts import problems_of
from integrations.etsy.listings import listings_by_sku
from integrations.etsy.session import EtsySession
from integrations.selling.records import ListingDraft, RemoteStatus
from integrations.selling.refusals import RefusedFields
from integrations.selling.values import Fields
from sandbox.marketplaces.faults import CallFaultKind
from tests.integrations.etsy.conftest import NOW, EtsyWorld
from tests.integrations.etsy.drafts import a_draft, listed, only, published, quietly, ref

CUTS = (CallFaultKind.RESET, CallFaultKind.ANSWER_LOST)


async def test_a_product_is_offered_step_by_step_and_told(etsy: EtsyWorld) -> None:
    steps: list[str] = []

    async def tell(words: str) -> None:
        steps.append(words)

    session = etsy.session()
    listing = await session.publish(a_draft(etsy), tell)
    assert (listing.status, listing.sku, listing.currency) == (RemoteStatus.LIVE, "MUG-1", "EUR")
    assert (listing.title, listing.price, listing.quantity) == ("Father's mug", Decimal("12.50"), 3)
    assert listing.description == "It holds tea."
    assert len(steps) == 6
    [found] = await listed(session)
    assert found == replace(listing, image_url=found.image_url)
    made = only(etsy)
    assert [picture.color for picture in made.images] != sorted(
        {picture.color for picture in made.images}, reverse=True
    )
    assert made.given["who_made"], made.given["when_made"] == ("i_did", "2020_2026")
    assert [fee.kind for fee in etsy.shop.fees] == ["publish"]


@pytest.mark.parametrize("kind", CUTS)
async def test_a_cut_at_any_call_ends_in_exactly_one_listing(etsy: EtsyWorld, kind: CallFaultKind) -> None:
    """Every call from the cut on fails, as for a process that died; the next one goes on."""
    session = etsy.session()
    await session.terms("CATEGORY", market="", parent=None, search=None)
    for nth in count(1):
        etsy.mend()
        draft = a_draft(etsy, sku=f"CUT-{kind}-{nth}")
        etsy.spoil("*", kind, nth=nth)
        etsy.spoil("*", CallFaultKind.RESET, nth=nth + 1, times=None)
        was_cut = await fails(session, draft)
        etsy.mend()
        listing = await session.publish(draft, quietly)
        again = await session.publish(draft, quietly)
        made = only(etsy, draft.sku)
        assert again.external_id == listing.external_id == str(made.listing_id)
        assert (made.state, len(made.images), made.given["description"]) == ("active", 2, "It holds tea.")
        if not was_cut:
            break
    assert nth >= 12
    assert {fee.kind for fee in etsy.shop.fees} == {"publish"}
    assert len(etsy.shop.fees) == len({fee.listing_id for fee in etsy.shop.fees})


async def fails(session: EtsySession, draft: ListingDraft) -> bool:
    try:
        await session.publish(draft, quietly)
    except IntegrationError:
        return True
    return False


@pytest.mark.parametrize("call", ["listings.create_draft", "listings.upload_image", "listings.update"])
async def test_a_lost_answer_is_looked_up_at_once(etsy: EtsyWorld, call: str) -> None:
    etsy.spoil(call, CallFaultKind.ANSWER_LOST)
    listing = await published(etsy)
    made = only(etsy)
    assert (str(made.listing_id), len(made.images)) == (listing.external_id, 2)
    assert etsy.calls().count(call) == (2 if call == "listings.upload_image" else 1)


async def test_a_sold_out_listing_is_not_renewed_by_a_lost_answer(etsy: EtsyWorld) -> None:
    """The listing became active, the answer was lost, and somebody bought all of it."""
    etsy.spoil("listings.update", CallFaultKind.ANSWER_LOST)
    etsy.spoil("listings.read", CallFaultKind.RESET, times=None)
    with pytest.raises(Unavailable):
        await published(etsy)
    etsy.mend()
    made = only(etsy)
    made.state, made.state_s = "sold_out", int(NOW.timestamp())
    with pytest.raises(RefusedFields) as caught:
        await published(etsy)
    assert caught.value.problems[0].field == "sku"
    assert (only(etsy).state, len(etsy.shop.fees)) == ("sold_out", 1)


@pytest.mark.parametrize("state", ["sold_out", "expired"])
async def test_what_was_over_long_ago_stays_over_and_a_new_listing_is_made(etsy: EtsyWorld, state: str) -> None:
    await published(etsy)
    old = only(etsy)
    old.state, old.state_s, old.updated_s = state, int(NOW.timestamp()), int(NOW.timestamp())
    etsy.at(NOW + timedelta(days=2))
    listing = await published(etsy)
    assert listing.external_id != str(old.listing_id)
    assert old.state == state
    assert [fee.kind for fee in etsy.shop.fees] == ["publish", "publish"]


async def test_a_paused_listing_is_active_again_with_the_draft_of_now(etsy: EtsyWorld) -> None:
    session = etsy.session()
    listing = await published(etsy)
    await session.end(ref(listing))
    assert only(etsy).state == "inactive"
    pictures = [f"{etsy.pictures}/90.jpg"]
    again = await published(etsy, title="Mother's mug", price=Decimal(9), quantity=1, image_urls=pictures)
    made = only(etsy)
    assert again.external_id == listing.external_id
    assert (again.title, again.price, again.quantity, len(made.images)) == ("Mother's mug", Decimal(9), 1, 1)
    assert [fee.kind for fee in etsy.shop.fees] == ["publish"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("x" * 141, ["140 characters"]),
        ("\N{UNICORN FACE}" * 141, ["140 characters", "\N{UNICORN FACE}"]),
        ("100 % % \N{UNICORN FACE}", ["\N{UNICORN FACE}", "'%' once"]),
        ("  ", ["missing"]),
    ],
)
def test_all_that_is_wrong_with_a_title_is_told_at_once(title: str, words: list[str]) -> None:
    problems = problems_of(ListingDraft("S", "", title, "D", Decimal(1), "EUR", 1, "1", None, {}, (), {}), 2026)
    [problem] = [each for each in problems if each.field == "title"]
    assert [each for each in words if each not in problem.message] == []
    assert problem.message.count(".") == len(words)


async def test_a_draft_that_etsy_refused_goes_on_with_what_was_mended(etsy: EtsyWorld) -> None:
    session, draft = etsy.session(), a_draft(etsy)
    bad = replace(draft, policies={**draft.policies, "RETURN": "7"}, title="100 % % mug")
    with pytest.raises(RefusedFields):
        await session.publish(bad, quietly)
    etsy.spoil("listings.replace_inventory", status=400, body='{"error":"There was a problem with /quantity : odd"}')
    with pytest.raises(RefusedFields) as caught:
        await session.publish(replace(draft, image_urls=[*draft.image_urls] * 2), quietly)
    assert caught.value.problems[0].field == "quantity"
    assert len(only(etsy).images) == 4
    await session.publish(draft, quietly)
    assert (only(etsy).state, len(only(etsy).images)) == ("active", 2)


async def test_pictures_that_cannot_be_read_are_told(etsy: EtsyWorld) -> None:
    for name in ("gone", "page"):
        with pytest.raises(RefusedFields) as caught:
            await published(etsy, image_urls=[f"{etsy.pictures}/{name}"])
        assert caught.value.problems[0].field == "image_urls"
    await published(etsy)
    assert only(etsy).state == "active"


async def test_our_key_goes_to_etsy_alone(etsy: EtsyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, bool]] = []
    exchange = etsy.http._exchange

    async def seen(request: object) -> object:
        keys = {name.lower() for name in request.headers}  # type: ignore[attr-defined]  # a Request
        sent.append((request.url, bool(keys & {"x-api-key", "authorization"})))  # type: ignore[attr-defined]  # as above
        return await exchange(request)  # type: ignore[arg-type]  # as above

    monkeypatch.setattr(etsy.http, "_exchange", seen)
    await published(etsy)
    assert {has_key for url, has_key in sent if url.startswith(etsy.pictures)} == {False}
    assert {has_key for url, has_key in sent if not url.startswith(etsy.pictures)} == {True}


@pytest.mark.parametrize(
    ("condition", "profile", "made"),
    [
        (None, 0, ("i_did", "2020_2026", False)),
        (None, 1, ("i_did", "made_to_order", False)),
        ("someone_else.1990s", 1, ("someone_else", "1990s", False)),
        ("i_did.2010_2019.supply", 0, ("i_did", "2010_2019", True)),
    ],
)
async def test_who_made_it_and_when_follow_the_condition_then_the_profile(
    etsy: EtsyWorld, condition: str | None, profile: int, made: tuple[str, str, bool]
) -> None:
    policies = {**a_draft(etsy).policies, "PROCESSING": str(list(etsy.shop.readiness_states)[profile])}
    await published(etsy, condition=condition, policies=policies)
    given = only(etsy).given
    assert (given["who_made"], given["when_made"], given["is_supply"]) == made


async def test_values_of_the_category_are_written_by_their_ids(etsy: EtsyWorld) -> None:
    aspects = {"COLOUR": ["blue"], "Craft type": ["Pottery"], "FIT": ["Slim"], "Capacity": [" "]}
    await published(etsy, aspects=aspects)
    found = {each.property_name: (each.value_ids, each.values) for each in only(etsy).properties.values()}
    assert found == {"Primary color": ([2], ["Blue"]), "Craft type": ([1], ["Pottery"])}


async def test_a_value_of_a_scale_names_the_scale(etsy: EtsyWorld) -> None:
    await published(etsy, category_id="1440", aspects={"SIZE": ["16"]})
    [size] = only(etsy).properties.values()
    assert (size.property_name, size.scale_id, size.value_ids) == ("Shoe size", 18, [1371])


async def test_as_many_values_as_the_property_takes(etsy: EtsyWorld) -> None:
    await published(etsy, category_id="891100", aspects={"MATERIAL": ["Pine", "Walnut"], "COLOUR": ["Red", "Blue"]})
    found = {each.property_name: each.values for each in only(etsy).properties.values()}
    assert found == {"Materials": ["Pine", "Walnut"], "Primary color": ["Red"]}


async def test_where_etsy_does_not_show_all_nothing_is_made_twice(etsy: EtsyWorld) -> None:
    etsy.spoil("listings.list", status=200, body='{"count": 20000, "results": []}', times=None)
    with pytest.raises(Rejected) as caught:
        await published(etsy)
    assert "20,000" in str(caught.value)
    assert "listings.create_draft" not in etsy.calls()


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_calls_fail_by_chance_there_is_one_listing_and_one_fee(etsy: EtsyWorld, seed: int) -> None:
    """Of each call one in four breaks before it is done, or after it was, attempt after attempt."""
    session, draft = etsy.session(), a_draft(etsy)
    for kind in CUTS:
        etsy.spoil("*", kind, probability=0.25, seed=seed, times=None)
    attempts = [await fails(session, draft) for _ in range(6)]
    etsy.mend()
    listing = await session.publish(draft, quietly)
    made = only(etsy)
    assert (str(made.listing_id), made.state, len(made.images)) == (listing.external_id, "active", 2)
    assert len(etsy.shop.listings) == len(etsy.shop.fees) == 1
    assert len(attempts) == 6


@pytest.mark.parametrize(
    "call", ["listings.create_draft", "listings.update", "listings.upload_image", "listings.images"]
)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"listing_id": null, "state": null, "results": null}',
        '{"listing_id": "../users/me", "state": "unheard_of", "results": "many"}',
        '{"listing_id": 1e40, "state": 7, "results": [7, null, {"rank": "first"}]}',
        "<html>busy</html>",
        '{"listing_id": [1',
    ],
)
async def test_odd_answers_to_a_step_make_no_second_listing(etsy: EtsyWorld, call: str, body: str) -> None:
    etsy.spoil(call, status=200, body=body, times=4)
    await fails(etsy.session(), a_draft(etsy))
    etsy.mend()
    listing = await published(etsy)
    assert str(only(etsy).listing_id) == listing.external_id
    assert (only(etsy).state, len(etsy.shop.listings), len(etsy.shop.fees)) == ("active", 1, 1)


@pytest.mark.parametrize("body", ["", "{}", '{"results": null}', '{"results": "none"}'])
async def test_a_list_of_pictures_that_is_none_is_not_taken_for_an_empty_one(etsy: EtsyWorld, body: str) -> None:
    etsy.spoil("listings.replace_inventory", CallFaultKind.RESET, times=None)
    assert await fails(etsy.session(), a_draft(etsy))
    etsy.mend()
    etsy.spoil("listings.images", status=200, body=body, times=None)
    assert await fails(etsy.session(), a_draft(etsy))
    etsy.mend()
    await published(etsy)
    assert len(only(etsy).images) == 2


async def test_pictures_that_may_not_be_taken_away_cost_no_consent(etsy: EtsyWorld) -> None:
    await etsy.session().end(ref(await published(etsy)))
    etsy.spoil("listings.delete_image", status=403, body='{"error": "insufficient_scope"}')
    with pytest.raises(RefusedFields) as caught:
        await published(etsy, image_urls=a_draft(etsy).image_urls[:1])
    assert caught.value.problems[0].field == "image_urls"
    assert only(etsy).state == "inactive"


@pytest.mark.parametrize("state", ["active", "inactive"])
async def test_a_draft_of_ours_that_the_seller_has_published_is_the_listing(etsy: EtsyWorld, state: str) -> None:
    etsy.spoil("listings.images", CallFaultKind.RESET, times=None)
    assert await fails(etsy.session(), a_draft(etsy))
    etsy.mend()
    only(etsy).state = state
    [found] = await listed(etsy.session())
    assert (found.sku, found.description) == ("MUG-1", "It holds tea.")
    listing = await published(etsy)
    assert listing.external_id == found.external_id == str(only(etsy).listing_id)
    assert (only(etsy).state, len(etsy.shop.listings)) == ("active", 1)


async def test_a_listing_that_becomes_active_while_lists_are_read_is_found(
    etsy: EtsyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call whose answer was lost may be done late, between two lists."""
    await published(etsy)
    listing = only(etsy)
    listing.state = "draft"

    async def read(*given: Any) -> list[Fields]:
        found = await listings_by_sku(*given)
        listing.state = "active"
        return found

    monkeypatch.setattr(publishing, "listings_by_sku", read)
    await published(etsy)
    assert only(etsy).listing_id == listing.listing_id


async def test_a_list_that_shows_one_twice_is_read_again_before_another_listing_is_made(etsy: EtsyWorld) -> None:
    await published(etsy)
    only(etsy).state = "draft"
    row = '{"listing_id": 81, "state": "draft"}'
    etsy.spoil("listings.list", status=200, body=f'{{"count": 2, "results": [{row}, {row}]}}')
    await published(etsy)
    assert only(etsy).state == "active"
