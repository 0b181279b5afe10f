"""Owns the API over HTTP: credentials, parameters, Idempotency-Key, errors; must not know what a call does."""

import asyncio
import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.stripe.calls import ROUTES, Call, Refusal
from sandbox.stripe.faults import Fault
from sandbox.stripe.ledger import Ledger, Object, made_id, shown
from sandbox.stripe.params import InvalidParams, read_params


def api_routes() -> list[Route]:
    known = [Route(path, _endpoint(name, call), methods=[method]) for method, path, name, call in ROUTES]
    return [*known, Route("/v1/{path:path}", _unknown, methods=["GET", "POST", "DELETE"])]


def _endpoint(name: str, call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        ledger: Ledger = request.app.state.ledger
        fault: Fault | None = request.app.state.faults.pop(name)
        if fault is not None:
            return await _spoiled(fault)
        if not _is_authorized(request, ledger.config.secret_key):
            error = {"type": "invalid_request_error", "message": "Invalid API Key provided."}
            return _json({"error": error}, 401)
        text = request.url.query if request.method == "GET" else (await request.body()).decode(errors="replace")
        try:
            return _json(*_once(ledger, request, name=name, call=call, text=text))
        except InvalidParams as error:
            shown = {"type": "invalid_request_error", "message": str(error), "param": error.param}
            return _json({"error": shown | {"code": "parameter_unknown"}}, 400)
        except Refusal as refusal:
            return _json({"error": refusal.error}, refusal.status)

    return endpoint


def _once(ledger: Ledger, request: Request, *, name: str, call: Call, text: str) -> tuple[Object, int]:
    """The same key answers the same; raises Refusal for one that came with another request."""
    key = request.headers.get("idempotency-key")
    asked = {"name": name, "path": request.url.path, "text": text}
    known = ledger.book.answers.get(key) if key is not None and request.method == "POST" else None
    if known is not None:
        if known["asked"] != asked:
            refusal = Refusal("Keys for idempotent requests can only be used with the same parameters.")
            refusal.error["type"] = "idempotency_error"
            raise refusal
        return known["answer"], 200
    found = call(ledger, request.path_params.get("id", ""), read_params(name, text))
    answer = shown(found)
    if key is not None and request.method == "POST":
        ledger.book.answers[key] = {"asked": asked, "answer": answer}
    if request.method != "GET":
        ledger.save()
    return answer, 200


def _is_authorized(request: Request, secret_key: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = b64decode(given, validate=True).decode().partition(":")[0]
        except (NotBase64, UnicodeDecodeError):
            return False
    return hmac.compare_digest(given.encode(), secret_key.encode())


async def _spoiled(fault: Fault) -> Response:
    if fault.seconds:
        await asyncio.sleep(fault.seconds)
    return Response(fault.body, fault.status, dict(fault.headers), media_type="application/json")


def _unknown(request: Request) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return _json({"error": {"type": "invalid_request_error", "message": message}}, 404)


def _json(content: object, status: int = 200) -> Response:
    headers = {"Request-Id": made_id("req")}
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")
