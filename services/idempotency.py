"""Runs a change once although its client may ask for it twice: the same key with the same input gets the first answer.

A key is claimed in a transaction of its own, so that no transaction is open during the work, which may be a vendor's
call. A refusal is an answer like any other, but not one that says to ask again later: that one releases the key.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from auth.viewer import Viewer
from errors import Forbidden, RateLimited, Refused, Unauthenticated, UserErrorCode
from models.database import Database
from models.idempotency_key import IdempotencyKey, insert_unless_known, keep_answer, key_for_update, release_key
from models.installation.retention import delete_keys_before
from models.tenants.tenant import hold_tenant
from services.batches import delete_in_batches
from services.waiting_calls import place_to_wait

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 64
# No vendor's call takes so long, its retries included. So a claim that is older belongs to a process that has died, and
# another call may take it over.
CLAIM_LIFE = timedelta(minutes=5)
# How long a duplicate waits between two looks at the first call's answer; the last pause is repeated.
_WAITS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.0)
# How long a duplicate waits in all. After that it is refused, and its client has to ask again.
_PATIENCE_S = 100.0
_FIELD = "idempotency_key"
# With these codes nothing was done, and the same call may succeed in a while.
ASK_AGAIN = frozenset({UserErrorCode.UPSTREAM_UNAVAILABLE, UserErrorCode.WRITE_LIMITED})
# These are raised before anything is done: a permission is checked first.
_NOTHING_DONE = (RateLimited, Forbidden, Unauthenticated)

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """A change that a client asks for. `input` is everything that decides what it does, ready for JSON.

    With a `key` of None every call runs. The name of an operation is stored with each key and compared with that of a
    repeated call, so it must never change: else every key in use would be refused for a day. With an `owner_id` the key
    is that of one person or API key; without one it is the whole tenant's.
    """

    operation: str
    key: str | None
    input: Mapping[str, Any]
    owner_id: UUID | None = None

    @property
    def input_hash(self) -> bytes:
        # The keys are sorted, so that the order in which a client wrote its input does not matter.
        text = json.dumps([self.operation, self.input], sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


async def once(
    db: Database, clock: Clock, viewer: Viewer, call: KeyedCall, run: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Answers what `run` answers, or what it answered the first time; the answer is small and fit for JSON.

    Raises Refused: INVALID for the key, CONFLICT for a key that came with another input or whose first call still runs;
    RateLimited where too many wait for a first call; and whatever `run` raises, also when that was the first call's
    refusal.
    """
    if call.key is None:
        return await run()
    claim = await _claim_or_load_answer(db, clock, viewer, call)
    if not isinstance(claim, IdempotencyKey):
        return _told(claim)
    # Any other error leaves the claim: nobody knows what was done, so that CLAIM_LIFE alone frees the key.
    try:
        answer = await run()
    except _NOTHING_DONE:
        async with db.write(viewer) as session:
            await release_key(session, claim)
        raise
    except Refused as refusal:
        if refusal.user_code in ASK_AGAIN:
            async with db.write(viewer) as session:
                await release_key(session, claim)
        else:
            await _store_answer(db, viewer, claim, {"refused": _noted(refusal)})
        raise
    await _store_answer(db, viewer, claim, {"answer": answer})
    return answer


async def forget_old_keys(db: Database, clock: Clock) -> int:
    """Deletes the keys of all tenants that are older than a day; answers how many."""
    opened = partial(db.sweep, reason="forget old idempotency keys")
    return await delete_in_batches(opened, delete_keys_before, clock() - KEPT_FOR)


async def _claim_or_load_answer(db: Database, clock: Clock, viewer: Viewer, call: KeyedCall) -> IdempotencyKey | Answer:
    """Our own claim of the key, or the first call's answer, for which this one waits; raises as `once` does."""
    key = _stored_key(call)
    look = partial(_try_to_claim, db, clock, viewer, call, key)
    found = await look()
    if found is not None:
        return found
    with place_to_wait(viewer.tenant_id, key):
        return await _waited_for(look)


async def _waited_for(look: Callable[[], Awaitable[IdempotencyKey | Answer | None]]) -> IdempotencyKey | Answer:
    """What `look` answers once it answers something; raises Refused CONFLICT when that takes too long."""
    loop = asyncio.get_running_loop()
    ends_at, waits = loop.time() + _PATIENCE_S, 0
    while loop.time() < ends_at:
        await asyncio.sleep(_WAITS_S[min(waits, len(_WAITS_S) - 1)])
        waits += 1
        found = await look()
        if found is not None:
            return found
    raise Refused(
        UserErrorCode.CONFLICT,
        "The first call with this idempotency key still runs: repeat the call in a minute.",
        field=_FIELD,
    )


async def _try_to_claim(
    db: Database, clock: Clock, viewer: Viewer, call: KeyedCall, key: str
) -> IdempotencyKey | Answer | None:
    """Our own claim of the key, or the first call's answer; None while that call runs.

    Raises Refused CONFLICT for a key that came with another input, NotFound when the tenant was deleted.
    """
    now = clock()
    async with db.write(viewer) as session:
        await hold_tenant(session)
        claim = IdempotencyKey(
            tenant_id=session.tenant_id,
            key=key,
            operation=call.operation,
            input_hash=call.input_hash,
            created_at=now,
        )
        if await insert_unless_known(session, claim):
            return claim
        locked = await key_for_update(session, key)
        # The first call has released the key in this moment: the next look claims it.
        if locked is None:
            return None
        is_over = now - locked.created_at >= KEPT_FOR
        if not is_over and (locked.operation, locked.input_hash) != (call.operation, call.input_hash):
            raise Refused(
                UserErrorCode.CONFLICT,
                "This idempotency key was used with another input within the last 24 hours: take a new one.",
                field=_FIELD,
            )
        if not is_over and locked.answer is not None:
            return locked.answer
        # The key is old, or the process that claimed it has died: the row becomes our claim.
        if is_over or now - locked.created_at >= CLAIM_LIFE:
            locked.sqlmodel_update(claim.model_dump())
            return claim
    return None


def _stored_key(call: KeyedCall) -> str:
    """The key in the table. No key of a client has a line break, so none is taken for one that belongs to somebody."""
    key = _checked(call.key)
    return key if call.owner_id is None else f"{call.owner_id}\n{key}"


def _checked(key: str | None) -> str:
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        message = f"An idempotency key must have 1 to {LONGEST_KEY} printable characters."
        raise Refused(UserErrorCode.INVALID, message, field=_FIELD)
    return key


async def _store_answer(db: Database, viewer: Viewer, claim: IdempotencyKey, answer: Answer) -> None:
    async with db.write(viewer) as session:
        await keep_answer(session, claim, answer)


def _noted(refusal: Refused) -> Answer:
    return {
        "code": refusal.user_code.value,
        "message": refusal.message,
        "parameter": refusal.field,
        "place": refusal.place,
        "retry_after_s": refusal.retry_after_s,
    }


def _told(kept: Answer) -> Answer:
    """The first call's answer; raises Refused when that was a refusal."""
    refused = kept.get("refused")
    if refused is None:
        answer: Answer = kept["answer"]
        return answer
    raise Refused(
        UserErrorCode(refused["code"]),
        refused["message"],
        field=refused.get("parameter"),
        place=refused.get("place"),
        retry_after_s=refused["retry_after_s"],
    )
