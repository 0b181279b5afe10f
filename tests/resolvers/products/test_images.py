"""Pictures over the API: what is asked and answered of them, as clients write it, and how often Postgres is asked."""

from pathlib import Path
from typing import Any

import pytest

from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer
from tests.worlds.ads import statements
from tests.worlds.pictures import PictureWorld, picture, picture_world, sent

SHOWN = "product { version images { id url small: url(maxWidth: 200) alt position width height bytes } }"
ERRORS = "userErrors { code message field }"
ADD = f"""mutation ($id: ID!, $file: Upload!, $alt: String) {{
  addProductImage(productId: $id, file: $file, alt: $alt) {{ {SHOWN} {ERRORS} }} }}"""
ARRANGE = f"""mutation ($id: ID!, $ids: [ID!]!) {{
  arrangeProductImages(productId: $id, imageIds: $ids) {{ {SHOWN} {ERRORS} }} }}"""
DELETE = f"mutation ($id: ID!) {{ deleteProductImage(id: $id) {{ ok id {ERRORS} }} }}"
URL = "query ($id: ID!, $width: Int) { node(id: $id) { ... on ProductImage { url(maxWidth: $width) } } }"


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> PictureWorld:
    return await picture_world(tools, tmp_path)


async def asked(world: PictureWorld, query: str, **variables: Any) -> Answer:
    return await world.catalogue.door.ask(query, **variables)


