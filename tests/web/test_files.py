"""Files over the whole application: a signed link is answered as a download, and nothing else is."""

from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from services.toolbox import Toolbox
from tests.conftest import PUBLIC_URL
from tests.doors.http import GraphQLClient

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
