"""What a listing tells of itself by its category's properties, at the stand-in of Etsy."""

from typing import Any

import pytest

from tests.sandbox.etsy.etsy_client import EtsyClient
from tests.sandbox.etsy.shelf import drafted

COLOR, CAPACITY = 200, 54142602013


async def test_a_property_is_told_by_ids_and_replaced(etsy: EtsyClient) -> None:
    path = f"/shops/{{shop}}/listings/{await drafted(etsy)}/properties"
    for value_id, name in ((9, "Red"), (2, "Blue")):
        got = await etsy.form("PUT", f"{path}/{COLOR}", {"value_ids": value_id, "values": name})
        assert (got.status, got.body["values"]) == (200, [name])
    await etsy.call("PUT", f"{path}/{CAPACITY}", {"value_ids": [1], "values": ["300"], "scale_id": 21})
    found = (await etsy.call("GET", path)).body["results"]
    assert [(each["property_id"], each["values"]) for each in found] == [(COLOR, ["Blue"]), (CAPACITY, ["300"])]


@pytest.mark.parametrize(
    ("property_id", "body"),
    [
        (COLOR, {"value_ids": [2]}),
        (COLOR, {"value_ids": [999], "values": ["Blue"]}),
        (COLOR, {"value_ids": [], "values": ["Blue"]}),
        (COLOR, {"value_ids": [2, 9], "values": ["Blue", "Red"]}),
        (CAPACITY, {"value_ids": [1], "values": ["300"]}),
        (CAPACITY, {"value_ids": [1], "values": ["300"], "scale_id": 5}),
        (513, {"value_ids": [1], "values": ["x"]}),
    ],
    ids=str,
)
async def test_what_the_category_does_not_have_is_refused(
    etsy: EtsyClient, property_id: int, body: dict[str, Any]
) -> None:
    path = f"/shops/{{shop}}/listings/{await drafted(etsy)}/properties"
    assert (await etsy.call("PUT", f"{path}/{property_id}", body)).status in (400, 404)
    assert (await etsy.call("GET", path)).body["count"] == 0
