"""What the tests of sign-in and sessions share: a clock that moves, cheap hashes, people."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from auth.access_tokens import AccessTokenSigner
from auth.authenticator import Authenticator
from auth.passwords import PasswordHasher, Recipe
from errors import Refused, Unauthenticated
from models.acting import Origin, TenantScope
from models.database import Database
from models.people.user import User, user_by_id
from models.people.user_password import forget_password, password_recipe, store_password
from models.tenants.membership import Membership, Role
from resolvers.context import Context
from schema import build_schema
from services.people.sessions import SignedIn
from services.sign_in.by_password import Registration, login, register
from services.toolbox import Toolbox

PASSWORD = "correct horse battery"
ORIGIN = Origin(ip="192.0.2.1", user_agent="tests", request_id="request-1")


class CountingHasher(PasswordHasher):
    """Argon2id, cheap, that counts its hashes."""

    def __init__(self, **limits: int) -> None:
        super().__init__(memory_kib=8, passes=1, **limits)
        self.operations = 0

    def compute(self, secret: bytes, recipe: Recipe) -> str:
        self.operations += 1
        return super().compute(secret, recipe)


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def elapsed(self) -> float:
        return self.now.timestamp()

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Answer:
    data: dict[str, Any]
    codes: list[str]


@dataclass(frozen=True, slots=True)
class SignInWorld:
    tools: Toolbox
    clock: MovableClock
    hasher: CountingHasher

    @property
    def db(self) -> Database:
        return self.tools.db

    async def person(self, *, email: str | None = None, tenant_name: str = "Team") -> SignedIn:
        wanted = Registration(email or new_email(), PASSWORD, "Some Body", tenant_name)
        return await register(self.tools, ORIGIN, wanted)

    async def login(self, email: str, tenant_id: UUID | None = None) -> SignedIn:
        return await login(self.tools, ORIGIN, email=email, password=PASSWORD, tenant_id=tenant_id)

    async def user(self, user_id: UUID) -> User:
        async with self.db.read(None) as session:
            user = await user_by_id(session, user_id)
        assert user is not None
        return user

    async def change_user(self, user_id: UUID, **changes: object) -> None:
        async with self.db.write(None) as session:
            user = await user_by_id(session, user_id)
            assert user is not None
            for name, value in changes.items():
                setattr(user, name, value)

    async def change_password(self, user_id: UUID, password_hash: str | None) -> None:
        async with self.db.write(None) as session:
            if password_hash is None:
                await forget_password(session, user_id)
            else:
                await store_password(session, user_id, password_hash)

    async def recipe(self, user_id: UUID) -> str | None:
        """How the person's password is hashed; None without one."""
        async with self.db.read(None) as session:
            return await password_recipe(session, user_id)

    async def join(self, tenant_id: UUID, user_id: UUID, role: Role = Role.VIEWER) -> None:
        async with self.db.write(TenantScope(tenant_id)) as session:
            session.add(Membership(tenant_id=tenant_id, user_id=user_id, role=role, created_at=self.clock()))

    async def change_role(self, tenant_id: UUID, user_id: UUID, role: Role | None) -> None:
        """Another role, or with None no membership any more."""
        async with self.db.write(TenantScope(tenant_id)) as session:
            membership = await session.get(Membership, (tenant_id, user_id))
            assert membership is not None
            if role is None:
                await session.delete(membership)
            else:
                membership.role = role

    async def ask(self, text: str, *, bearer: str | None = None, **variables: object) -> Answer:
        """What the schema answers, with the viewer of `bearer`; invalid credentials ask as nobody."""
        viewer = None
        if bearer is not None:
            with suppress(Unauthenticated):
                viewer = await self.tools.credentials.authenticator.authenticate(f"Bearer {bearer}", ORIGIN)
        context = Context(viewer, self.tools, self.db.bounded(4), ORIGIN)
        result = await build_schema().execute(text, variable_values=variables, context_value=context)
        codes = [str((error.extensions or {}).get("code")) for error in result.errors or ()]
        return Answer(result.data or {}, codes)


def sign_in_world(tools: Toolbox) -> SignInWorld:
    clock, hasher = MovableClock(), CountingHasher()
    tokens = AccessTokenSigner("a secret of the tests, long enough", issuer=tools.addresses.public_url, clock=clock)
    authenticator = Authenticator(tools.db, tokens, clock, elapsed=clock.elapsed)
    credentials = replace(tools.credentials, passwords=hasher, tokens=tokens, authenticator=authenticator)
    return SignInWorld(replace(tools, clock=clock, credentials=credentials), clock, hasher)


def new_email() -> str:
    return f"{uuid4().hex}@example.com"


def said(refusal: Refused) -> tuple[str, str, str | None]:
    """Everything that a client is told."""
    return refusal.user_code, refusal.message, refusal.field
