"""A server that hands the extension what a test gives it, by the rules of relay/1, and keeps what it reports."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests.sandbox.vinted.site_browser import jpeg

CODE, TOKEN, UNSAFE = "ABCD2345", "rel_secret", {"CREATE_ITEM", "SEND_MESSAGE"}
LEASE_S, PATIENCE_S = 120, 20
Answer = dict[str, Any]


@dataclass
class Lease:
    lease_id: str
    steps: Sequence[tuple[str, Mapping[str, Any]]]
    reports: list[Answer] = field(default_factory=list)
    is_over: bool = False

    def told(self) -> Answer:
        steps = [
            {"index": index, "operation": operation, "arguments": arguments, "isUnsafe": operation in UNSAFE}
            for index, (operation, arguments) in enumerate(self.steps)
        ]
        lease = {"id": self.lease_id, "kind": "PUBLISH", "attempt": 1, "steps": steps, "expiresIn": LEASE_S}
        return {**lease, "callTimeoutSeconds": 30, "spacingMs": 20}

    @property
    def states(self) -> list[str]:
        return [report.get("error") or report["state"] for report in self.reports]

    @property
    def results(self) -> list[Any]:
        return [report.get("result") for report in self.reports if report["state"] == "DONE"]


@dataclass
class RelayStandIn:
    """`held` is what is answered only once its event is set: ClaimRelayWork, or reports by their state."""

    waiting: list[Lease] = field(default_factory=list)
    current: Lease | None = None
    leases: int = 0
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    bells: set[WebSocket] = field(default_factory=set)
    is_token_over: bool = False
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/graphql", self._answer, methods=["POST"]),
                WebSocketRoute("/graphql", self._bell),
                Route("/files/{name}", self._picture),
            ]
        )

    async def give(self, *steps: tuple[str, Mapping[str, Any]], is_rung: bool = True) -> Lease:
        """Hands the steps out at the next claim, and rings."""
        self.leases += 1
        lease = Lease(f"lease-{self.leases}", steps)
        self.waiting.append(lease)
        for bell in tuple(self.bells) if is_rung else ():
            await bell.send_json(_rung(1))
        return lease

    async def until_over(self, lease: Lease) -> Lease:
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(lambda: lease.is_over)
        return lease

    async def until_asked(self, asked: str) -> None:
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(lambda: asked in self.asked)

    async def lapse(self) -> None:
        """A lease that was handed out to nobody is handed out anew, under another id."""
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(lambda: self.current is not None)
        lease, self.current = self.current, None
        assert lease is not None
        assert lease.reports == []
        self.leases += 1
        lease.lease_id = f"lease-{self.leases}"
        self.waiting.insert(0, lease)

    async def _answer(self, request: Request) -> Response:
        body = json.loads(await request.body())
        name, variables = body["operationName"], body["variables"]
        asked = variables.get("input", {}).get("state", name)
        async with self.changed:
            self.asked[asked] = self.asked.get(asked, 0) + 1
            self.changed.notify_all()
        if held := self.held.get(asked):
            await held.wait()
        if name == "PairRelay":
            return _data("pairRelay", self._pair(variables["code"]))
        if request.headers.get("authorization") != f"Bearer {TOKEN}" or self.is_token_over:
            error = {"message": "Sign in.", "extensions": {"code": "UNAUTHENTICATED"}}
            return JSONResponse({"data": None, "errors": [error]}, 401)
        is_claim = name == "ClaimRelayWork"
        answer = self._claim() if is_claim else self._take(variables["input"])
        async with self.changed:
            self.changed.notify_all()
        return _data("claimRelayWork" if is_claim else "reportRelayStep", answer)

    def _pair(self, code: str) -> Answer:
        if code != CODE:
            return {"token": None, "userErrors": [{"code": "INVALID", "message": "This code is wrong or over."}]}
        return {"token": TOKEN, "channelName": "Wardrobe", "market": "vinted.fr", "userErrors": []}

    def _claim(self) -> Answer:
        if self.current is None and self.waiting:
            self.current = self.waiting.pop(0)
            return {"lease": self.current.told(), "retryAfter": 0, "userErrors": []}
        return {"lease": None, "retryAfter": 60, "userErrors": []}

    def _take(self, report: Answer) -> Answer:
        lease = self.current
        if lease is None or report["leaseId"] != lease.lease_id:
            return {"accepted": False, "stop": False, "expiresIn": None, "userErrors": []}
        lease.reports.append(report)
        is_last = report["state"] == "DONE" and report["step"] == len(lease.steps) - 1
        if report["state"] == "FAILED" or is_last:
            self.current, lease.is_over = None, True
        return {"accepted": True, "stop": False, "expiresIn": LEASE_S, "userErrors": []}

    async def _bell(self, socket: WebSocket) -> None:
        await socket.accept("graphql-transport-ws")
        hello = await socket.receive_json()
        assert hello["payload"] == {"authorization": f"Bearer {TOKEN}"}
        await socket.send_json({"type": "connection_ack"})
        async for message in socket.iter_json():
            if message["type"] == "subscribe":
                self.bells.add(socket)
                await socket.send_json(_rung(len(self.waiting)))
        self.bells.discard(socket)

    @staticmethod
    async def _picture(_request: Request) -> Response:
        return Response(jpeg(), media_type="image/jpeg")


def _rung(waiting: int) -> Answer:
    return {"id": "bell", "type": "next", "payload": {"data": {"relayBell": {"waiting": waiting}}}}


def _data(name: str, answer: Answer) -> JSONResponse:
    return JSONResponse({"data": {name: answer}})
