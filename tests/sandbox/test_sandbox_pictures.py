"""Owns the pictures that the sandbox draws: where creatives say they are, the same each time, other ones for others."""

import struct

from tests.sandbox.graph_client import Graph


async def test_every_thumbnail_is_a_picture_under_the_sandboxs_own_address(graph: Graph) -> None:
    rows = await graph.all_rows("act_1001/adcreatives", fields="thumbnail_url", limit="200")
    urls = {row["thumbnail_url"] for row in rows}
    assert all(url.startswith(f"{graph.server.url}/media/") for url in urls)
    seen = set()
    for url in sorted(urls)[:3]:
        async with graph.session.get(url) as answer:
            body = await answer.read()
            assert (answer.status, answer.content_type) == (200, "image/png")
        assert body.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", body[16:24]) == (64, 64)
        seen.add(body)
    assert len(seen) == 3
