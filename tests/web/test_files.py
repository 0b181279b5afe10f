"""Files over the whole application: a signed link is answered as a download, and nothing else is."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
from PIL import Image

from services.toolbox import Toolbox
from tests.conftest import PUBLIC_URL
from tests.doors.http import GraphQLClient
from tests.worlds.pictures import picture
from tests.worlds.sign_in import new_email

REGISTER = """
mutation ($email: String!) {
  register(input: { email: $email, password: "correct horse battery", name: "Ann", tenantName: "Acme" }) { accessToken }
}
"""
CREATE = """
mutation {
  createProduct(input: { title: "Desk lamp", currency: "EUR", price: 49 }) { product { id } userErrors { code } }
}
"""
ADD = """
mutation ($product: ID!, $file: Upload!) {
  addProductImage(productId: $product, file: $file, alt: "From the left") {
    product { images { url small: url(maxWidth: 320) width alt } }
    userErrors { code field }
  }
}
"""
CONTENT = b"key,name\r\n" + b"a,b\r\n" * 1_000


async def test_a_link_downloads_the_bytes_as_they_are(server: GraphQLClient, tools: Toolbox, tmp_path: Path) -> None:
    key = f"{uuid4()}/exports/{uuid4()}.csv"
    (tmp_path / "file").write_bytes(CONTENT)
    await tools.files.put(key, tmp_path / "file", media_type="text/csv")
    url = (await tools.files.link(key, name="insights.csv")).url
    assert url.startswith(f"{PUBLIC_URL}/files/")
    path = url.removeprefix(PUBLIC_URL)
    reply = await server.send("GET", path, headers={"accept-encoding": "gzip, br"})
    assert (reply.status, reply.text) == (200, CONTENT.decode())
    assert "content-encoding" not in reply.headers
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-disposition"] == 'attachment; filename="insights.csv"'
    part = await server.send("GET", path, headers={"range": "bytes=0-2"})
    assert (part.status, part.text) == (206, "key")
    for wrong in (f"/files/{key}", urlsplit(path).path + "?expires=1", "/files/", "/files", "/files/../files/x"):
        assert (await server.send("GET", wrong)).status == 404
    assert (await server.send("POST", path)).status == 405


async def test_a_picture_may_be_shown_by_pages_of_others(server: GraphQLClient, tools: Toolbox, tmp_path: Path) -> None:
    key = f"{uuid4()}/products/{uuid4()}/1.jpg"
    (tmp_path / "file").write_bytes(b"a picture")
    await tools.files.put(key, tmp_path / "file", media_type="image/jpeg")
    url = (await tools.files.link(key, name="1.jpg")).url.removeprefix(PUBLIC_URL)
    reply = await server.send("GET", url)
    assert (reply.status, reply.headers["content-type"]) == (200, "image/jpeg")
    assert reply.text == "a picture"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.headers["content-disposition"] == 'inline; filename="1.jpg"'
    # The name is signed: nobody has another file shown by it.
    assert (await server.send("GET", url.replace("name=1.jpg", "name=2.jpg"))).status == 404


def form_of(query: str, file: bytes, **variables: Any) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("operations", json.dumps({"query": query, "variables": {**variables, "file": None}}))
    form.add_field("map", '{"0": ["variables.file"]}')
    form.add_field("0", file, filename="lamp.png", content_type="image/png")
    return form


async def seen(server: GraphQLClient, url: str) -> tuple[str, str | None, tuple[int, int]]:
    """What a browser gets that has the link alone."""
    async with aiohttp.ClientSession() as session, session.get(url.replace(PUBLIC_URL, server.url, 1)) as reply:
        assert reply.status == 200
        image = Image.open(BytesIO(await reply.read()))
        return reply.content_type, image.format, image.size


async def test_a_picture_that_was_sent_is_behind_the_links_that_are_answered(server: GraphQLClient) -> None:
    registered = await server.ask(REGISTER, email=new_email())
    ann = server.signed_in(registered.data["register"]["accessToken"])
    product_id = (await ann.ask(CREATE)).data["createProduct"]["product"]["id"]
    reply = await ann.send("POST", data=form_of(ADD, picture(size=(700, 500)), product=product_id))
    added = reply.data["addProductImage"]
    assert (reply.status, added["userErrors"]) == (200, [])
    [image] = added["product"]["images"]
    assert (image["width"], image["alt"]) == (700, "From the left")
    assert await seen(server, image["url"]) == ("image/jpeg", "JPEG", (700, 500))
    assert await seen(server, image["small"]) == ("image/jpeg", "JPEG", (320, 229))
    async with aiohttp.ClientSession() as session, session.get(server.url + "/files/" + product_id) as without:
        assert without.status == 404


async def test_a_file_that_is_no_picture_is_refused_over_http_too(server: GraphQLClient) -> None:
    registered = await server.ask(REGISTER, email=new_email())
    ann = server.signed_in(registered.data["register"]["accessToken"])
    product_id = (await ann.ask(CREATE)).data["createProduct"]["product"]["id"]
    reply = await ann.send("POST", data=form_of(ADD, b"<svg/>", product=product_id))
    assert reply.data["addProductImage"]["userErrors"] == [{"code": "FILE_INVALID", "field": ["file"]}]
