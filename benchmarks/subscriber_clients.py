"""Many subscribers in a process of their own: `python -m benchmarks.subscriber_clients URL TOKEN NUMBER SECONDS ID...`.

One WebSocket and one subscription each, as browsers have, spread evenly over the jobs; prints `ready` once all have
heard the current state, then after SECONDS every delivery: number of the job, the count it showed, when it came.
"""

import asyncio
import json
import sys
import time

import websockets
from websockets.asyncio.client import ClientConnection, connect

AT_ONCE = 20  # connections that are made at the same time
QUERY = "subscription ($id: ID!) { refreshProgress(jobId: $id) { rowsFetched progress status } }"
Delivery = tuple[int, int, float]


async def subscribed(url: str, token: str, job_id: str) -> ClientConnection:
    address = url.replace("http", "ws", 1) + "/graphql"
    protocol = websockets.Subprotocol("graphql-transport-ws")
    socket = await connect(address, subprotocols=[protocol], open_timeout=60, compression=None)
    await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    payload = {"query": QUERY, "variables": {"id": job_id}}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    return socket


async def listen(socket: ClientConnection, job: int, heard: list[Delivery]) -> None:
    async for message in socket:
        came_at = time.monotonic()
        body = json.loads(message)
        if body["type"] != "next" or body["payload"].get("errors"):
            raise RuntimeError(message)
        heard.append((job, body["payload"]["data"]["refreshProgress"]["rowsFetched"], came_at))


async def main(url: str, token: str, number: int, seconds: float, job_ids: list[str]) -> None:
    heard, tasks = list[Delivery](), list["asyncio.Task[None]"]()
    gate = asyncio.Semaphore(AT_ONCE)

    async def begin(job: int) -> None:
        async with gate:
            socket = await subscribed(url, token, job_ids[job])
            state = json.loads(await socket.recv())  # at once
            assert state["type"] == "next", state
            assert "errors" not in state["payload"], state
        tasks.append(asyncio.create_task(listen(socket, job, heard)))

    await asyncio.gather(*(begin(each % len(job_ids)) for each in range(number)))
    print("ready", flush=True)
    await asyncio.sleep(seconds)
    failed = [task.exception() for task in tasks if task.done()]
    assert not failed, failed[0]
    print(json.dumps(heard), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]))
