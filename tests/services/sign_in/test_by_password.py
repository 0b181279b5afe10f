"""Registering and signing in: what is stored, and that refusals of a login cannot be told apart."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from auth.passwords import PasswordHasher
from errors import Refused, UserErrorCode
from models.audit.entry import AuditEntry
from models.people.user import user_by_email, user_for_update
from models.people.user_password import store_password
from models.tenants.membership import Role
from models.tenants.tenant import Tenant
from services.people.sessions import SignedIn
from services.sign_in.by_password import Registration, login, register
from services.toolbox import Toolbox
from tests.worlds.sign_in import ORIGIN, PASSWORD, SignInWorld, new_email, said, sign_in_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    made = sign_in_world(tools)
    yield made
    made.tools.credentials.passwords.close()


async def sign_in(world: SignInWorld, email: str, password: str = PASSWORD, tenant_id: UUID | None = None) -> SignedIn:
    return await login(world.tools, ORIGIN, email=email, password=password, tenant_id=tenant_id)


async def refusal(world: SignInWorld, email: str, password: str = PASSWORD, tenant_id: UUID | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        await sign_in(world, email, password, tenant_id)
    return refused.value


async def refused_registration(world: SignInWorld, **changes: str | None) -> Refused:
    good = Registration(new_email(), PASSWORD, "Somebody", "T")
    with pytest.raises(Refused) as refused:
        await register(world.tools, ORIGIN, replace(good, **changes))  # type: ignore[arg-type] # tenant_name alone may be None
    return refused.value


async def test_registering_makes_an_owner_of_a_new_tenant_signed_in(world: SignInWorld) -> None:
    signed_in = await world.person(tenant_name="  Müller  & Söhne ")
    viewer = signed_in.viewer
    async with world.db.read(viewer) as session:
        tenant = (await session.exec(select(Tenant).where(Tenant.id == viewer.tenant_id))).one()
        actions = (await session.exec(select(AuditEntry.action).where(AuditEntry.tenant_id == viewer.tenant_id))).all()
    assert viewer.role == Role.OWNER
    assert (tenant.name, tenant.currency, tenant.time_zone) == ("Müller & Söhne", "USD", "UTC")
    assert tenant.slug.startswith("muller-sohne-")
    assert sorted(actions) == ["session.started", "tenant.created", "user.registered"]
    read = await world.tools.credentials.authenticator.authenticate(f"Bearer {signed_in.access_token.text}", ORIGIN)
    assert read == viewer


async def test_an_address_is_one_account_in_every_spelling(world: SignInWorld) -> None:
    email = new_email()
    signed_in = await world.person(email=f"  {email.upper()} ")
    assert (await world.user(signed_in.viewer.responsible_id)).email == email
    assert (await sign_in(world, email.title() + " ")).viewer.responsible_id == signed_in.viewer.responsible_id
    taken = await refused_registration(world, email=f"\t{email.capitalize()}")
    assert (taken.user_code, taken.field) == (UserErrorCode.EMAIL_TAKEN, "email")


async def test_of_ten_registrations_at_once_one_gets_the_address(world: SignInWorld) -> None:
    email = new_email()
    answers = await asyncio.gather(*(world.person(email=email) for _ in range(10)), return_exceptions=True)
    made = [answer for answer in answers if isinstance(answer, SignedIn)]
    refused = [answer.user_code for answer in answers if isinstance(answer, Refused)]
    assert (len(made), refused) == (1, [UserErrorCode.EMAIL_TAKEN] * 9)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"email": "nobody"}, UserErrorCode.INVALID, "email"),
        ({"email": "a b@example.com"}, UserErrorCode.INVALID, "email"),
        ({"email": "a@example"}, UserErrorCode.INVALID, "email"),
        ({"email": "a\0@example.com"}, UserErrorCode.INVALID, "email"),
        ({"email": "\ud800@example.com"}, UserErrorCode.INVALID, "email"),
        ({"email": "a" * 65 + "@example.com"}, UserErrorCode.INVALID, "email"),
        ({"email": "a@" + "b." * 400 + "com"}, UserErrorCode.INVALID, "email"),
        ({"password": "short"}, UserErrorCode.WEAK_PASSWORD, "password"),
        ({"password": "x" * 257}, UserErrorCode.WEAK_PASSWORD, "password"),
        ({"password": "123456789012"}, UserErrorCode.WEAK_PASSWORD, "password"),
        ({"password": "correct horse \ud800"}, UserErrorCode.WEAK_PASSWORD, "password"),
        ({"name": "  "}, UserErrorCode.INVALID, "name"),
        ({"name": "x" * 101}, UserErrorCode.INVALID, "name"),
        ({"name": "a\0b"}, UserErrorCode.INVALID, "name"),
        ({"tenant_name": None}, UserErrorCode.INVALID, "tenant_name"),
        ({"tenant_name": "\u202eevil"}, UserErrorCode.INVALID, "tenant_name"),
    ],
)
async def test_wrong_input_is_named_and_nothing_is_stored(
    world: SignInWorld, changes: dict[str, str | None], code: UserErrorCode, field: str
) -> None:
    email = new_email()
    refused = await refused_registration(world, **{"email": email, **changes})
    assert (refused.user_code, refused.field) == (code, field)
    async with world.db.read(None) as session:
        assert await user_by_email(session, email) is None


async def test_a_taken_address_leaves_no_tenant_behind(world: SignInWorld) -> None:
    signed_in = await world.person(tenant_name="First")
    email = (await world.user(signed_in.viewer.responsible_id)).email
    name = uuid4().hex
    await refused_registration(world, email=email, tenant_name=name)
    async with world.db.system(reason="tests look for a tenant of nobody") as session:
        assert (await session.exec(select(Tenant).where(col(Tenant.slug).like(f"{name}%")))).all() == []


async def test_every_failed_login_says_and_costs_the_same(world: SignInWorld) -> None:
    known, disabled, deleted, without = [new_email() for _ in range(4)]
    people = {email: (await world.person(email=email)).viewer for email in (known, disabled, deleted, without)}
    await world.change_user(people[disabled].responsible_id, disabled_at=world.clock())
    await world.change_user(people[deleted].responsible_id, deleted_at=world.clock())
    await world.change_password(people[without].responsible_id, None)
    tried = [
        (new_email(), PASSWORD, None),
        (known, "wrong password", None),
        (known, "x" * 3000, None),
        (known, PASSWORD, people[without].tenant_id),
        (known, PASSWORD, uuid4()),
        (disabled, PASSWORD, None),
        (deleted, PASSWORD, None),
        (without, PASSWORD, None),
        ("no address", PASSWORD, None),
        ("", "", None),
    ]
    answers = set()
    for email, password, tenant_id in tried:
        before = world.hasher.operations
        answers.add(said(await refusal(world, email, password, tenant_id)))
        assert world.hasher.operations == before + 1
    assert len(answers) == 1
    assert next(iter(answers))[0] == UserErrorCode.INVALID_CREDENTIALS


async def test_a_login_chooses_the_oldest_tenant_or_the_one_named(world: SignInWorld) -> None:
    email = new_email()
    person, other = (await world.person(email=email)).viewer, (await world.person()).viewer
    assert other.tenant_id
    world.clock.move(minutes=1)
    await world.join(other.tenant_id, person.responsible_id, Role.MANAGER)
    assert (await sign_in(world, email)).viewer.tenant_id == person.tenant_id
    there = (await sign_in(world, email, tenant_id=other.tenant_id)).viewer
    assert (there.tenant_id, there.role) == (other.tenant_id, Role.MANAGER)


async def test_a_person_without_a_tenant_signs_in_and_may_nothing(world: SignInWorld) -> None:
    email = new_email()
    person = (await world.person(email=email)).viewer
    assert person.tenant_id
    await world.change_role(person.tenant_id, person.responsible_id, None)
    viewer = (await sign_in(world, email)).viewer
    assert (viewer.responsible_id, viewer.tenant_id, viewer.role) == (person.responsible_id, None, None)


async def test_a_login_renews_a_hash_of_other_parameters(world: SignInWorld) -> None:
    email = new_email()
    person = (await world.person(email=email)).viewer
    older = PasswordHasher(memory_kib=16, passes=1)
    await world.change_password(person.responsible_id, await older.hash(PASSWORD))
    older.close()
    await sign_in(world, email)
    renewed = await world.recipe(person.responsible_id)
    assert renewed is not None
    assert "m=8," in renewed
    assert await sign_in(world, email)


async def test_a_password_that_is_changed_while_it_is_looked_at_opens_no_session(world: SignInWorld) -> None:
    """Else the session would outlive the change that ended all others."""
    waiting = text("select 1 from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid)) and not granted")
    email = new_email()
    person_id = (await world.person(email=email)).viewer.user_id
    assert person_id is not None
    async with world.db.write(None) as session:
        assert await user_for_update(session, person_id)
        await store_password(session, person_id, await world.tools.credentials.passwords.hash("another horse battery"))
        signing_in = asyncio.create_task(sign_in(world, email))
        while not signing_in.done() and not (await (await session.connection()).execute(waiting)).first():
            pass
    with pytest.raises(Refused) as refused:
        await signing_in
    assert refused.value.user_code is UserErrorCode.INVALID_CREDENTIALS