async def test_a_picture_is_added_shown_arranged_and_deleted(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    lamp_id = encode_id("Product", lamp.id)
    for colour in ("red", "blue"):
        content = picture(colour, (500, 400))
        answer = await asked(world, ADD, id=lamp_id, file=sent(content, "../../etc/passwd"), alt=colour)
        assert answer.codes == [], answer.messages
        assert answer.data["addProductImage"]["userErrors"] == []
    red, blue = answer.data["addProductImage"]["product"]["images"]
    assert {name: red[name] for name in ("alt", "position", "width", "height")} == {
        "alt": "red",
        "position": 1,
        "width": 500,
        "height": 400,
    }
    assert (world.shown(red["url"]).size, world.shown(red["small"]).size) == ((500, 400), (160, 128))
    assert world.storage.folder.joinpath(*Path(blue["url"].partition("?")[0]).parts[3:]).stat().st_size == blue["bytes"]
    arranged = (await asked(world, ARRANGE, id=lamp_id, ids=[blue["id"], red["id"]])).data["arrangeProductImages"]
    assert [(each["alt"], each["position"]) for each in arranged["product"]["images"]] == [("blue", 1), ("red", 2)]
    gone = (await asked(world, DELETE, id=blue["id"])).data["deleteProductImage"]
    assert (gone["ok"], gone["id"], gone["userErrors"]) == (True, blue["id"], [])
    assert (await asked(world, URL, id=blue["id"])).data == {"node": None}


@pytest.mark.parametrize(
    ("width", "wanted"),
    [
        *((None, 1300), (1, 160), (160, 160), (319, 160), (320, 320)),
        *((1279, 640), (1280, 1280), (1300, 1300), (2**31 - 1, 1300)),
    ],
)
async def test_a_link_leads_to_the_widest_copy_that_is_no_wider(
    world: PictureWorld, width: int | None, wanted: int
) -> None:
    lamp = await world.catalogue.make()
    await world.add(lamp, picture(size=(1300, 650)))
    [image] = await world.images(lamp)
    answer = await asked(world, URL, id=encode_id("ProductImage", image.id), width=width)
    assert world.shown(answer.data["node"]["url"]).width == wanted


@pytest.mark.parametrize("width", [1, 50, 99, 100, 160])
@pytest.mark.parametrize("wide", [200, 320])
async def test_a_picture_that_is_narrower_than_every_copy_is_shown_whole(
    world: PictureWorld, width: int, wide: int
) -> None:
    lamp = await world.catalogue.make()
    await world.add(lamp, picture(size=(wide, 4_000)))
    [image] = await world.images(lamp)
    answer = await asked(world, URL, id=encode_id("ProductImage", image.id), width=width)
    assert world.shown(answer.data["node"]["url"]).width == image.width == wide // 2


@pytest.mark.parametrize("width", [0, -1])
@pytest.mark.usefixtures("dropped_resolvers")
async def test_a_width_that_is_none_is_refused_in_words(world: PictureWorld, width: int) -> None:
    lamp = await world.catalogue.make()
    await world.fill(lamp, 2)
    [first, _] = await world.images(lamp)
    answer = await asked(world, URL, id=encode_id("ProductImage", first.id), width=width)
    assert (answer.codes, "above 0" in answer.messages[0]) == (["BAD_USER_INPUT"], True)
    listed = await asked(world, "query ($w: Int) { products { nodes { sku images { url(maxWidth: $w) } } } }", w=width)
    assert {*listed.codes} == {"BAD_USER_INPUT"}


async def test_wrong_input_is_told_where_it_stands(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    lamp_id, nothing = encode_id("Product", lamp.id), encode_id("Product", lamp.tenant_id)
    await world.fill(lamp, 1)
    [image] = await world.images(lamp)
    image_id = encode_id("ProductImage", image.id)
    content = picture()
    for query, variables, code, field in (
        (ADD, {"id": nothing, "file": sent(content)}, "NOT_FOUND", ["productId"]),
        (ADD, {"id": image_id, "file": sent(content)}, "INVALID", ["productId"]),
        (ADD, {"id": lamp_id, "file": sent(b"")}, "FILE_INVALID", ["file"]),
        (ADD, {"id": lamp_id, "file": sent(content), "alt": "x" * 100_000}, "INVALID", ["alt"]),
        (ARRANGE, {"id": lamp_id, "ids": []}, "INVALID", ["imageIds"]),
        (ARRANGE, {"id": lamp_id, "ids": [lamp_id]}, "INVALID", ["imageIds", "0"]),
        (ARRANGE, {"id": lamp_id, "ids": [image_id] * 1000}, "INVALID", ["imageIds", "1"]),
        (ARRANGE, {"id": nothing, "ids": [image_id]}, "NOT_FOUND", ["productId"]),
        (DELETE, {"id": lamp_id}, "INVALID", ["id"]),
        (DELETE, {"id": encode_id("ProductImage", lamp.id)}, "NOT_FOUND", ["id"]),
    ):
        answer = await asked(world, query, **variables)
        assert answer.codes == [], answer.messages
        [payload] = answer.data.values()
        assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [(code, field)], (query, variables)
    assert len(await world.images(lamp)) == 1


async def test_viewers_see_pictures_and_change_none(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    await world.add(lamp)
    world.catalogue.role = Role.VIEWER
    answer = await asked(world, "{ products { nodes { images { url } } } }")
    assert world.shown(answer.data["products"]["nodes"][0]["images"][0]["url"]).format == "JPEG"
    refused = await asked(world, ADD, id=encode_id("Product", lamp.id), file=sent(picture()))
    assert refused.codes == ["FORBIDDEN"]


async def test_pictures_of_a_thousand_products_are_one_statement(
    world: PictureWorld,
) -> None:
    lamp = await world.catalogue.make()
    await world.catalogue.fill(1_000)
    await world.fill(lamp, 24)
    with statements(world.tools.db) as sent_to_postgres:
        answer = await asked(world, "{ products(first: 1000) { nodes { images { position url } } } }")
    assert answer.codes == [], answer.messages
    nodes = answer.data["products"]["nodes"]
    assert (len(nodes), len(nodes[0]["images"])) == (1_000, 24)
    assert [each["position"] for each in nodes[0]["images"]] == [*range(1, 25)]
    assert sum("product_image" in each for each in sent_to_postgres) == 1
