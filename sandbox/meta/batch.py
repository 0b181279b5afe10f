"""Owns several calls in one request: how each is read, and what stands for it in the reply; must not answer them."""

from urllib.parse import parse_qsl, urlsplit

import msgspec

from sandbox.meta.calls import GraphCall, split_version
from sandbox.meta.errors import GraphError, bad_parameter, no_token
from sandbox.meta.pipeline import Outcome, process
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.faults import FaultKind

_MOST_CALLS = 50
# A call inside a batch has no connection of its own to lose.
_UNANSWERED = (FaultKind.BATCH_NULL, FaultKind.RESET, FaultKind.ANSWER_LOST)
# Given once for all calls.
_SHARED = ("access_token", "appsecret_proof")


class _Item(msgspec.Struct):
    method: str
    relative_url: str
    body: str = ""


def is_batch(call: GraphCall) -> bool:
    return call.method == "POST" and not call.path and "batch" in call.params


async def answer_batch(outcome: Outcome, sandbox: Sandbox, call: GraphCall) -> None:
    """The replies in the order of the calls; null for a call that was not carried out, which is not an error."""
    replies = [_reply(await process(sandbox, item), call) for item in _read_items(call)]
    outcome.body = msgspec.json.encode(replies)


def _read_items(call: GraphCall) -> list[GraphCall]:
    if not call.token:
        raise no_token()
    items = call.json("batch", list[_Item])
    if not items:
        raise bad_parameter("The batch parameter must be a non-empty array")
    if len(items) > _MOST_CALLS:
        message = f"Too many requests in batch message. Maximum batch size is {_MOST_CALLS}"
        raise GraphError(message, 100, kind="GraphBatchException")
    return [_read_item(call, item) for item in items]


def _read_item(call: GraphCall, item: _Item) -> GraphCall:
    url = urlsplit(item.relative_url)
    params = {name: call.params[name] for name in _SHARED if name in call.params}
    for text in (url.query, item.body):
        params |= dict(parse_qsl(text, keep_blank_values=True))
    version, path = split_version(url.path, default=call.version)
    address = f"{call.url.rstrip('/')}/{path}"
    token = params.get("access_token") or call.token
    return GraphCall(item.method.upper(), path, params, token, address, version, is_batched=True)


def _reply(outcome: Outcome, call: GraphCall) -> dict[str, object] | None:
    if outcome.fault in _UNANSWERED:
        return None
    reply: dict[str, object] = {"code": outcome.status, "body": outcome.body.decode()}
    if call.params.get("include_headers", "true").lower() not in ("false", "0"):
        headers = outcome.headers | {"Content-Type": outcome.media_type}
        reply["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
    return reply
