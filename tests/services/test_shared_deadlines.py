"""Deadlines that two processes share, each on a machine whose clock is ten minutes wrong: one ahead, one behind."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from analytics.clock import utc_now
from auth.access_tokens import AccessTokenSigner
from auth.authenticator import Authenticator
from auth.one_time_tokens import About, look_at, make
from auth.refresh_tokens import IDLE
from errors import Refused, Unauthenticated, UserErrorCode
from integrations.errors import Throttled
from models.people.one_time_token import TokenPurpose
from models.postgres_clock import PostgresClock
from services.ingestion.throttling import Pacer
from services.people.sessions import refresh_session
from services.refreshes.schedules import tick_schedules
from services.toolbox import Toolbox
from tests.worlds.refreshes import RefreshWorld, refresh_world
from tests.worlds.sign_in import ORIGIN, SignInWorld, new_email, sign_in_world

TEN_MINUTES, A_MOMENT = timedelta(minutes=10), timedelta(seconds=30)
Machines = tuple[Toolbox, Toolbox]


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    made = sign_in_world(tools)
    yield made
    made.tools.credentials.passwords.close()


async def on_a_machine(tools: Toolbox, ahead: timedelta) -> Toolbox:
    """The tools of a process there, with the clock that startup gives them."""
    clock = PostgresClock(wall=lambda: utc_now() + ahead)
    await clock.read(tools.db)
    tokens = AccessTokenSigner("a secret of the tests, long enough", issuer=tools.addresses.public_url, clock=clock)
    credentials = replace(tools.credentials, tokens=tokens, authenticator=Authenticator(tools.db, tokens, clock))
    return replace(tools, clock=clock, credentials=credentials)


@pytest.fixture(params=[TEN_MINUTES, -TEN_MINUTES], ids=["first-ahead", "first-behind"])
async def machines(request: pytest.FixtureRequest, tools: Toolbox) -> Machines:
    return await on_a_machine(tools, request.param), await on_a_machine(tools, -request.param)


def with_passwords_of(world: SignInWorld, tools: Toolbox) -> Toolbox:
    credentials = replace(tools.credentials, passwords=world.tools.credentials.passwords)
    return replace(tools, credentials=credentials)


async def test_tokens_and_sessions_of_one_machine_are_good_on_the_other(world: SignInWorld, machines: Machines) -> None:
    first, second = (replace(world, tools=with_passwords_of(world, each)) for each in machines)
    signed_in = await first.person()
    authenticate = second.tools.credentials.authenticator.authenticate
    viewer = await authenticate(f"Bearer {signed_in.access_token.text}", ORIGIN)
    assert viewer.signed_in_at is not None
    assert abs(second.tools.clock() - viewer.signed_in_at) < A_MOMENT
    renewed = await refresh_session(second.tools, ORIGIN, refresh_token=signed_in.refresh_token)
    assert await first.tools.credentials.authenticator.authenticate(f"Bearer {renewed.access_token.text}", ORIGIN)


async def test_what_has_run_out_has_run_out_on_both_machines(world: SignInWorld, machines: Machines) -> None:
    first, second = (replace(world, tools=with_passwords_of(world, each)) for each in machines)
    signed_in = await first.person()
    async with world.db.write(signed_in.viewer) as session:
        over = "update auth_session set expires_at = now() - interval '1 second' where id = :id"
        await (await session.connection()).execute(text(over), {"id": signed_in.viewer.session_id})
    for machine in (first, second):
        machine.tools.credentials.authenticator.forget_person(signed_in.viewer.responsible_id)
        with pytest.raises(Unauthenticated):
            await machine.tools.credentials.authenticator.authenticate(f"Bearer {signed_in.access_token.text}", ORIGIN)


@pytest.mark.parametrize(("minutes", "is_good"), [(5, True), (-5, False)])
async def test_a_link_of_one_machine_lives_as_long_on_the_other(
    machines: Machines, minutes: int, is_good: bool
) -> None:
    first, second = machines
    about = About(TokenPurpose.PASSWORD_RESET, new_email())
    async with first.db.write(None) as session:
        ends_at = first.clock() + timedelta(minutes=minutes)
        token = await make(session, about, now=ends_at - IDLE, expires_at=ends_at)
    async with second.db.read(None) as session:
        look = look_at(session, token, purpose=about.purpose, now=second.clock())
        if is_good:
            assert (await look).expires_at == ends_at
        else:
            with pytest.raises(Refused) as refused:
                await look
            assert refused.value.user_code is UserErrorCode.TOKEN_EXPIRED


@pytest.fixture
async def refreshes(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def test_a_limit_that_one_machine_met_holds_the_other_as_long(
    refreshes: RefreshWorld, machines: Machines
) -> None:
    first, second = machines
    account = await refreshes.connected()
    hold = await Pacer(first.db, first.clock, account).refused(Throttled("Too many calls.", retry_after_s=300))
    held = await Pacer(second.db, second.clock, account).look()
    assert held is not None
    assert held.until == hold.until
    assert abs(hold.until - second.clock() - timedelta(seconds=300)) < A_MOMENT


@pytest.mark.parametrize(("due_in_min", "queued"), [(5, 0), (-5, 1)])
async def test_schedules_are_due_at_the_same_moment_on_both_machines(
    refreshes: RefreshWorld, machines: Machines, due_in_min: int, queued: int
) -> None:
    account = await refreshes.connected()
    await refreshes.change(
        "update ad_account set refresh_every_hours = 24, lookback_days = 3,"
        " next_refresh_at = now() + make_interval(mins => :due) where tenant_id = :tenant and id = :id",
        due=due_in_min,
        id=account.id,
    )
    for machine in machines:
        await tick_schedules(machine.db, machine.clock, machine.vendors.billing)
    [[jobs]] = await refreshes.select(
        "select count(*) from refresh_job where tenant_id = :tenant and ad_account_id = :id", id=account.id
    )
    assert jobs == queued
