"""What a point of cost is worth: the CPU time of questions about 1,000 objects beside the points that they cost."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from auth.limits.limiter import Limiter
from auth.viewer import Viewer
from benchmarks.graphql.servers import postgres_cpu_s
from benchmarks.insights.warehouse import ADS_PER_CAMPAIGN, warehouse
from benchmarks.long_answers import DAYS, NINE, RANGE, ROWS, Door, every_metric, rows
from benchmarks.world import Place, own_postgres, run, toolbox
from execution.transport.view import GraphQLView
from schema import build_schema
from services.toolbox import Toolbox

ROUNDS = 20
NINE_KEYS = ("SPEND", "IMPRESSIONS", "LINK_CLICKS", "CTR_ALL", "CPM", "CPC_LINK", "PURCHASES", "PURCHASE_VALUE", "ROAS")


def campaigns(fields: str, first: int = ROWS) -> str:
    return f"campaigns(first: {first}) {{ nodes {{ {fields} }} }}"


def metrics(names: str) -> str:
    return f"metrics({RANGE}) {{ {names} }}"


def cases() -> Mapping[str, str]:
    """The questions by what is asked of 1,000 objects."""
    nine = ", ".join(f"{{ metric: {name} }}" for name in NINE_KEYS)
    return {
        "rows of insights with 1 metric": rows("spend"),
        "rows of insights with 9 metrics": rows(NINE),
        "rows of insights with all metrics": rows(every_metric()),
        "rows with their entity (`id`, `name`)": rows("spend", "entity { id name }"),
        "rows with 9 `values`": rows(f"values(of: [{nine}]) {{ key value }}"),
        "campaigns, `id`": campaigns("id"),
        "campaigns with their account": campaigns("id adAccount { id name }"),
        "campaigns with their tags": campaigns("id tags { field value }"),
        "campaigns with 1 metric": campaigns(f"id {metrics('spend')}"),
        "campaigns with 9 metrics": campaigns(f"id {metrics(NINE)}"),
        "campaigns with all metrics": campaigns(f"id {metrics(every_metric())}"),
        "50 campaigns with a series of 30 days, 9 metrics": campaigns(
            f"id series({RANGE}) {{ period {{ start }} metrics {{ {NINE} }} }}", 50
        ),
    }


async def answered(view: GraphQLView, query: str) -> tuple[float, int]:
    """Milliseconds of CPU, and the points that the answer has cost."""
    sent: list[Any] = []
    body = msgspec.json.encode({"query": f"{{ {query} }}"})

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    began = time.process_time()
    await view(scope, receive, send)
    took_ms = (time.process_time() - began) * 1000
    answer = msgspec.json.decode(sent[1]["body"])
    assert "errors" not in answer, answer["errors"][:1]
    return took_ms, answer["extensions"]["cost"]["actual"]


async def measure(tools: Toolbox, viewer: Viewer, place: Place) -> None:
    view = GraphQLView(build_schema(), Door(tools, viewer))
    print("| asked of 1,000 | ms | ms of Postgres | points | µs a point |\n| --- | ---: | ---: | ---: | ---: |")
    for name, query in cases().items():
        await answered(view, query)  # the second time, a document has its plans
        began = postgres_cpu_s(place)
        found = [await answered(view, query) for _ in range(ROUNDS)]
        # It is told in hundredths of a second, so that of all rounds is divided.
        postgres_ms = (postgres_cpu_s(place) - began) * 1000 / ROUNDS
        took_ms, points = min(found)
        each = 1000 * (took_ms + postgres_ms) / points
        print(f"| {name} | {took_ms:,.1f} | {postgres_ms:,.1f} | {points:,} | {each:.1f} |", flush=True)


async def main() -> None:
    with own_postgres() as place:
        async with toolbox(place) as tools, warehouse(tools, place) as stock:
            viewer, _ = await stock.fill(sizes=[ROWS * ADS_PER_CAMPAIGN], days=DAYS)
            await stock.settle()
            await measure(replace(tools, limiter=Limiter.off(tools.clock)), viewer, place)


if __name__ == "__main__":
    run(main())
