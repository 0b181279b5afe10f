"""Owns the Graph's door for HTTP: one call or a batch in, one response out; must not know paths."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from sandbox.meta.batch import answer_batch, is_batch
from sandbox.meta.calls import read_call
from sandbox.meta.data.pictures import placed
from sandbox.meta.pipeline import process, respond
from sandbox.meta.state import Sandbox
from sandbox.meta.transport import response_of


async def graph_endpoint(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    call = await read_call(request)
    if sandbox.latency_s:
        await asyncio.sleep(sandbox.latency_s)
    outcome = await process(sandbox, call, respond=answer_batch if is_batch(call) else respond)
    outcome.body = placed(outcome.body, request)
    return response_of(outcome)
