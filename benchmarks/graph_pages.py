"""Rendered pages of the Graph API for benchmarks, served by a bare HTTP server; it computes nothing while it serves.

Run as a process: `python -m benchmarks.graph_pages ADS DAYS`; it prints the port it listens on. Each day of ad insights
is a run of pages of 500 rows of about 1.8 KB; campaigns, ad sets, ads and creatives are served too, so that a real
refresh can run against it. Days before the rendered ones are these again under another date.
"""

import asyncio
import json
import random
import sys
from datetime import date, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

PAGE = 500
LAST_DAY = date(2026, 11, 20)
ACCOUNT = "act_9000"
ADS_PER_SET, SETS_PER_CAMPAIGN = 5, 4
ACTION_TYPES = (
    "link_click", "landing_page_view", "video_view", "omni_add_to_cart", "omni_initiated_checkout", "omni_purchase",
)  # fmt: skip


def action_list(rng: random.Random, scale: int) -> list[dict[str, str]]:
    return [
        {"action_type": kind, "value": str(v := rng.randint(1, scale)), "1d_click": str(v), "7d_click": str(v)}
        for kind in ACTION_TYPES
    ]


def ad_ids(number: int) -> tuple[str, str, str]:
    ad_set = number // ADS_PER_SET
    return str(9_300_000_000 + number), str(9_200_000_000 + ad_set), str(9_100_000_000 + ad_set // SETS_PER_CAMPAIGN)


def insight_row(number: int, day: date) -> dict[str, object]:
    rng = random.Random(number * 1000 + day.toordinal())
    ad, ad_set, campaign = ad_ids(number)
    impressions = rng.randint(500, 50_000)
    clicks = impressions // rng.randint(40, 90)
    video = [{"action_type": "video_view", "value": str(rng.randint(1, 500))}]
    return {
        "account_id": ACCOUNT.removeprefix("act_"), "account_currency": "EUR",
        "campaign_id": campaign, "campaign_name": f"Campaign {campaign} | prospecting | broad",
        "adset_id": ad_set, "adset_name": f"Ad set {ad_set} | 25-54 | feed",
        "ad_id": ad, "ad_name": f"Ad {ad} | UGC | hook A | 9x16",
        "impressions": str(impressions), "reach": str(impressions * 4 // 5), "spend": f"{impressions * 0.0083:.2f}",
        "clicks": str(clicks), "unique_clicks": str(clicks * 9 // 10), "inline_link_clicks": str(clicks // 2),
        "inline_post_engagement": str(clicks * 2),
        "actions": action_list(rng, 200), "action_values": action_list(rng, 9000)[-2:],
        "outbound_clicks": [{"action_type": "outbound_click", "value": str(clicks // 3)}],
        "video_play_actions": video, "video_thruplay_watched_actions": video,
        "video_p25_watched_actions": video, "video_p50_watched_actions": video, "video_p75_watched_actions": video,
        "video_p95_watched_actions": video, "video_p100_watched_actions": video,
        "date_start": day.isoformat(), "date_stop": day.isoformat(),
    }  # fmt: skip


class Pages:
    """All bodies of one account, rendered once."""

    def __init__(self, ads: int, days: int) -> None:
        self.insights = {
            day: [
                json.dumps([insight_row(n, day) for n in range(first, min(first + PAGE, ads))], separators=(",", ":"))
                for first in range(0, ads, PAGE)
            ]
            for day in (LAST_DAY - timedelta(days=n) for n in range(days))
        }
        self.edges = {name: self._edge(rows) for name, rows in entity_rows(ads).items()}

    @staticmethod
    def _edge(rows: list[dict[str, object]]) -> list[str]:
        chunks = [rows[first : first + PAGE] for first in range(0, len(rows), PAGE)] or [[]]
        return [json.dumps(chunk, separators=(",", ":")) for chunk in chunks]

    def insight_page(self, since: date, until: date, index: int) -> tuple[str, bool]:
        """The page and whether another one follows."""
        per_day = len(self.insights[LAST_DAY])
        day = since + timedelta(days=index // per_day)
        rendered = LAST_DAY - timedelta(days=(LAST_DAY - day).days % len(self.insights))
        page = self.insights[rendered][index % per_day]
        if rendered != day:
            page = page.replace(rendered.isoformat(), day.isoformat())
        return page, index + 1 < per_day * ((until - since).days + 1)


def entity_rows(ads: int) -> dict[str, list[dict[str, object]]]:
    stamp = {"created_time": "2026-01-01T00:00:00+0000", "updated_time": "2026-11-01T00:00:00+0000"}
    state = {"status": "ACTIVE", "effective_status": "ACTIVE", "configured_status": "ACTIVE", **stamp}
    ids = [ad_ids(n) for n in range(ads)]
    campaigns = sorted({campaign for _, _, campaign in ids})
    ad_sets = sorted({(ad_set, campaign) for _, ad_set, campaign in ids})
    return {
        "campaigns": [{"id": c, "name": f"Campaign {c}", "objective": "OUTCOME_SALES", **state} for c in campaigns],
        "adsets": [{"id": s, "name": f"Ad set {s}", "campaign_id": c, **state} for s, c in ad_sets],
        "ads": [
            {"id": a, "name": f"Ad {a}", "adset_id": s, "campaign_id": c, "creative": {"id": f"8{a}"}, **state}
            for a, s, c in ids
        ],
        "adcreatives": [
            {"id": f"8{a}", "name": f"Creative {a}", "object_type": "VIDEO", "video_id": f"7{a}"} for a, _, _ in ids
        ],
    }


def answer(pages: Pages, host: str, target: str) -> bytes:
    """The JSON body for one GET."""
    parts = urlsplit(target)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    edge = parts.path.rstrip("/").rsplit("/", 1)[-1]
    if edge == ACCOUNT:
        return json.dumps({
            "id": ACCOUNT, "account_id": ACCOUNT.removeprefix("act_"), "name": "Benchmark", "currency": "EUR",
            "timezone_name": "Europe/Berlin", "account_status": 1,
        }).encode()  # fmt: skip
    index = int(query.get("after", "0"))
    if edge == "insights" and query.get("level") != "ad":
        return b'{"data":[]}'  # people of accounts and campaigns: asked for by a refresh, not by the floor
    if edge == "insights":
        span = json.loads(query["time_range"])
        page, has_next = pages.insight_page(date.fromisoformat(span["since"]), date.fromisoformat(span["until"]), index)
    else:
        found = pages.edges[edge]
        page, has_next = found[index], index + 1 < len(found)
    paging = ""
    if has_next:
        url = f"http://{host}{parts.path}?{urlencode({**query, 'after': index + 1})}"
        paging = f',"paging":{{"cursors":{{"after":"{index + 1}"}},"next":{json.dumps(url)}}}'
    return f'{{"data":{page}{paging}}}'.encode()


async def serve(pages: Pages) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                host = next(line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("host:"))
                body = answer(pages, host, lines[0].split(" ")[1])
                usage = b'x-app-usage: {"call_count":1,"total_time":1,"total_cputime":1}\r\n'
                length = b"content-length: %d\r\n\r\n" % len(body)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + usage + length + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Pages(int(sys.argv[1]), int(sys.argv[2]))))
