"""Whether an account's access works is one rule: whoever asks for a refresh, the run and the schedule hear the same."""

from collections.abc import AsyncIterator

import pytest

from errors import Refused
from integrations.errors import AccessRevoked
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant
from models.refreshes.job import RefreshErrorCode
from services.account_access import DISCONNECTED, NoAccess, access_of, token_of
from services.toolbox import Toolbox
from tests.sandbox.graph_client import SYSTEM_USER
from tests.worlds.refreshes import MONTH, RefreshWorld, refresh_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def access(world: RefreshWorld, account: AdAccount) -> AccessGrant | NoAccess:
    async with world.tools.db.read(world.viewer) as session:
        return await access_of(session, await session.get_one(AdAccount, (account.tenant_id, account.id)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update ad_account set disconnected_at = now()", DISCONNECTED.message),
        ("update ad_account set grant_id = null", "The ad account's grant no longer works: connect again."),
        ("update access_grant set status = 'REVOKED'", "The ad account's grant no longer works: connect again."),
        ("update access_grant set status = 'REVOKED', reason = 'Taken back.'", "Taken back."),
        ("update access_grant set status = 'NEEDS_REAUTH', reason = 'Sign in.'", "Sign in."),
    ],
)
async def test_request_and_run_tell_the_same_of_an_access_that_has_ended(
    world: RefreshWorld, change: str, told: str
) -> None:
    account = await world.connected()
    job = await world.requested(account)
    await world.change(f"{change} where tenant_id = :tenant")
    with pytest.raises(Refused) as refused:
        await world.requested(account, MONTH)
    ended = await world.run(job)
    ending = await access(world, account)
    assert isinstance(ending, NoAccess)
    assert (ending.message, refused.value.message, ended.error_message) == (told, told, told)


async def test_a_working_access_has_a_token_unless_its_key_is_gone(world: RefreshWorld) -> None:
    account = await world.connected()
    grant = await access(world, account)
    assert isinstance(grant, AccessGrant)
    assert token_of(world.tools.cipher, grant) == SYSTEM_USER
    job = await world.requested(account)
    await world.change("update access_grant set token_enc = 'enc:v1:none:x' where tenant_id = :tenant")
    unreadable = await access(world, account)
    assert isinstance(unreadable, AccessGrant)
    with pytest.raises(AccessRevoked) as error:
        token_of(world.tools.cipher, unreadable)
    ended = await world.run(job)
    assert (ended.error_code, ended.error_message) == (RefreshErrorCode.ACCESS_REVOKED, error.value.reason)
