"""Who a token belongs to, what the seller has chosen at Etsy, and how many calls are left."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from integrations.errors import (
    InvalidResponse,
    Misshapen,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Throttled,
    Unavailable,
)
from integrations.selling.records import ListingDraft
from integrations.selling.refusals import RefusedFields
from sandbox.etsy.shops import EtsySeller
from tests.integrations.etsy.conftest import EtsyWorld
from tests.integrations.etsy.drafts import a_draft


async def test_the_shop_is_known_by_its_number_and_called_by_its_name(etsy: EtsyWorld) -> None:
    seller = await etsy.session().seller()
    assert (seller.external_id, seller.name, seller.market) == (
        str(etsy.shop.shop_id),
        etsy.shop.seller.shop_name,
        None,
    )


async def test_whoever_has_no_shop_is_told_so(etsy: EtsyWorld) -> None:
    session = etsy.session()
    etsy.control("shops/close")
    with pytest.raises(Rejected) as caught:
        await session.seller()
    assert "shop" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, InvalidResponse),
        ([], InvalidResponse),
        ({"user_id": None, "shop_id": 5}, InvalidResponse),
        ({"user_id": 1, "shop_id": None}, Rejected),
        ({"user_id": 1, "shop_id": ""}, Rejected),
        ({"user_id": 1, "shop_id": "../users"}, Rejected),
        ({"user_id": 1, "shop_id": 1.5}, Rejected),
        ({"user_id": 1, "shop_id": [7]}, Rejected),
    ],
)
async def test_an_odd_answer_about_oneself_is_no_shop(etsy: EtsyWorld, body: Any, kind: type[Exception]) -> None:
    etsy.spoil("*", path="*/users/me", body=msgspec.json.encode(body).decode(), status=200, times=None)
    with pytest.raises(kind):
        await etsy.session().seller()


@pytest.mark.parametrize("name", [None, "", " ", ["Mugs"], {}, "\x00"])
async def test_a_shop_without_a_name_is_called_by_its_number(etsy: EtsyWorld, name: object) -> None:
    etsy.spoil("shops.read", body=msgspec.json.encode({"shop_name": name}).decode(), status=200)
    assert (await etsy.session().seller()).name == str(etsy.shop.shop_id)


@pytest.mark.parametrize(
    ("currency", "fields"), [(None, set()), ("", set()), (["EUR"], set()), ({}, set()), (978, {"currency"})]
)
async def test_a_currency_that_is_not_told_is_no_problem_of_a_draft(
    etsy: EtsyWorld, currency: object, fields: set[str]
) -> None:
    etsy.spoil("shops.read", body=msgspec.json.encode({"currency_code": currency}).decode(), status=200)
    assert await problems(etsy, a_draft(etsy)) == fields


async def test_the_shop_of_a_token_is_asked_for_once_by_all_its_sessions(etsy: EtsyWorld) -> None:
    access = etsy.tokens()[1]
    for _ in range(3):
        await etsy.marketplace.session(access, None).policies(())
    assert [entry.path for entry in etsy.server.sandbox.log].count("/v3/application/users/me") == 1
    other = await etsy.session("US").policies(())
    assert {policy.external_id for policy in other}.isdisjoint(
        policy.external_id for policy in await etsy.session().policies(())
    )


async def test_a_seller_who_has_opened_another_shop_is_found_again(etsy: EtsyWorld) -> None:
    session = etsy.session()
    await session.policies(())
    old = etsy.shop.seller
    etsy.control("shops/close")
    new = {"shop_id": 77, "shop_name": "Anew", "country": "DE", "currency": "EUR"}
    etsy.server.sandbox.add_shop(EtsySeller(user_id=old.user_id, **new))  # type: ignore[arg-type]  # a seller's fields
    with pytest.raises(ObjectMissing):
        await session.policies(())
    assert (await session.seller()).external_id == "77"
    assert len(await session.policies(())) == 6


async def test_policies_have_names_that_people_can_choose_by(etsy: EtsyWorld) -> None:
    policies = await etsy.session().policies(())
    named = {(policy.kind, policy.name) for policy in policies}
    assert named == {
        ("SHIPPING", "Standard shipping"),
        ("SHIPPING", "Express shipping"),
        ("RETURN", "Returns and exchanges within 30 days"),
        ("RETURN", "No returns or exchanges"),
        ("PROCESSING", "Ready to ship, 1 to 2 days"),
        ("PROCESSING", "Made to order, 5 to 8 days"),
    }
    assert {policy.market for policy in policies} == {None}


async def test_an_odd_policy_costs_no_other_one(etsy: EtsyWorld) -> None:
    profiles = etsy.shop.shipping_profiles
    profiles[1] = {"shipping_profile_id": None, "title": "No id"}
    profiles[2] = {"shipping_profile_id": 2, "title": None}
    profiles[3] = {"shipping_profile_id": 3, "title": "Tea &amp; mugs"}
    profiles[4] = {"shipping_profile_id": 4, "title": "Gone", "is_deleted": True}
    etsy.shop.readiness_states[5] = {"readiness_state_id": 5, "readiness_state": "unheard_of", "min_processing_days": 1}
    etsy.shop.readiness_states[6] = {"readiness_state_id": 6, "processing_days_display_label": "3 - 5 days"}
    etsy.shop.readiness_states[7] = {"readiness_state_id": 7}
    names = [policy.name for policy in await etsy.session().policies(())]
    assert {"2", "Tea & mugs", "unheard_of, 1 day", "3 - 5 days", "7"} <= {*names}
    assert not {"No id", "Gone"} & {*names}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"accepts_returns": True, "accepts_exchanges": False, "return_deadline": 14}, "Returns within 14 days"),
        ({"accepts_returns": False, "accepts_exchanges": True, "return_deadline": 7}, "Exchanges within 7 days"),
        ({"accepts_returns": True, "accepts_exchanges": True, "return_deadline": None}, "Returns and exchanges"),
        ({"accepts_returns": True, "return_deadline": "soon"}, "Returns"),
        ({"accepts_returns": True, "return_deadline": -1}, "Returns"),
        ({"accepts_returns": "yes", "accepts_exchanges": 1, "return_deadline": 30}, "No returns or exchanges"),
        ({}, "No returns or exchanges"),
    ],
)
async def test_a_return_policy_is_named_by_what_it_says(etsy: EtsyWorld, more: dict[str, Any], name: str) -> None:
    body = msgspec.json.encode({"count": 1, "results": [{"return_policy_id": 5} | more, {"return_policy_id": None}, 7]})
    etsy.spoil("shops.return_policies", body=body.decode(), status=200)
    found = [(each.external_id, each.name) for each in await etsy.session().policies(()) if each.kind == "RETURN"]
    assert found == [("5", name)]


async def test_a_scope_that_is_missing_is_told_as_such(etsy: EtsyWorld) -> None:
    with pytest.raises(PermissionMissing):
        await etsy.session(scopes=("listings_r",)).policies(())


async def test_the_calls_that_are_left_are_read_from_every_answer(etsy: EtsyWorld) -> None:
    etsy.server.sandbox.per_second, etsy.server.sandbox.per_day = 5, 100
    session = etsy.session()
    await session.seller()
    assert etsy.marketplace.remaining is not None
    assert (etsy.marketplace.remaining.per_day, etsy.marketplace.remaining.left_today) == (100, 98)
    assert etsy.marketplace.remaining.told_at == etsy.now[0]
    etsy.server.sandbox.per_day = 2
    with pytest.raises(Throttled) as caught:
        await session.seller()
    assert (caught.value.scope, caught.value.retry_after_s) == ("app", 86_400)
    assert etsy.marketplace.remaining.left_today == 0


async def test_the_limit_of_a_second_is_waited_out(etsy: EtsyWorld) -> None:
    body = '{"error": "Exceeded per second rate limit"}'
    etsy.spoil("*", status=429, body=body, headers={"x-remaining-this-second": "0"}, times=2)
    assert (await etsy.session().seller()).name
    assert len(etsy.pauses) == 2


async def test_without_headers_nothing_is_known_and_nothing_breaks(etsy: EtsyWorld) -> None:
    etsy.server.sandbox.has_limit_headers = False
    await etsy.session().seller()
    assert etsy.marketplace.remaining is None
    etsy.server.sandbox.per_day = 1
    with pytest.raises(Throttled) as caught:
        await etsy.session().seller()
    assert caught.value.retry_after_s == 3600


async def test_categories_are_found_from_the_top_by_parent_and_by_text(etsy: EtsyWorld) -> None:
    session = etsy.session()
    top = await session.terms("CATEGORY", market="", parent=None, search=None)
    assert [term.name for term in top] == ["Accessories", "Home & Living", "Shoes"]
    below = await session.terms("CATEGORY", market="", parent="1063", search=None)
    assert [(term.external_id, term.is_leaf) for term in below] == [("1064", True), ("1065", True)]
    found = await session.terms("CATEGORY", market="", parent=None, search=" mugs ")
    assert [term.name for term in found] == ["Home & Living > Kitchen & Dining > Drink & Barware > Drinkware > Mugs"]
    with pytest.raises(ObjectMissing):
        await session.terms("CATEGORY", market="", parent="0", search=None)
    assert etsy.calls().count("taxonomy.nodes") == 1


async def test_the_categories_of_yesterday_are_asked_for_anew(etsy: EtsyWorld) -> None:
    session = etsy.session()
    await session.terms("CATEGORY", market="", parent=None, search=None)
    etsy.now[0] = etsy.now[0].replace(day=23)
    await session.terms("CATEGORY", market="", parent=None, search=None)
    assert etsy.calls().count("taxonomy.nodes") == 2


async def test_values_of_properties_are_of_a_category(etsy: EtsyWorld) -> None:
    session = etsy.session()
    colours = await session.terms("COLOUR", market="", parent="1064", search="b")
    assert [(term.external_id, term.parent) for term in colours] == [
        ("Black", "Primary color"),
        ("Blue", "Primary color"),
    ]
    with pytest.raises(RefusedFields):
        await session.terms("COLOUR", market="", parent=None, search=None)
    assert await session.terms("FIT", market="", parent="1064", search=None) == []
    with pytest.raises(ObjectMissing):
        await session.terms("COLOUR", market="", parent="../x", search=None)
    vintage = await session.terms("CONDITION", market="", parent=None, search="1990s")
    assert "someone_else.1990s" in [term.external_id for term in vintage]


@pytest.mark.parametrize("body", ['{"results": []}', '{"results": [7, {"id": null}]}', '{"results": 7}', "[]", "null"])
async def test_categories_that_cannot_be_read_are_told(etsy: EtsyWorld, body: str) -> None:
    etsy.spoil("taxonomy.nodes", body=body, status=200)
    with pytest.raises(InvalidResponse):
        await etsy.session().terms("CATEGORY", market="", parent=None, search=None)


async def test_a_tree_without_a_bottom_or_in_a_circle_is_read_once(etsy: EtsyWorld) -> None:
    deep: dict[str, Any] = {"id": 1, "name": "A", "children": [{"id": 1, "name": "A"}]}
    for number in range(2, 400):
        deep = {"id": number, "name": "N", "children": [deep, {"id": 1, "name": "A"}, None]}
    etsy.spoil("taxonomy.nodes", body=msgspec.json.encode({"results": [deep]}).decode(), status=200)
    assert len(await etsy.session().terms("CATEGORY", market="", parent=None, search="n")) == 399


async def problems(etsy: EtsyWorld, draft: ListingDraft) -> set[str | None]:
    return {problem.field for problem in await etsy.session().draft_problems(draft)}


async def test_a_draft_that_etsy_takes_has_no_problems(etsy: EtsyWorld) -> None:
    assert await problems(etsy, a_draft(etsy)) == set()
    assert await problems(etsy, a_draft(etsy, aspects={"COLOUR": ["blue"], "FIT": ["Slim"]})) == set()


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"sku": ""}, {"sku"}),
        ({"sku": "x" * 33}, {"sku"}),
        ({"sku": "A$1"}, {"sku"}),
        ({"title": " "}, {"title"}),
        ({"title": "x" * 141}, {"title"}),
        ({"title": "10 $ mug"}, {"title"}),
        ({"title": "A & B & C"}, {"title"}),
        ({"title": "100 % mug: \u00fcber & au\u00dfer +, \u2122"}, set()),
        ({"description": ""}, {"description"}),
        ({"price": 0}, {"price"}),
        ({"price": Decimal("0.19")}, {"price"}),
        ({"price": Decimal("0.20")}, set()),
        ({"price": Decimal("50000.01")}, {"price"}),
        ({"price": 100_000, "currency": "JPY"}, {"currency"}),
        ({"quantity": 0}, {"quantity"}),
        ({"quantity": 1000}, {"quantity"}),
        ({"category_id": None}, {"category_id"}),
        ({"category_id": "mugs"}, {"category_id"}),
        ({"category_id": "999999"}, {"category_id"}),
        ({"condition": "NEW"}, {"condition"}),
        ({"image_urls": []}, {"image_urls"}),
        ({"image_urls": ["x"] * 21}, {"image_urls"}),
        ({"currency": "USD"}, {"currency"}),
        ({"policies": {}}, {"policies.SHIPPING", "policies.RETURN", "policies.PROCESSING"}),
        ({"policies": {"SHIPPING": "a", "RETURN": "1", "PROCESSING": "1"}}, {"policies.SHIPPING"}),
        ({"aspects": {"COLOUR": ["Vermilion"]}}, {"aspects"}),
        ({"category_id": "1440"}, {"aspects"}),
    ],
)
async def test_what_etsy_would_refuse_is_named(etsy: EtsyWorld, more: dict[str, Any], fields: set[str]) -> None:
    assert await problems(etsy, a_draft(etsy, **more)) == fields


async def test_what_etsy_has_no_call_for_is_refused_in_words(etsy: EtsyWorld) -> None:
    session = etsy.session()
    for call in (lambda: session.cancel("1", "no"), lambda: session.case("RETURN", "1")):
        with pytest.raises(Rejected) as caught:
            await call()
        assert "Etsy" in str(caught.value)
    with pytest.raises(Rejected):
        session.cases(etsy.now[0])
    assert [problem.external_id for problem in await session.migrate(["5"])] == ["5"]
    assert etsy.calls() == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [("<html>busy</html>", Unavailable), ("busy", InvalidResponse), ("", Misshapen), ('{"count": 1}', Misshapen)],
)
async def test_a_success_that_says_nothing_is_none(etsy: EtsyWorld, body: str, kind: type[Exception]) -> None:
    etsy.spoil("*", path="*readiness*", body=body, status=200, times=None)
    with pytest.raises(kind):
        await etsy.session().policies(())


async def test_a_connection_that_breaks_is_tried_again_and_given_up(etsy: EtsyWorld) -> None:
    etsy.spoil("*", status=502, body="<html><h1>502 Bad Gateway</h1></html>", times=3)
    assert (await etsy.session().seller()).name
    etsy.spoil("*", status=502, body="<html><h1>502 Bad Gateway</h1></html>", times=None)
    with pytest.raises(Unavailable):
        await etsy.session().seller()
