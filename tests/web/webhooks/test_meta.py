"""What Meta tells us about a person, over HTTP as Meta does it: forged calls, repeated ones, several tenants."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from embedded.postgres import DatabaseUrls
from jobs.runner import WorkerOptions, run_inline
from models.acting import TenantScope
from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.refreshes.job import RefreshErrorCode
from sandbox.meta.sign_in.grants import CallbackOrder, TokenOrder
from services.connections.platform_callbacks import erase_person
from services.refreshes.requests import request_refresh
from services.toolbox import Toolbox
from tests.jobs.test_worker import until
from tests.worlds.ads import EntityWorld
from tests.worlds.connections import APP_SECRET, ConnectBase, ConnectWorld, connect_base
from web.webhooks.meta import MAX_BODY_BYTES

DEAUTHORIZE, DELETION = "/webhooks/meta/deauthorize", "/webhooks/meta/data-deletion"


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ConnectWorld:
    world = await base.world()
    base.server.admin.set_clock(world.now())
    return world


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(payload: Any, *, secret: str = APP_SECRET) -> str:
    body = encoded(json.dumps(payload).encode())
    return f"{encoded(hmac.new(secret.encode(), body.encode(), sha256).digest())}.{body}"


def said(world: ConnectWorld, user_id: Any = "1", *, issued_at: datetime | None = None, **more: Any) -> dict[str, Any]:
    moment = issued_at or world.now()
    return {"user_id": user_id, "algorithm": "HMAC-SHA256", "issued_at": int(moment.timestamp())} | more


async def post(world: ConnectWorld, path: str, body: bytes | dict[str, str]) -> tuple[int, str]:
    async with world.http.post(f"{world.tools.addresses.public_url}{path}", data=body) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        return response.status, await response.text()


async def page(world: ConnectWorld, code: str) -> tuple[int, str, Mapping[str, str]]:
    async with world.http.get(f"{world.tools.addresses.public_url}{DELETION}/{code}") as response:
        return response.status, await response.text(), response.headers


async def granted(world: ConnectWorld, person_id: str, where: EntityWorld | None = None) -> AccessGrant:
    token = world.server.admin.issue_token(TokenOrder(person_id=person_id))
    return await world.pasted(token, viewer=(where or world.entities).viewer)


async def stored(world: ConnectWorld, grant: AccessGrant) -> AccessGrant:
    async with world.tools.db.read(TenantScope(grant.tenant_id)) as session:
        return await session.get_one(AccessGrant, (grant.tenant_id, grant.id))


async def audit(world: ConnectWorld, tenant_id: UUID) -> list[tuple[str, str]]:
    async with world.tools.db.read(TenantScope(tenant_id)) as session:
        statement = text(
            "select action, actor_kind from audit_log where tenant_id = :tenant and actor_kind = 'WEBHOOK' order by id"
        )
        found = await (await session.connection()).execute(statement, {"tenant": tenant_id})
        return [tuple(row) for row in found]


def person() -> str:
    return str(10**16 + uuid4().int % 10**15)


def order(world: ConnectWorld, person_id: str, path: str, issued_at: datetime | None = None) -> CallbackOrder:
    return CallbackOrder(person_id=person_id, url=f"{world.tools.addresses.public_url}{path}", issued_at=issued_at)


async def request_id_of(world: ConnectWorld, code: str) -> UUID:
    async with world.tools.db.read(None) as session:
        statement = text("select id from deletion_request where confirmation_code = :code")
        found: UUID = (await (await session.connection()).execute(statement, {"code": code})).scalar_one()
        return found


async def test_removing_the_app_revokes_the_grants_of_all_tenants_and_stops_their_jobs(world: ConnectWorld) -> None:
    someone, elsewhere = person(), await world.elsewhere()
    ours, theirs = await granted(world, someone), await granted(world, someone, elsewhere)
    other = await granted(world, person())
    account = await world.entities.account(grant_id=ours.id)
    job = await request_refresh(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, ad_account_id=account.id
    )
    answer = await world.server.admin.deauthorize(order(world, someone, DEAUTHORIZE))
    assert answer.status == 200
    for grant in (ours, theirs):
        gone = await stored(world, grant)
        assert (gone.status, gone.token_enc) == (AccessGrantStatus.REVOKED, "")
        assert "removed" in (gone.reason or "")
        assert await audit(world, grant.tenant_id) == [("access_grant.deauthorized", "WEBHOOK")]
    assert (await stored(world, other)).status is AccessGrantStatus.ACTIVE
    async with world.tools.db.read(world.viewer) as session:
        code = text("select error_code from refresh_job where tenant_id = :tenant and id = :id")
        found = await (await session.connection()).execute(code, {"tenant": job.tenant_id, "id": job.id})
        assert found.scalar() == RefreshErrorCode.ACCESS_REVOKED


async def test_telling_it_again_and_at_once_changes_nothing_more(world: ConnectWorld) -> None:
    someone = person()
    grant = await granted(world, someone)
    body = {"signed_request": signed(said(world, grant.external_user_id))}
    answers = await asyncio.gather(*(post(world, DEAUTHORIZE, body) for _ in range(10)))
    assert {status for status, _ in answers} == {200}
    assert len(await audit(world, grant.tenant_id)) == 1


async def test_a_person_whom_nobody_knows_is_no_error(world: ConnectWorld) -> None:
    assert (await post(world, DEAUTHORIZE, {"signed_request": signed(said(world, "404"))}))[0] == 200


async def test_a_late_message_does_not_end_a_grant_that_was_connected_since(world: ConnectWorld) -> None:
    someone, began = person(), world.now()
    world.move(minutes=30)
    grant = await granted(world, someone)
    late = signed(said(world, grant.external_user_id, issued_at=began))
    assert (await post(world, DEAUTHORIZE, {"signed_request": late}))[0] == 200
    assert (await stored(world, grant)).status is AccessGrantStatus.ACTIVE


@pytest.mark.parametrize("path", [DEAUTHORIZE, DELETION])
async def test_every_forgery_is_400_with_one_text(world: ConnectWorld, path: str) -> None:
    grant = await granted(world, person())
    good, user = signed(said(world, grant.external_user_id)), grant.external_user_id
    signature, _, payload = good.partition(".")
    stale, early = world.now() - timedelta(hours=2), world.now() + timedelta(minutes=20)
    forms: list[bytes | dict[str, str]] = [
        {"signed_request": request}
        for request in (
            "",
            ".",
            "x",
            payload,
            f".{payload}",
            f"{signature}.",
            f"{signature}.{encoded(b'{}')}",
            f"{encoded(b'0' * 32)}.{payload}",
            f"{good}.{payload}",
            f"é.{payload}",
            signed(said(world, user), secret="another secret"),
            signed(said(world, user), secret=""),
            signed(said(world, user, algorithm="none")),
            signed(said(world, user, algorithm="HMAC-SHA1")),
            signed(said(world, user, issued_at=stale)),
            signed(said(world, user, issued_at=early)),
            signed(said(world, "1' or '1'='1")),
            signed(said(world, "")),
            signed(said(world, None)),
            signed(said(world, user) | {"issued_at": 10**30}),
            signed(said(world, user) | {"issued_at": "soon"}),
            signed([]),
            signed({"user_id": user, "algorithm": "HMAC-SHA256"}),
        )
    ]
    forms += [
        b"",
        b"\xff\xfe",
        b"signed_request=" + b"x" * MAX_BODY_BYTES,
        f"signed_request={good}&signed_request={good}".encode(),
        f"other={good}".encode(),
        json.dumps({"signed_request": good}).encode(),
        b"&".join(b"a=1" for _ in range(100)),
    ]
    answers = [await post(world, path, form) for form in forms]
    assert set(answers) == {(400, "The signed_request is not valid.")}
    assert (await stored(world, grant)).status is AccessGrantStatus.ACTIVE


@pytest.mark.parametrize("skew", [-10, 0, 59])
async def test_a_clock_may_be_wrong_by_some_minutes(world: ConnectWorld, skew: int) -> None:
    grant = await granted(world, person())
    issued_at = world.now() - timedelta(minutes=skew)
    body = {"signed_request": signed(said(world, int(grant.external_user_id), issued_at=issued_at))}
    assert (await post(world, DEAUTHORIZE, body))[0] == 200


async def test_a_body_that_never_ends_is_cut(world: ConnectWorld) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x" * 1024

    async with world.http.post(f"{world.tools.addresses.public_url}{DELETION}", data=endless()) as response:
        assert response.status == 400


@pytest.mark.usefixtures("idle_queue")
async def test_a_deletion_is_accepted_carried_out_and_shown(world: ConnectWorld, postgres: DatabaseUrls) -> None:
    someone, elsewhere = person(), await world.elsewhere()
    grants = [await granted(world, someone), await granted(world, someone, elsewhere)]
    user_id = grants[0].external_user_id
    answer = await world.server.admin.request_deletion(order(world, someone, DELETION))
    body = json.loads(answer.body)
    code = body["confirmation_code"]
    assert (answer.status, body["url"]) == (200, f"{world.tools.addresses.public_url}{DELETION}/{code}")
    assert code.isalnum()
    assert "are being deleted" in (await page(world, code))[1]

    async def is_done() -> bool:
        return "were deleted" in (await page(world, code))[1]

    async with run_inline(world.tools, WorkerOptions(postgres.runtime, poll_s=0.1, chores=())):
        await until(is_done)
    for grant in grants:
        erased = await stored(world, grant)
        assert (erased.status, erased.token_enc, erased.external_user_name) == (AccessGrantStatus.REVOKED, "", None)
        assert user_id not in str(erased)
        assert await audit(world, grant.tenant_id) == [("access_grant.erased", "WEBHOOK")]
    async with world.tools.db.read(None) as session:
        rows = await (await session.connection()).execute(text("select external_user_id from deletion_request"))
        assert user_id not in [row[0] for row in rows]


async def test_the_same_request_has_one_code_and_one_job(world: ConnectWorld) -> None:
    grant = await granted(world, person())
    body = {"signed_request": signed(said(world, grant.external_user_id))}
    answers = await asyncio.gather(*(post(world, DELETION, body) for _ in range(8)))
    [code] = {json.loads(answer)["confirmation_code"] for _, answer in answers}
    request_id = await request_id_of(world, code)
    async with world.tools.db.read(None) as session:
        jobs = text("select count(*) from procrastinate_jobs where queueing_lock = :id")
        assert (await (await session.connection()).execute(jobs, {"id": str(request_id)})).scalar() == 1
    for _ in range(2):
        await erase_person(world.tools, request_id)
    assert len(await audit(world, grant.tenant_id)) == 1


async def test_who_was_erased_may_connect_again(world: ConnectWorld) -> None:
    someone = person()
    grant = await granted(world, someone)
    answer = await post(world, DELETION, {"signed_request": signed(said(world, grant.external_user_id))})
    await erase_person(world.tools, await request_id_of(world, json.loads(answer[1])["confirmation_code"]))
    again = await granted(world, someone)
    assert (again.id != grant.id, again.status) == (True, AccessGrantStatus.ACTIVE)


@pytest.mark.parametrize("code", ["0" * 32, "x", "%3Cscript%3E", "a" * 500, "%00", "..%2F..", "%C3%A9"])
async def test_an_unknown_code_is_a_page_that_repeats_nothing(world: ConnectWorld, code: str) -> None:
    status, html, headers = await page(world, code)
    assert status == 404
    if "%2F" not in code:
        assert "no data deletion request" in html
        assert headers["Content-Type"].startswith("text/html")
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "script" not in html


async def test_only_meta_posts_and_only_people_read(world: ConnectWorld) -> None:
    for path in (DEAUTHORIZE, DELETION):
        async with world.http.get(f"{world.tools.addresses.public_url}{path}") as response:
            assert response.status == 405
