"""Properties of categories as Etsy may send them, and what a draft is asked for by them."""

from typing import Any

import msgspec
import pytest

from integrations.errors import InvalidResponse
from tests.integrations.etsy.conftest import EtsyWorld
from tests.integrations.etsy.drafts import a_draft, only, published

Raw = dict[str, Any]


def raw_property(**more: object) -> Raw:
    raw: Raw = {
        "property_id": 200,
        "name": "primary_color",
        "display_name": "Primary color",
        "is_required": False,
        "supports_attributes": True,
        "supports_variations": True,
        "is_multivalued": False,
        "max_values_allowed": None,
        "scales": [],
        "possible_values": [{"value_id": 1, "name": "Rose &amp; gold", "scale_id": None}],
    }
    return raw | more


def answered(etsy: EtsyWorld, results: object) -> None:
    body = msgspec.json.encode({"count": 1, "results": results}).decode()
    etsy.spoil("taxonomy.properties", status=200, body=body, times=None)


async def colours(etsy: EtsyWorld) -> list[str]:
    terms = await etsy.session().terms("COLOUR", market="", parent="1064", search=None)
    return [term.external_id for term in terms]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, ["Rose & gold"]),
        ({"property_id": "200"}, ["Rose & gold"]),
        ({"display_name": None, "name": "Color"}, ["Rose & gold"]),
        ({"supports_attributes": None}, ["Rose & gold"]),
        ({"supports_attributes": False}, []),
        ({"property_id": None}, []),
        ({"property_id": "../users"}, []),
        ({"property_id": "\u00b2"}, []),
        ({"display_name": None, "name": None}, []),
        ({"display_name": ["Color"], "name": 7}, []),
        ({"possible_values": None}, []),
        ({"possible_values": "many"}, []),
        ({"possible_values": [None, 7, {}, {"value_id": None, "name": "A"}, {"value_id": "\u00b2", "name": "B"}]}, []),
        ({"possible_values": [{"value_id": "1", "name": "A"}, {"value_id": 1.5, "name": "B"}]}, ["A"]),
        ({"possible_values": [{"value_id": 1, "name": "A"}, {"value_id": 2, "name": "A"}]}, ["A"]),
        ({"possible_values": [{"value_id": 10**30, "name": "A"}]}, ["A"]),
    ],
)
async def test_a_property_is_read_or_left_out(etsy: EtsyWorld, more: Raw, found: list[str]) -> None:
    answered(etsy, [7, None, raw_property(**more)])
    assert await colours(etsy) == found


@pytest.mark.parametrize("results", [None, "many", {}, 7])
async def test_a_list_of_properties_that_is_none_is_told(etsy: EtsyWorld, results: object) -> None:
    answered(etsy, results)
    with pytest.raises(InvalidResponse):
        await colours(etsy)


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"is_required": True}, ["aspects"]),
        ({"is_required": None}, []),
        ({"is_required": "yes"}, []),
        ({"is_required": True, "possible_values": [], "scales": [{"scale_id": 5}]}, ["aspects"]),
        ({"possible_values": [], "scales": [{"scale_id": 5}]}, []),
    ],
)
async def test_only_what_is_required_is_asked_for(etsy: EtsyWorld, more: Raw, fields: list[str]) -> None:
    answered(etsy, [raw_property(**more)])
    assert [problem.field for problem in await etsy.session().draft_problems(a_draft(etsy))] == fields


@pytest.mark.parametrize(
    ("scale_id", "written"), [(None, None), (18, 18), ("18", 18), ("\u00b2", None), ("../x", None), ([18], None)]
)
async def test_a_scale_that_is_no_number_is_not_named(etsy: EtsyWorld, scale_id: object, written: int | None) -> None:
    value = {"value_id": 1, "name": "Black", "scale_id": scale_id}
    answered(etsy, [raw_property(possible_values=[value])])
    await published(etsy, aspects={"COLOUR": ["black"]})
    [kept] = only(etsy).properties.values()
    assert (kept.value_ids, kept.scale_id) == ([1], written)
