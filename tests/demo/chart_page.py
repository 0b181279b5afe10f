"""The pictures of docs/charts.md: compared with those that the API draws, or written anew by `make charts`."""

import os
import re

from services.insights.charts.opening import open_chart
from tests.doors.in_process import ORIGIN, Door
from tests.processes import ROOT
from tests.worlds.charts import query_of

PAGE = ROOT / "docs" / "charts.md"
_SHOWN = re.compile(r"```graphql\n(.*?)```\n\n!\[[^\]]+\]\((charts/[a-z]+\.svg)\)", re.DOTALL)


async def check_pictures(door: Door, account_id: str) -> None:
    """Compares each picture of the page with the one that the operation above it leads to."""
    shown = _SHOWN.findall(PAGE.read_text())
    for text, name in shown:
        answer = await door.ask(text, **({"adAccountId": account_id} if "$adAccountId" in text else {}))
        assert answer.codes == [], answer.messages
        opened = await open_chart(door.tools, query_of(answer.data["insights"]["chart"]["url"]), ORIGIN)
        assert opened.svg is not None
        if os.environ.get("DRAW_CHARTS"):
            (PAGE.parent / name).write_text(opened.svg)
        assert (PAGE.parent / name).read_text() == opened.svg, f"{name} was drawn by another release: make charts"
    assert {f"charts/{each.name}" for each in (PAGE.parent / "charts").iterdir()} == {name for _, name in shown}
