"""Owns one call's way through the sandbox: log, faults, answer, headers; must not know paths."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.meta.call_log import LoggedCall
from sandbox.meta.calls import GraphCall, read_call
from sandbox.meta.errors import GraphError
from sandbox.meta.faults import RUN_KINDS, FaultKind, FaultRule
from sandbox.meta.graph import Answer, answer, find_account, is_insights
from sandbox.meta.paging import Page, envelope
from sandbox.meta.spoiling import spoil_body, spoil_page
from sandbox.meta.state import Sandbox
from sandbox.meta.usage import usage_headers

_JSON = "application/json; charset=UTF-8"


@dataclass(slots=True)
class _Outcome:
    status: int
    body: bytes
    media_type: str = _JSON
    rows: int | None = None
    error: GraphError | None = None


async def graph_endpoint(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    call = await read_call(request)
    call.account_id = find_account(sandbox, call)
    rule = sandbox.faults.pick(call)
    if rule and rule.delay_s:
        await asyncio.sleep(rule.delay_s)
    outcome = _outcome(sandbox, call, rule=rule)
    _record(sandbox, call, outcome=outcome, rule=rule)
    headers = usage_headers(sandbox.log, call.account_id, is_insights=is_insights(sandbox, call))
    headers |= {
        "facebook-api-version": call.version,
        "x-fb-rev": "1020304050",
        "x-fb-trace-id": secrets.token_hex(6),
    }
    return Response(outcome.body, outcome.status, headers, outcome.media_type)


def _outcome(sandbox: Sandbox, call: GraphCall, *, rule: FaultRule | None) -> _Outcome:
    try:
        refused = rule.error(call) if rule else None
        if refused is not None:
            raise refused
        found = _spoiled(sandbox, call, found=answer(sandbox, call), rule=rule)
        if rule and rule.kind in RUN_KINDS and isinstance(found, Mapping):
            sandbox.runs.doom(str(found["report_run_id"]), rule)
        rendered: Mapping[str, object] = envelope(call, found) if isinstance(found, Page) else found
    except GraphError as error:
        body = msgspec.json.encode(error.envelope(f"A{secrets.token_hex(8)}"))
        return _Outcome(error.status, body, error=error)
    outcome = _Outcome(200, msgspec.json.encode(rendered))
    outcome.rows = len(found.rows) if isinstance(found, Page) else None
    if rule:
        outcome.status, outcome.body, outcome.media_type = spoil_body(rule.kind, outcome.body, media_type=_JSON)
    return outcome


def _spoiled(sandbox: Sandbox, call: GraphCall, *, found: Answer, rule: FaultRule | None) -> Answer:
    if not isinstance(found, Page):
        return found
    kind: FaultKind | None = rule.kind if rule else None
    return spoil_page(sandbox.last_rows, call, page=found, kind=kind)


def _record(sandbox: Sandbox, call: GraphCall, *, outcome: _Outcome, rule: FaultRule | None) -> None:
    sandbox.log.add(
        LoggedCall(
            number=sandbox.log.next_number(),
            method=call.method,
            path=call.path,
            params=call.loggable,
            account_id=call.account_id,
            user_id=call.user_id,
            status=outcome.status,
            rows=outcome.rows,
            error_code=outcome.error.code if outcome.error else None,
            error_subcode=outcome.error.subcode if outcome.error else None,
            fault=rule.kind.value if rule else None,
        )
    )
