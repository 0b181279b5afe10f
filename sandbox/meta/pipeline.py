"""Owns one call's way through the sandbox: faults, limits, answer, log, headers; must not know HTTP or paths."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from sandbox.meta.call_log import LoggedCall
from sandbox.meta.calls import GraphCall
from sandbox.meta.errors import GraphError
from sandbox.meta.graph import Answer, answer, find_account
from sandbox.meta.paging import Page, envelope
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.faults import RUN_KINDS, FaultKind, FaultRule
from sandbox.meta.trouble.spoiling import spoil_body, spoil_page
from sandbox.meta.trouble.usage import cost_of, count_call, usage_headers

JSON = "application/json; charset=UTF-8"
# These take their time while the body travels, not before.
_SLOW_BODIES = (FaultKind.SLOW_BODY, FaultKind.DRIP)


@dataclass(slots=True)
class Outcome:
    """`rule` is the fault that befell the call; how its body travels is the door's to carry out."""

    status: int
    body: bytes
    media_type: str = JSON
    rows: int | None = None
    error: GraphError | None = None
    rule: FaultRule | None = None
    cost: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def fault(self) -> FaultKind | None:
        return self.rule.kind if self.rule else None


Responder = Callable[[Outcome, Sandbox, GraphCall], Awaitable[None]]


async def respond(outcome: Outcome, sandbox: Sandbox, call: GraphCall) -> None:
    """Fill in what the Graph says to one call; raises GraphError."""
    odd = sandbox.odd_values.spread(call, answer(sandbox, call), sandbox.runs.question(call))
    found = _spoiled(sandbox, call, found=odd, rule=outcome.rule)
    if outcome.rule and outcome.rule.kind in RUN_KINDS and isinstance(found, Mapping):
        sandbox.runs.doom(str(found["report_run_id"]), outcome.rule)
    rendered: Mapping[str, object] = envelope(call, found) if isinstance(found, Page) else found
    outcome.body = msgspec.json.encode(rendered)
    outcome.rows = len(found.rows) if isinstance(found, Page) else None


async def process(sandbox: Sandbox, call: GraphCall, *, respond: Responder = respond) -> Outcome:
    """Take a call from its faults to its headers."""
    call.account_id = find_account(sandbox, call)
    rule = sandbox.faults.pick(call)
    if rule and rule.delay_s and rule.kind not in _SLOW_BODIES:
        await asyncio.sleep(rule.delay_s)
    outcome = await _outcome(sandbox, call, rule=rule, respond=respond)
    _record(sandbox, call, outcome=outcome)
    outcome.headers = _headers(sandbox, call, outcome=outcome)
    return outcome


def _record(sandbox: Sandbox, call: GraphCall, *, outcome: Outcome) -> None:
    error = outcome.error
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
            error_code=error.code if error else None,
            error_subcode=error.subcode if error else None,
            fault=outcome.fault.value if outcome.fault else None,
            cost=outcome.cost,
            is_batched=call.is_batched,
            at=sandbox.clock.now(),
        )
    )


async def _outcome(sandbox: Sandbox, call: GraphCall, *, rule: FaultRule | None, respond: Responder) -> Outcome:
    outcome = Outcome(200, b"", rule=rule)
    if rule and rule.kind in (FaultKind.RESET, FaultKind.BATCH_NULL):
        outcome.status = 0
        return outcome
    try:
        refused = rule.error(call) if rule else None
        if refused is not None:
            raise refused
        count_call(sandbox, call)
        outcome.cost = cost_of(call)
        await respond(outcome, sandbox, call)
        if rule:
            outcome.status, outcome.body, outcome.media_type = spoil_body(rule, outcome.body, media_type=JSON)
    except GraphError as error:
        if outcome.cost:
            sandbox.throttling.count_error(call.account_id)
        outcome.status, outcome.error = error.status, error
        outcome.body = msgspec.json.encode(error.envelope(f"A{secrets.token_hex(8)}"))
    return outcome


def _spoiled(sandbox: Sandbox, call: GraphCall, *, found: Answer, rule: FaultRule | None) -> Answer:
    if not isinstance(found, Page):
        return found
    kind: FaultKind | None = rule.kind if rule else None
    return spoil_page(sandbox.last_rows, call, page=found, kind=kind)


def _headers(sandbox: Sandbox, call: GraphCall, *, outcome: Outcome) -> dict[str, str]:
    regain_s = outcome.rule.regain_s if outcome.rule else 0.0
    return usage_headers(sandbox, call, regain_s=regain_s) | {
        "facebook-api-version": call.version,
        "x-fb-rev": "1020304050",
        "x-fb-trace-id": secrets.token_hex(6),
    }
