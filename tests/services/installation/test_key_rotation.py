"""Key rotation: every readable token is stored with the new key, the others are told, nothing is lost meanwhile."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from auth.token_cipher import TokenCipher
from models.channels.access import ChannelAccess, access_of_channel
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.connections.access_grant import AccessGrant, access_grant_by_id
from models.database import Database
from models.ids import new_id
from models.platform import Platform
from services import channel_access
from services.account_access import token_context, token_of
from services.installation.key_rotation import rotate_keys
from services.installation.sealed_values import SealedText
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, EntityWorld, entity_world

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


async def grant(world: EntityWorld, key: str, token: str) -> AccessGrant:
    grant_id = new_id()
    sealed = TokenCipher([key]).encrypt(token_context(world.tenant_id, grant_id), token)
    row = AccessGrant(
        tenant_id=world.tenant_id,
        id=grant_id,
        platform=Platform.META,
        external_user_id=token,
        external_user_name="Ada",
        token_enc=sealed,
        connected_by=world.user_id,
    )
    return (await world.keep(row))[0]


async def stored(world: EntityWorld, row: AccessGrant) -> AccessGrant:
    async with world.db.read(world.viewer) as session:
        found = await access_grant_by_id(session, row.id)
    assert found is not None
    return found


async def test_tokens_are_stored_with_the_new_key_and_readable_by_it_alone(world: EntityWorld, tools: Toolbox) -> None:
    kept, known, lost = [await grant(world, key, f"token-{key[:4]}") for key in (OLD, NEW, LOST)]
    rotating = replace(tools, cipher=TokenCipher([NEW, OLD]))
    seen: list[int] = []
    first = await rotate_keys(rotating.db, rotating.cipher, lambda done: seen.append(done.rotated))
    assert first.rotated >= 1
    assert first.unreadable >= 1
    assert seen == sorted(seen)
    only_new = replace(tools, cipher=TokenCipher([NEW]))
    for row in (kept, known):
        assert token_of(only_new.cipher, await stored(world, row)) == row.external_user_id
    assert (await stored(world, known)).token_enc == known.token_enc, "what has the key is left as it is"
    assert (await stored(world, lost)).token_enc == lost.token_enc
    assert (await rotate_keys(rotating.db, rotating.cipher)).rotated == 0, "repeating it does nothing"


async def channel(world: EntityWorld, *keys: str) -> ChannelAccess:
    """One whose tokens, access and refresh, were encrypted with these keys."""
    [row] = await world.keep(
        Channel(tenant_id=world.tenant_id, kind=ChannelKind.EBAY, name="eBay", status=ChannelStatus.CONNECTED)
    )
    access = ChannelAccess(tenant_id=row.tenant_id, id=row.id, access_enc="", access_ends_at=NOON, refresh_enc="")
    for name, key in zip(channel_access.TOKEN_COLUMNS, keys, strict=True):
        setattr(access, name, TokenCipher([key]).encrypt(channel_access.token_context(access, name), f"token {name}"))
    return (await world.keep(access))[0]


async def test_both_tokens_of_a_channel_get_the_new_key_or_neither(world: EntityWorld, tools: Toolbox) -> None:
    whole, half, broken = (
        await channel(world, OLD, OLD),
        await channel(world, NEW, OLD),
        await channel(world, OLD, LOST),
    )
    await rotate_keys(tools.db, TokenCipher([NEW, OLD]))
    async with world.db.read(world.viewer) as session:
        found = [await access_of_channel(session, each.id) for each in (whole, half, broken)]
    only_new = TokenCipher([NEW])
    for access in found[:2]:
        assert access is not None
        for name in channel_access.TOKEN_COLUMNS:
            opened = only_new.decrypt(channel_access.token_context(access, name), getattr(access, name))
            assert opened == f"token {name}"
    assert found[2] == broken


async def test_what_the_installation_keeps_gets_the_new_key_and_what_cannot_be_read_stays(
    world: EntityWorld, tools: Toolbox
) -> None:
    async def make() -> str:
        return "secret"

    kept, known, lost = [
        SealedText(world.db, TokenCipher([key]), tools.clock, f"{key[:4]} {new_id()}") for key in (OLD, NEW, LOST)
    ]
    for each in (kept, known, lost):
        await each.replace(None, make)
    names = [each.name for each in (kept, known, lost)]
    done = await rotate_keys(world.db, TokenCipher([NEW, OLD]))
    assert done.rotated >= 1
    only_new = [SealedText(world.db, TokenCipher([NEW]), tools.clock, name) for name in names]
    assert [await each.load() for each in only_new] == ["secret", "secret", None]
    assert await lost.load() == "secret"
    assert (await rotate_keys(world.db, TokenCipher([NEW, OLD]))).rotated == 0
