"""What is old goes, in batches, and nothing that somebody still needs goes with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from analytics.clock import Clock
from auth.refresh_tokens import token_hash
from jobs.chores import CHORES
from models.acting import TenantScope
from models.audit.entry import INSTALLATION
from models.billing.stripe_event import StripeEvent
from models.database import Database
from models.mail import OutgoingMail
from models.people.one_time_token import OneTimeToken, TokenPurpose
from services import batches
from services.billing.stripe_sync import reconcile_billing
from services.installation.retention import forget_old_audit_entries, forget_old_refresh_tokens, forget_old_sessions
from services.mail import forget_old_mails
from services.people.one_time_tokens import forget_old_tokens
from services.people.sessions import SignedIn, refresh_session
from services.toolbox import Retention, Toolbox
from tests.worlds.sign_in import ORIGIN, SignInWorld, sign_in_world

USED = "update auth_session set last_used_at = :at where user_id = :of"
EXPIRED = "update refresh_token set expires_at = :at where token_hash = :of"
ENTRY = """
    insert into audit_log (id, tenant_id, at, actor_kind, action) values (:id, :tenant_id, :at, 'SYSTEM', 'test.old')
"""


CHORE = {chore.name: chore.work for chore in CHORES}


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    """Its clock stands still, and rows are moved into the past: sessions of other tests stay."""
    made = sign_in_world(tools)
    yield made
    made.tools.credentials.passwords.close()


async def change(world: SignInWorld, statement: str, user_id: UUID | None = None, **values: Any) -> None:
    async with world.db.write(TenantScope(None, user_id)) as session:
        await (await session.connection()).execute(text(statement), values)


async def count(world: SignInWorld, table: str, condition: str, of: object) -> int:
    async with world.db.system(reason="test") as session:
        query = text(f"select count(*) from {table} where {condition} = :of")
        return int((await (await session.connection()).execute(query, {"of": of})).scalar_one())


async def unused_for(world: SignInWorld, who: SignedIn, **time: float) -> None:
    user_id = who.viewer.user_id
    await change(world, USED, user_id, at=world.clock() - timedelta(**time), of=user_id)


async def traces(world: SignInWorld, who: SignedIn) -> tuple[int, int]:
    """How many sessions and refresh tokens there are of the person."""
    tables = ("auth_session", "refresh_token")
    sessions, tokens = [await count(world, table, "user_id", who.viewer.user_id) for table in tables]
    return sessions, tokens


async def enter(world: SignInWorld, tenant_id: UUID, *days: float) -> None:
    """Audit entries of as many days ago."""
    async with world.db.system(reason="test") as session:
        for each in days:
            values = {"id": uuid4(), "tenant_id": tenant_id, "at": world.clock() - timedelta(days=each)}
            await (await session.connection()).execute(text(ENTRY), values)


def keeping(world: SignInWorld, **days: int) -> Toolbox:
    return replace(world.tools, retention=Retention(**days))


async def test_a_session_goes_with_its_tokens_90_days_after_its_last_use(world: SignInWorld) -> None:
    old, recent = await world.person(), await world.person()
    await unused_for(world, old, days=90, seconds=1)
    await unused_for(world, recent, days=89)
    assert await forget_old_sessions(world.db, world.clock, session_days=90) >= 1
    assert await traces(world, old) == (0, 0)
    assert await traces(world, recent) == (1, 1)


async def test_the_operator_says_how_long_sessions_are_kept(world: SignInWorld) -> None:
    person = await world.person()
    await unused_for(world, person, days=31)
    await CHORE["sessions"](keeping(world, session_days=32))
    assert await traces(world, person) == (1, 1)
    await CHORE["sessions"](keeping(world, session_days=30))
    assert await traces(world, person) == (0, 0)


async def test_an_expired_refresh_token_goes_and_its_session_goes_on(world: SignInWorld) -> None:
    person = await world.person()
    following = await refresh_session(world.tools, ORIGIN, refresh_token=person.refresh_token)
    ended = world.clock() - timedelta(seconds=1)
    await change(world, EXPIRED, at=ended, of=token_hash(person.refresh_token))
    assert await forget_old_refresh_tokens(world.tools.db, world.tools.clock) >= 1
    assert await traces(world, person) == (1, 1)
    await refresh_session(world.tools, ORIGIN, refresh_token=following.refresh_token)


async def test_audit_entries_are_kept_for_ever_unless_the_operator_says_otherwise(world: SignInWorld) -> None:
    tenant_id = uuid4()
    await enter(world, tenant_id, 4000)
    assert await CHORE["audit_entries"](world.tools) == 0
    assert await CHORE["audit_entries"](keeping(world, audit_days=3650)) == 1
    assert await count(world, "audit_log", "tenant_id", tenant_id) == 0


async def test_audit_entries_go_by_age_alone_whosever_they_are(world: SignInWorld) -> None:
    mine = uuid4()
    await enter(world, mine, 731, 729)
    await enter(world, INSTALLATION, 731)
    assert await forget_old_audit_entries(world.db, world.clock, audit_days=730) == 2
    assert await count(world, "audit_log", "tenant_id", mine) == 1


async def test_a_round_ends_and_the_next_one_goes_on(world: SignInWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    monkeypatch.setattr(batches, "MOST_BATCHES", 2)
    await enter(world, tenant_id := uuid4(), *range(1001, 1006))
    assert await forget_old_audit_entries(world.db, world.clock, audit_days=1000) == 4
    assert await count(world, "audit_log", "tenant_id", tenant_id) == 1
    assert await forget_old_audit_entries(world.db, world.clock, audit_days=1000) == 1


async def test_workers_that_forget_at_once_share_the_work(world: SignInWorld) -> None:
    await enter(world, tenant_id := uuid4(), *range(1001, 1031))
    rounds = [forget_old_audit_entries(world.db, world.clock, audit_days=1000) for _ in range(3)]
    assert sum(await asyncio.gather(*rounds)) == 30
    assert await count(world, "audit_log", "tenant_id", tenant_id) == 0


OLD = datetime(2000, 1, 1, tzinfo=UTC)


def old_mail(mark: str) -> OutgoingMail:
    return OutgoingMail(content_enc=mark, created_at=OLD)


def old_event(mark: str) -> StripeEvent:
    return StripeEvent(id=uuid4().hex, type=mark, livemode=False, created=1, received_at=OLD)


def old_token(mark: str) -> OneTimeToken:
    key = uuid4().bytes
    return OneTimeToken(token_hash=key, purpose=TokenPurpose.INVITATION, email=mark, created_at=OLD, expires_at=OLD)


@pytest.mark.parametrize(
    ("old", "column", "forget"),
    [
        (old_mail, OutgoingMail.content_enc, forget_old_mails),
        (old_event, StripeEvent.type, partial(reconcile_billing, billing=None)),
        (old_token, OneTimeToken.email, forget_old_tokens),
    ],
)
async def test_no_statement_of_a_chore_deletes_more_than_a_batch(
    world: SignInWorld,
    monkeypatch: pytest.MonkeyPatch,
    old: Callable[[str], OutgoingMail | StripeEvent | OneTimeToken],
    column: Any,
    forget: Callable[[Database, Clock], Awaitable[int]],
) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    monkeypatch.setattr(batches, "MOST_BATCHES", 2)
    mark = uuid4().hex
    async with world.db.write(None) as session:
        session.add_all([old(mark) for _ in range(5)])
    left = []
    for _ in range(2):
        await forget(world.db, world.clock)
        async with world.db.read(None) as session:
            left.append(len((await session.exec(select(column).where(column == mark))).all()))
    assert left == [1, 0]
